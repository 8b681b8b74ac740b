"""Promise 2: somebody else's, a restricted and a missing object are answered alike.

Every route with something in its address is asked by whoever may ask at all, so that no number,
address or name of a file tells whether there is anything behind it. Pages of editors and
administrators are left out: they may see every object of theirs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
import re
from typing import Any
from urllib.parse import quote

from flask.testing import FlaskClient
import pytest
from sqlalchemy import select
from werkzeug.routing import AnyConverter, Rule
from werkzeug.test import TestResponse

from kb.accounts.permissions import Actor, Role
from kb.adoption.models import Adoption, Recall, RecallKind
from kb.adoption.stages import Stage
from kb.adoption.written import Led, Shown
from kb.app import create_app
from kb.attachments.models import Attachment
from kb.core.unit_of_work import UnitOfWork
from kb.events.models import AuditEntry
from kb.operations.schema import upgrade
from kb.practices.lifecycle import State
from kb.practices.models import AuthorInvitation, AuthorRole, Practice, Revision
from kb.practices.service import create_practice
from kb.reviews.models import Comment, CommentAudience
from kb.runtime import Runtime
from kb.web.access import ACCESS, Access, lets_in
from kb.wiring import build_runtime
from tests.adopting import make_organisation
from tests.conftest import FrozenClock, make_settings
from tests.database import snapshot
from tests.make import client_as, make_content, make_revision, make_user, make_vocabularies
from tests.security.ways_out import as_text

ASKERS = {
    Access.SIGNED_IN: Role.MEMBER,
    Access.WRITING: Role.CONTRIBUTOR,
    Access.REVIEWING: Role.REVIEWER,
}
# What in an address names no object.
WORDS = {"lang": "fr", "action": "archive", "filename": "style.css", "month": "3"}
WORDS["quarter"] = "2020-q1"
FORM_NUMBERS = {
    "version_id": "version_id",
    "comment_id": "comment_id",
    "parent_id": "comment_id",
    "reviewer_id": "user_id",
    "author_id": "user_id",
    "user_id": "user_id",
}
FORM_WORDS = ("note", "reason", "comment", "restricted_note", "title", "credit")
KEY = re.compile(r'(?<=name="csrf_token" value=")[^"]*')
Names = Mapping[str, object]


@dataclass(frozen=True)
class House:
    """Two objects of everything, by the names that addresses have for them."""

    runtime: Runtime
    theirs: Names
    restricted: Names
    people: Mapping[Role, tuple[Actor, Names]]


def names_of(work: UnitOfWork, revision: Revision, number: int) -> dict[str, object]:
    """Whatever belongs to a revision, by the names of path parameters."""
    owner = revision.practice.owner_id
    now = work.clock.now()
    file = Attachment(
        revision_id=revision.id,
        uploaded_by_id=owner,
        content_hash=f"{number:064x}",
        media_type="image/png",
        file_name="photo.png",
        size=9,
        created_at=now,
    )
    work.session.add(file)
    invitation = AuthorInvitation(
        revision_id=revision.id,
        email=f"asked-{number}@example.org",
        role=AuthorRole.WRITES,
        invited_by_id=owner,
        invited_at=now,
    )
    work.session.add(invitation)
    comment = None
    if revision.version_id is not None:
        comment = Comment(
            version_id=revision.version_id,
            author_id=owner,
            audience=CommentAudience.DESK,
            body="Said among ourselves.",
            created_at=now,
        )
        work.session.add(comment)
    adoption = foreign_adoption(work, revision)
    return {
        "adoption_id": adoption.id,
        "recall_id": foreign_recall(work, adoption).id,
        "revision_id": revision.id,
        "practice_id": revision.practice_id,
        "version_id": revision.version_id or 987_000 + number,
        "attachment_id": file.id,
        "comment_id": comment.id if comment else 987_001 + number,
        "invitation_id": invitation.id,
        "user_id": owner,
        "slug": revision.practice.slug,
        "name": f"{file.content_hash}.png",
        "token": "a" * 43,
    }


def foreign_adoption(work: UnitOfWork, revision: Revision) -> Adoption:
    """What an organisation does with it to which whoever asks does not belong."""
    adoption = Adoption(
        practice_id=revision.practice_id,
        revision_id=revision.id,
        organisation_id=make_organisation(work).id,
        shown=Shown.AGGREGATE,
        stage=Stage.TRIAL,
        stage_on=work.clock.now().date(),
        women_led=Led.UNKNOWN,
        youth_led=Led.UNKNOWN,
        recorded_by_id=revision.practice.owner_id,
        recorded_at=work.clock.now(),
    )
    work.session.add(adoption)
    work.session.flush()
    return adoption


def foreign_recall(work: UnitOfWork, adoption: Adoption) -> Recall:
    entry = work.session.scalars(select(AuditEntry.id).limit(1)).one()
    recall = Recall(
        practice_id=adoption.practice_id,
        revision_id=adoption.revision_id,
        entry_id=entry,
        kind=RecallKind.CORRECTED,
        adoption_id=adoption.id,
        at=work.clock.now(),
    )
    work.session.add(recall)
    work.session.flush()
    return recall


def missing(slug: str, number: int) -> dict[str, object]:
    return {
        **dict.fromkeys(("revision_id", "practice_id", "attachment_id"), number),
        **dict.fromkeys(("comment_id", "user_id", "version_id", "invitation_id"), number),
        **dict.fromkeys(("adoption_id", "recall_id"), number),
        "slug": slug,
        "name": f"{'f' * 64}.png",
        "token": "b" * 43,
    }


NEVER = missing("never-existed", 987_654)
HUGE = missing("x" * 100, 10**30)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, renderer: Any) -> Iterator[House]:
    settings = replace(
        make_settings(tmp_path_factory.mktemp("site")), second_factor_required=False
    )
    runtime = build_runtime(settings, clock=FrozenClock(), renderer=renderer)
    upgrade(runtime.engine)
    with runtime.begin() as work:
        make_vocabularies(work)
    with runtime.begin() as work:
        theirs, _ = make_revision(work, State.CHANGES_REQUESTED)
        content = make_content(visibility="restricted")
        restricted, _ = make_revision(work, State.PUBLISHED, content)
        people: dict[Role, tuple[Actor, Names]] = {}
        for number, role in enumerate(ASKERS.values(), start=3):
            # Whoever asks has something of their own, too.
            actor = make_user(work, *{role, Role.CONTRIBUTOR})
            own = create_practice(work, actor, f"own-{role}", make_content(f"own-{role}"))
            people[role] = actor, names_of(work, own, number)
        names = [names_of(work, r, n) for n, r in enumerate((theirs, restricted), start=1)]
    yield House(runtime, names[0], names[1], people)
    runtime.close()


@pytest.fixture(scope="module")
def app(house: House) -> Any:
    return create_app(house.runtime)


def variables(rule: Rule) -> list[str]:
    """What in the address names an object, in the order of the address."""
    fixed = {*WORDS} | {
        name for name, converter in rule._converters.items() if isinstance(converter, AnyConverter)
    }
    in_order = list(re.findall(r"<(?:[^<>]*:)?(\w+)>", rule.rule))
    return [name for name in in_order if name not in fixed]


def address(rule: Rule, names: Names) -> str:
    def value(name: str) -> str:
        converter = rule._converters.get(name)
        if isinstance(converter, AnyConverter):
            return min(converter.items)
        return WORDS.get(name) or str(names[name])

    return re.sub(r"<(?:[^<>]*\))?(?:[^<>(]*:)?(\w+)>", lambda m: value(m[1]), rule.rule)


def cases(app: Any) -> list[tuple[Rule, str]]:
    return [
        (rule, method)
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) & {"GET", "POST"})
        if ACCESS.get(rule.endpoint, Access.ANYONE) in {Access.ANYONE, *ASKERS} and variables(rule)
    ]


def told(response: TestResponse, asked: str, names: Names) -> str:
    """The answer, with the address and whatever it named taken out."""
    text = KEY.sub("", as_text(response))
    for spelt in (asked, quote(asked), quote(asked, safe="")):
        text = text.replace(spelt, "ADDRESS")
    for value in sorted(map(str, names.values()), key=len, reverse=True):
        text = text.replace(value, "X") if len(value) > 2 else text
    return text


def ask(client: FlaskClient, key: str, rule: Rule, method: str, names: Names) -> str:
    data = None
    if method == "POST":
        # Filled in, so that a missing check would let something be written.
        numbers = {field: names[source] for field, source in FORM_NUMBERS.items()}
        data = {"csrf_token": key, **dict.fromkeys(FORM_WORDS, "Words."), **numbers}
    response = client.open(address(rule, names), method=method, data=data)
    assert response.status_code < 500, (method, address(rule, names))
    return told(response, address(rule, names), names)


def test_every_way_to_name_an_object_is_known(app: Any) -> None:
    unknown = {name for rule, _ in cases(app) for name in variables(rule)} - set(NEVER)
    assert unknown == set()
    assert len(cases(app)) >= 15


@pytest.mark.parametrize("role", [None, *ASKERS.values()], ids=str)
def test_no_answer_tells_whether_there_is_anything(house: House, app: Any, role) -> None:
    client = app.test_client()
    key, own = "", NEVER
    if role is not None:
        actor, own = house.people[role]
        key = client_as(house.runtime, client, actor.user_id or 0)
    before = snapshot(house.runtime)
    asked = 0
    for rule, method in cases(app):
        access = ACCESS.get(rule.endpoint, Access.ANYONE)
        if role is not None and not lets_in(access, frozenset({role})):
            continue
        never = ask(client, key, rule, method, NEVER)
        for names in (house.theirs, house.restricted, HUGE):
            assert ask(client, key, rule, method, names) == never, (method, rule.rule)
        if len(variables(rule)) > 1:
            # One's own object first, and behind it something that is somebody else's.
            last = variables(rule)[-1]
            none = ask(client, key, rule, method, {**own, last: NEVER[last]})
            for names in (house.theirs, house.restricted):
                mixed = ask(client, key, rule, method, {**own, last: names[last]})
                assert mixed == none, (method, rule.rule)
        asked += 1
    assert asked > 5
    assert snapshot(house.runtime) == before


def test_ones_own_objects_are_there(house: House, app: Any) -> None:
    """The counterpart: the addresses above lead somewhere."""
    actor, own = house.people[Role.CONTRIBUTOR]
    client = app.test_client()
    client_as(house.runtime, client, actor.user_id or 0)
    pages = [
        rule
        for rule, method in cases(app)
        if method == "GET" and ACCESS.get(rule.endpoint) is Access.WRITING
    ]
    answers = {r.rule: client.get(address(r, own)).status_code for r in pages}
    assert answers
    assert set(answers.values()) <= {200, 302, 303}, answers
    with house.runtime.reading() as session:
        assert session.query(Practice).count() == 5
