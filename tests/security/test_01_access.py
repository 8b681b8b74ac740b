"""Promises 1 and 4: every role on every route with every method; what is not allowed is refused.

The callers have nothing to do with the texts of this site: they are neither authors nor assigned.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
import re

from flask import Flask
from flask.testing import FlaskClient
import pytest
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from kb.accounts.models import Organisation, OrganisationType, User
from kb.accounts.permissions import Role
from kb.accounts.throttle import Caller
from kb.app import create_app
from kb.core.language import Locale
from kb.operations.schema import upgrade
from kb.practices.lifecycle import State
from kb.practices.readers import VISITOR as VISITOR_READER
from kb.rendering.renderer import ChildRenderer
from kb.reports.service import NewReport, report
from kb.runtime import Runtime
from kb.vocabularies.catalogue import GlossaryEntry
from kb.web.access import ACCESS, Access, lets_in
from kb.wiring import build_runtime
from tests.adopting import make_adoption, make_member
from tests.conftest import FrozenClock, make_settings
from tests.database import snapshot
from tests.make import add_entry, client_as, make_revision, make_user, make_vocabularies

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
VISITOR, NOBODY, EVERYTHING = "visitor", "without a role", "every role"
CALLERS: tuple[str, ...] = (VISITOR, NOBODY, *(role.value for role in Role), EVERYTHING)
UNIVERSAL = "*"

# (Endpoint, method) -> status by caller, where it is not the 200 of a page that answers. A post
# here is an empty form.
FOREIGN = {UNIVERSAL: 404}
REDIRECT = {UNIVERSAL: 303}
DESK = (Role.SAFEGUARD.value, Role.EDITOR.value)
EDITORS = (Role.EDITOR.value, EVERYTHING)
STATUS: dict[tuple[str, str], dict[str, int]] = {
    # No quarter is over on this site.
    ("indicators.quarter", "GET"): {UNIVERSAL: 404},
    # Of a text that was published, its authors and the desk compare versions.
    ("review.diff", "GET"): {UNIVERSAL: 404, EVERYTHING: 200, **dict.fromkeys(DESK, 200)},
    # This site is no demonstration.
    ("styleguide.overview", "GET"): {UNIVERSAL: 404},
    ("browse.root", "GET"): {UNIVERSAL: 302},
    ("media.file", "GET"): FOREIGN,
    # Whoever is signed in already goes to their start.
    ("account.sign_in", "GET"): {UNIVERSAL: 302, VISITOR: 200},
    ("account.password", "GET"): FOREIGN,
    ("account.password", "POST"): FOREIGN,
    ("account.sign_out", "POST"): REDIRECT,
    ("account.confirm", "POST"): REDIRECT,
    # Somebody else's text is not there at all.
    **dict.fromkeys(
        [
            *((f"contribute.{name}", "GET") for name in ("revision", "part", "notes", "check")),
            *((f"contribute.{name}", "POST") for name in ("revision", "part", "notes", "check")),
            ("contribute.act", "POST"),
            *(("contribute.authors", method) for method in ("GET", "POST")),
            *(("contribute.import_into", method) for method in ("GET", "POST")),
            *((f"contribute.{name}", "POST") for name in ("change_authors", "answer")),
            ("contribute.preview", "GET"),
            ("contribute.preview_section", "POST"),
            ("contribute.new_revision", "POST"),
            ("contribute_files.overview", "GET"),
            ("contribute_files.words", "GET"),
            *((f"contribute_files.{name}", "POST") for name in ("upload", "describe", "remove")),
        ],
        FOREIGN,
    ),
    # So is, for a reviewer, what somebody else was asked to review.
    ("review.revision", "GET"): {"reviewer": 404, UNIVERSAL: 200},
    # An empty form names no version: what the desk decides, it decides about one.
    **{
        (f"review.{name}", "POST"): {"reviewer": 404, UNIVERSAL: 409}
        for name in (
            *("assign", "unassign", "verdict", "sign_off", "comment", "resolve"),
            *("add_reader", "remove_reader", "note", "revise"),
        )
    },
    **{
        (f"judging.{name}", "POST"): {"reviewer": 404, UNIVERSAL: 409}
        for name in ("accept", "decline", "take_back_consent")
    },
    ("again.confirm", "POST"): {"reviewer": 404, UNIVERSAL: 409},
    # It names no state of the entry that it would remove.
    ("curation.remove_entry", "POST"): {UNIVERSAL: 409},
    # Taking back is the author's, not the desk's.
    ("review.act", "POST"): FOREIGN,
    ("notifications.read", "POST"): REDIRECT,
    ("notifications.done", "POST"): REDIRECT,
    # What another organisation uses is there for editors alone, and theirs to verify only.
    ("adoption.adoption", "GET"): {UNIVERSAL: 404, **dict.fromkeys(EDITORS, 200)},
    **{
        ("adoption." + name, method): {UNIVERSAL: 404, **dict.fromkeys(EDITORS, 403)}
        for name, method in (
            *(("change", method) for method in ("GET", "POST")),
            *(("follow_up", method) for method in ("GET", "POST")),
            ("move", "POST"),
        )
    },
    ("adoption.verify", "POST"): {UNIVERSAL: 303, EVERYTHING: 409},
    ("adoption.acknowledge", "POST"): FOREIGN,
    # Without a role there is nothing to record and nothing to follow.
    ("adoption.adopt", "POST"): {NOBODY: 403},
    ("following.overview", "POST"): {NOBODY: 403},
}
# Signing out twice does no harm and needs no explanation.
LET_IN_ANYWAY = {("account.sign_out", "POST", VISITOR)}


@dataclass(frozen=True)
class Site:
    """A small site with something of every kind to ask for."""

    runtime: Runtime
    app: Flask
    values: dict[str, object]
    people: dict[str, int]

    def address(self, rule: Rule) -> str:
        with self.app.test_request_context():
            values = {name: self.values[name] for name in rule.arguments}
            return self.app.url_for(rule.endpoint, **values)

    def call(
        self, caller: str, method: str, address: str, fields: Mapping[str, str] | None = None
    ) -> TestResponse:
        """One request of a browser of its own; a form has a good token."""
        client: FlaskClient = self.app.test_client()
        data = dict(fields or {})
        if caller != VISITOR:
            data["csrf_token"] = client_as(self.runtime, client, self.people[caller])
        if method == "GET":
            return client.get(address)
        return client.open(address, method=method, data=data)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, renderer: ChildRenderer) -> Iterator[Site]:
    settings = replace(
        make_settings(tmp_path_factory.mktemp("access")), second_factor_required=False
    )
    runtime = build_runtime(settings, clock=FrozenClock(), renderer=renderer)
    upgrade(runtime.engine)
    with runtime.begin() as work:
        make_vocabularies(work)
        published, _ = make_revision(work, State.PUBLISHED)
        reviewed, _ = make_revision(work, State.IN_REVIEW)
        organisation = Organisation(name="O", type=OrganisationType.POLICE, country="ML")
        work.session.add(organisation)
        new = NewReport("error", "A word is wrong.", "", Locale.FR)
        assert report(work, Caller("", ""), VISITOR_READER, published.practice.slug, new)
        entry = GlossaryEntry(id="puits", kind="concept", fr="puits", en="well")
        add_entry(work, entry)
        people = {role.value: make_user(work, role).user_id or 0 for role in Role}
        people[NOBODY] = make_user(work).user_id or 0
        people[EVERYTHING] = make_user(work, *Role).user_id or 0
        adoption = make_adoption(work, make_member(work), published.practice.slug)
        work.session.flush()
        values: dict[str, object] = {
            "lang": "fr",
            "slug": published.practice.slug,
            "code": entry.id,
            "key": "practices-published",
            "form": "csv",
            "quarter": "2026-q1",
            "practice_id": reviewed.practice_id,
            "revision_id": reviewed.id,
            "number": organisation.id,
            "user_id": people[NOBODY],
            "attachment_id": 1,
            "report_id": 1,
            "token": "nothing-of-ours",
            "name": "0" * 64 + ".webp",
            "part": "about",
            "action": "recall",
            "invitation_id": 1,
            "change": "remove",
            "said": "accept",
            "locale": "fr",
            "kind": "md",
            "adoption_id": adoption.id,
            "month": 3,
            "recall_id": 1,
        }
    app = create_app(runtime)
    values["filename"] = app.extensions["kb.assets"].hashed_names["style.css"]
    yield Site(runtime, app, values, people)
    runtime.close()


def rules(site: Site) -> list[Rule]:
    return [rule for rule in site.app.url_map.iter_rules() if rule.endpoint in ACCESS]


def roles_of(caller: str) -> frozenset[Role]:
    if caller == EVERYTHING:
        return frozenset(Role)
    return frozenset({Role(caller)}) if caller in set(Role) else frozenset()


def is_let_in(endpoint: str, caller: str) -> bool:
    access = ACCESS[endpoint]
    if access is Access.ANYONE:
        return True
    if caller == VISITOR:
        return False
    return lets_in(access, roles_of(caller))


def expected(rule: Rule, caller: str, method: str) -> int:
    if method not in (rule.methods or ()):
        return 405
    is_exception = (rule.endpoint, method, caller) in LET_IN_ANYWAY
    if not is_exception and not is_let_in(rule.endpoint, caller):
        return 302 if caller == VISITOR and method == "GET" else 403
    by_caller = STATUS.get((rule.endpoint, method), {})
    return by_caller.get(caller, by_caller.get(UNIVERSAL, 200 if method == "GET" else 422))


def test_every_caller_on_every_route_with_every_method(
    site: Site, pytestconfig: pytest.Config
) -> None:
    """What no endpoint takes is refused before anybody looks who calls: two callers tell it."""
    few = CALLERS if pytestconfig.getoption("--long") else (VISITOR, EVERYTHING)
    wrong = []
    for rule in rules(site):
        others = {m for r in rules(site) if r.rule == rule.rule for m in r.methods or ()}
        for method in METHODS:
            if method in others - (rule.methods or set()):
                continue  # another endpoint at this address takes it
            for caller in CALLERS if method in (rule.methods or ()) else few:
                answer = site.call(caller, method, site.address(rule))
                wanted = expected(rule, caller, method)
                if answer.status_code != wanted:
                    wrong.append((rule.endpoint, method, caller, answer.status_code, wanted))
    assert wrong == []


WISHES = {
    "what": "grant",
    "role": "admin",
    "roles": "admin",
    "do": "save",
    "action": "publish",
    "status": "published",
    "state": "published",
    "visibility": "public",
    "decision": "accept",
    "outcome": "pass",
    "note": "words",
    "reason": "words",
    "body": "words",
    "name": "N",
    "email": "new@example.org",
    "title": "T",
    "locale": "fr",
    "type": "police",
}


def test_what_is_refused_changes_nothing_and_tells_nothing(site: Site) -> None:
    before = snapshot(site.runtime)
    bodies = set()
    for rule in rules(site):
        for caller in CALLERS:
            if is_let_in(rule.endpoint, caller) or "POST" not in (rule.methods or ()):
                continue
            answer = site.call(caller, "POST", site.address(rule), WISHES)
            if caller != VISITOR:
                assert answer.status_code == 403
                # The same page whatever is at the address, and whether anything is.
                bodies.add(re.sub(r'href="[^"]*"|<li>.*?</li>', "", answer.text))
    assert len(bodies) <= len(CALLERS)
    after = snapshot(site.runtime)
    before.pop("user_sessions")
    after.pop("user_sessions")
    assert after == before


def test_a_role_taken_away_acts_at_the_next_request(site: Site) -> None:
    with site.runtime.begin() as work:
        user_id = make_user(work, Role.EDITOR, Role.ADMIN).user_id or 0
    client = site.app.test_client()
    client_as(site.runtime, client, user_id)
    assert client.get("/fr/admin").status_code == 200
    with site.runtime.begin() as work:
        user = work.session.get_one(User, user_id)
        user.grants.clear()
    assert client.get("/fr/admin").status_code == 403
    assert client.get("/fr/account").status_code == 200
    with site.runtime.begin() as work:
        work.session.get_one(User, user_id).disabled_at = work.clock.now()
    assert client.get("/fr/account").status_code == 302


@pytest.mark.parametrize("field", ["email", "password"])
def test_a_field_that_is_sent_twice_is_refused(site: Site, field: str) -> None:
    """Two readers of a form may each take another one of the two."""
    client = site.app.test_client()
    data = {"email": ["a@example.org"], "password": ["x"], field: ["one", "two"]}
    answer = client.post("/fr/login", data=data)
    assert answer.status_code == 400
