"""Promise 3: nothing restricted leaks, through any way out.

Two sites hold the same public practices; one of them holds secrets besides, of every kind. A
visitor must not be able to tell them apart: every answer is equal, byte for byte.
"""

from collections.abc import Iterator
from datetime import timedelta
import difflib
import logging
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from flask.testing import FlaskClient
import pytest

from kb.accounts.models import (
    AccessRequest,
    Organisation,
    OrganisationType,
    User,
)
from kb.accounts.permissions import Role
from kb.app import create_app
from kb.attachments.models import Attachment, VersionAttachment
from kb.cli.console import Context
from kb.cli.main import palabre
from kb.core.unit_of_work import UnitOfWork
from kb.operations.schema import upgrade
from kb.practices.lifecycle import Action, State, Withdrawal
from kb.practices.models import Practice, PracticeReader, RestrictedNote
from kb.practices.service import create_practice, start_revision
from kb.reviews.answering import accept_assignment, decline_assignment
from kb.reviews.models import Comment, CommentAudience
from kb.reviews.records import withdraw_consent
from kb.reviews.rubric import Criterion, Rating
from kb.reviews.rules import Decision, Outcome
from kb.reviews.service import assign, give_verdict, sign_off
from kb.runtime import Runtime
from kb.search.sync import reconcile_all
from kb.wiring import build_runtime
from kb.workflow.service import perform
from tests.conftest import FrozenClock, make_settings
from tests.make import (
    ANSWERS,
    PATHS,
    make_content,
    make_text,
    make_user,
    make_vocabularies,
    take_step,
)
from tests.security.ways_out import (
    HIDDEN_FILE,
    PAGES,
    answers,
    as_text,
    commands,
    files,
    guarded,
)

PUBLIC = ("puits-commun", "radio-du-marche", "conseil-des-anciens", "calendrier-des-champs")
SECRET_SLUGS = {
    "members": "zamembres",
    "restricted": "zarestreint",
    "draft": "zabrouillon",
    "submitted": "zasoumis",
    "in_review": "zaexamen",
    "approved": "zaapprouve",
    "rejected": "zarejete",
    "archived": "zaarchive",
    "withdrawn": "zaretire",
    "withdrawn_members": "zaretiremembres",
}
# Public once, and withdrawn on both sites: the tombstone is all that is left of it.
TOMBSTONE = "marche-disparu"
# Words that stand nowhere but in a secret; each names the kind of place it is hidden in.
WORDS = (
    *(f"{slug}mot" for slug in SECRET_SLUGS.values()),
    "zanouvelle",
    "zaancienne",
    "zalieuprecis",
    "zanote",
    "zacommentaire",
    "zaverdict",
    "zacritere",
    "zadecline",
    "zaportee",
    "zacontact",
    "zavalidation",
    "zaretrait",
    "zamotif",
    "zapersonne",
    "zaorganisation",
    "zademande",
    "zafichier",
    "zachangement",
    "zatombe",
)

# What a sign-off puts on record, for the desk alone.
AGREED = {
    "consent": {
        "answer": "yes",
        "note": "",
        "type": "oral",
        "scope": "zaportee",
        "date": "2026-02-01",
        "expiry": "2026-03-20",
        "contact": "zacontact",
    },
    "validated": {"answer": "yes", "note": "", "role": "zavalidation", "language": "zavalidation"},
}
WITHDRAWN_FOR = {"withdrawn": Withdrawal.SAFETY, "withdrawn_members": Withdrawal.ERROR}
FILE: dict[str, Any] = {
    "content_hash": HIDDEN_FILE.partition(".")[0],
    "media_type": "image/png",
    "file_name": "zafichier.png",
    "size": 9,
    "alternative_text_fr": "zafichier",
    "credit": "zafichier",
    "licence": "CC-BY-SA-4.0",
}


class Site:
    """Builds the public practices and, if told to, the secrets."""

    def __init__(self, work: UnitOfWork, *, with_secrets: bool) -> None:
        self.work = work
        self.secret = with_secrets
        name = "zapersonne" if with_secrets else "Somebody"
        self.people = {
            who: make_user(work, role, name=name)
            for who, role in (
                ("author", Role.CONTRIBUTOR),
                ("reviewer", Role.REVIEWER),
                ("safeguard", Role.SAFEGUARD),
                ("editor", Role.EDITOR),
            )
        }

    def told(self, word: str) -> str:
        return word if self.secret else ""

    def write(self, slug: str, word: str = "", **changes: Any) -> dict[str, Any]:
        text = make_text(slug)
        text["title"] = f"{text['title']} {word}".strip()
        text["sections"]["results"] += f" {word}"
        text["places"] = changes.pop("places", ["Gao"])
        return make_content(slug, texts={"fr": text}, **changes)

    def bring(self, content: dict[str, Any], state: State) -> Any:
        from_start = start_or_create(self.work, self.people["author"], content)
        for step in PATHS[state]:
            take_step(self.work, self.people, from_start, step)
        return from_start

    def build(self) -> None:
        for slug in PUBLIC[:2]:
            # Both sites name it; on one of them it exists, and must not be found out.
            related = [SECRET_SLUGS["members"]]
            self.bring(self.write(slug, related=related), State.PUBLISHED)
        self._superseded(PUBLIC[2])
        self._coarsened(PUBLIC[3])
        revision = self.bring(self.write(TOMBSTONE, self.told("zatombe")), State.PUBLISHED)
        self.withdraw(revision.id, Withdrawal.OUTDATED)
        if self.secret:
            self._hidden_practices()
            self._hidden_beside_a_public_one(PUBLIC[0])
            self._hidden_people_and_files()

    def withdraw(self, revision_id: int, reason: Withdrawal) -> None:
        editor = self.people["editor"]
        perform(
            self.work,
            editor,
            revision_id,
            Action.WITHDRAW,
            self.told("zamotif") or "Why.",
            withdrawal=reason,
        )

    def _superseded(self, slug: str) -> None:
        self.bring(self.write(slug, self.told("zaancienne")), State.PUBLISHED)
        self.bring(self.write(slug), State.PUBLISHED)

    def _coarsened(self, slug: str) -> None:
        places = ["zalieuprecis"] if self.secret else ["Ansongo"]
        revision = self.bring(self.write(slug, places=places), State.SUBMITTED)
        assign(
            self.work, self.people["editor"], revision.id, self.people["reviewer"].user_id, None
        )
        perform(self.work, self.people["editor"], revision.id, Action.ASSIGN)
        if self.secret:
            self._declined(revision.id)
        give_verdict(
            self.work,
            self.people["reviewer"],
            revision.id,
            Decision.ACCEPT,
            self.told("zaverdict"),
            ratings={each: Rating(3, self.told("zacritere")) for each in Criterion},
        )
        sign_off(
            self.work,
            self.people["safeguard"],
            revision.id,
            Outcome.PASS_COARSENED,
            ANSWERS
            | {"children": {"answer": "na", "note": self.told("zanote")}}
            | (AGREED if self.secret else {}),
            self.told("zanote"),
            location_precision="region",
        )
        for action in (Action.APPROVE, Action.PUBLISH):
            perform(self.work, self.people["editor"], revision.id, action, self.told("zamotif"))
        if self.secret:
            withdraw_consent(self.work, self.people["editor"], revision.id, "zaretrait")

    def _declined(self, revision_id: int) -> None:
        second = make_user(self.work, Role.REVIEWER, name="zapersonne")
        yesterday = self.work.clock.now().date() - timedelta(days=1)
        assign(self.work, self.people["editor"], revision_id, second.user_id or 0, yesterday)
        accept_assignment(self.work, second, revision_id)
        decline_assignment(self.work, second, revision_id, "zadecline")

    def _hidden_practices(self) -> None:
        for kind, slug in SECRET_SLUGS.items():
            visibility = {"withdrawn_members": "members"}.get(kind, kind)
            visibility = visibility if visibility in {"members", "restricted"} else "public"
            reason = WITHDRAWN_FOR.get(kind)
            state = State.PUBLISHED if reason or visibility == kind else State(kind)
            content = self.write(
                slug,
                f"{slug}mot",
                visibility=visibility,
                regions=["NE-6"],
                themes=["reconciliation"],
            )
            revision = self.bring(content, state)
            if reason:
                self.withdraw(revision.id, reason)

    def _hidden_people_and_files(self) -> None:
        now, editor = self.work.clock.now(), self.people["editor"].user_id
        restricted = self.work.session.query(Practice).filter_by(slug="zarestreint").one()
        hidden = restricted.revisions[0]
        self.work.session.add_all(
            [
                Organisation(
                    name="zaorganisation", type=OrganisationType.CIVIL_SOCIETY, country="ML"
                ),
                AccessRequest(
                    name="zademande",
                    email="zademande@example.org",
                    organisation="zaorganisation",
                    country="ML",
                    purpose="zademande",
                    locale="fr",
                    requested_at=now,
                ),
                PracticeReader(
                    practice_id=restricted.id,
                    user_id=make_user(self.work, Role.MEMBER, name="zapersonne").user_id,
                    granted_by_id=editor,
                    granted_at=now,
                ),
                VersionAttachment(version_id=hidden.version_id, position=1, **FILE),
                Attachment(revision_id=hidden.id, uploaded_by_id=editor, created_at=now, **FILE),
            ]
        )

    def _hidden_beside_a_public_one(self, slug: str) -> None:
        content = self.write(slug, "zanouvelle")
        revision = self.bring(content, State.IN_REVIEW)
        practice = revision.practice
        revision.change_note = "zachangement"
        now = self.work.clock.now()
        self.work.session.add_all(
            [
                RestrictedNote(
                    practice_id=practice.id, origin="zanote", text={"fr": "zanote"}, created_at=now
                ),
                Comment(
                    version_id=revision.version_id,
                    author_id=self.people["editor"].user_id,
                    audience=CommentAudience.DESK,
                    body="zacommentaire",
                    created_at=now,
                ),
            ]
        )


def start_or_create(work: UnitOfWork, author: Any, content: dict[str, Any]) -> Any:
    practice = work.session.query(Practice).filter_by(slug=content["slug"]).one_or_none()
    if practice is None:
        return create_practice(work, author, content["slug"], content)
    return start_revision(work, author, practice, content)


def make_site(folder: Path, renderer: Any, *, with_secrets: bool) -> Runtime:
    runtime = build_runtime(make_settings(folder), clock=FrozenClock(), renderer=renderer)
    upgrade(runtime.engine)
    with runtime.begin() as work:
        make_vocabularies(work)
    with runtime.begin() as work:
        Site(work, with_secrets=with_secrets).build()
    if with_secrets:
        assert runtime.files.put(b"zafichier") == FILE["content_hash"]
    reconcile_all(runtime.reading, runtime.indexes)
    return runtime


@pytest.fixture(scope="module")
def sites(
    tmp_path_factory: pytest.TempPathFactory, renderer: Any
) -> Iterator[dict[bool, Runtime]]:
    both = {
        secret: make_site(tmp_path_factory.mktemp("site"), renderer, with_secrets=secret)
        for secret in (True, False)
    }
    yield both
    for runtime in both.values():
        runtime.close()


@pytest.fixture(scope="module")
def clients(sites: dict[bool, Runtime]) -> dict[bool, FlaskClient]:
    return {secret: create_app(runtime).test_client() for secret, runtime in sites.items()}


def test_the_secrets_are_there(sites: dict[bool, Runtime]) -> None:
    """Otherwise the tests below would prove nothing."""
    with sites[True].reading() as session:
        slugs = {practice.slug for practice in session.query(Practice)}
    assert slugs == {*PUBLIC, TOMBSTONE, *SECRET_SLUGS.values()}
    database = files(sites[True].settings.data_dir)
    assert [word for word in WORDS if word not in database] == []


def test_the_table_knows_every_route(clients: dict[bool, FlaskClient]) -> None:
    app = clients[True].application
    asked = {r.endpoint for r in app.url_map.iter_rules() if "GET" in (r.methods or ())}
    assert asked == {*PAGES, *guarded(app)}
    assert not {*PAGES} & guarded(app)


def test_no_answer_tells_the_two_sites_apart(clients: dict[bool, FlaskClient]) -> None:
    slugs = (*PUBLIC, TOMBSTONE, *SECRET_SLUGS.values(), "never-existed")
    with_secrets = answers(clients[True], slugs, WORDS)
    without = answers(clients[False], slugs, WORDS)
    assert len(with_secrets) > 100
    differing = [address for address, text in with_secrets.items() if text != without[address]]
    assert {a: _difference(with_secrets[a], without[a]) for a in differing[:5]} == {}


def test_the_forms_of_visitors_tell_the_two_sites_apart_as_little(
    clients: dict[bool, FlaskClient], sites: dict[bool, Runtime]
) -> None:
    """Somebody who has an account on one of them, or asked for one, is anybody on the other."""
    with sites[True].reading() as session:
        hidden = session.query(User).filter_by(name="zapersonne").all()[-1].email
    with sites[False].reading() as session:
        assert session.query(User).filter_by(email=hidden).all() == []
    for email in (hidden, "zademande@example.org", "nobody@example.org"):
        person = {"name": "N", "organisation": "O", "country": "ML", "purpose": "P"}
        for address, fields in (
            ("/fr/login", {"email": email, "password": "griot cauri tamarinier"}),
            ("/fr/password", {"email": email}),
            ("/fr/request-access", {"email": email, **person}),
        ):
            one, other = (as_text(clients[s].post(address, data=fields)) for s in (True, False))
            assert one == other, (address, _difference(one, other))


def test_a_hidden_practice_is_answered_like_one_that_never_was(
    clients: dict[bool, FlaskClient],
) -> None:
    client = clients[True]
    for pattern in (
        "/fr/practices/{}",
        "/en/practices/{}.md",
        "/en/practices/{}/history",
        "/fr/practices/{}.json",
        "/api/v1/practices/{}",
        "/api/v1/practices/{}/related",
    ):
        never = client.get(pattern.format("never-existed"))
        for slug in SECRET_SLUGS.values():
            hidden = client.get(pattern.format(slug))
            assert hidden.status_code == 404
            assert hidden.data.replace(slug.encode(), b"never-existed") == never.data


def test_commands_and_exports_tell_nothing(sites: dict[bool, Runtime], tmp_path: Path) -> None:
    with_secrets = commands(sites[True], WORDS, tmp_path / "with")
    without = commands(sites[False], WORDS, tmp_path / "without")
    assert with_secrets == without
    assert f"practices/{PUBLIC[0]}/fr.md" in with_secrets


def test_what_the_desk_keeps_is_in_no_export_not_even_its_own(
    sites: dict[bool, Runtime], tmp_path: Path
) -> None:
    """`--desk` hands on texts and restricted notes; what reviewers and people agreed on, never."""
    context = Context(
        lambda _path: sites[True].settings,
        lambda _settings: sites[True],
        create_app,
        lambda _settings: None,
        lambda: sites[True].settings,
    )
    call = ["content", "export", str(tmp_path / "desk"), "--desk"]
    assert CliRunner().invoke(palabre, call, obj=context).exit_code == 0
    exported = files(tmp_path / "desk")
    assert [word for word in ("zanote", "zarestreintmot", "zalieuprecis") if word in exported] == [
        "zanote",
        "zarestreintmot",
        "zalieuprecis",
    ]
    desk = ("zacommentaire", "zaverdict", "zacritere", "zadecline", "zapersonne", "zamotif")
    agreed = ("zaportee", "zacontact", "zavalidation", "zaretrait")
    assert [word for word in (*desk, *agreed) if word in exported] == []


def test_the_index_on_disk_holds_no_secret(sites: dict[bool, Runtime]) -> None:
    folder = sites[True].settings.data_dir / "index"
    secrets = (*WORDS, *SECRET_SLUGS.values(), TOMBSTONE)
    index = files(folder, but=folder / "members")
    assert PUBLIC[0] in index
    assert [word for word in secrets if word in index] == []
    for_members = files(folder / "members")
    assert [word for word in secrets if word in for_members] == ["zamembresmot", "zamembres"]


def test_logs_hold_no_text_or_name(
    clients: dict[bool, FlaskClient], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        answers(clients[True], (*SECRET_SLUGS.values(), TOMBSTONE), ())
    told = [word for word in WORDS if word in caplog.text]
    assert told == []


def test_a_secret_becomes_visible_when_it_is_published(tmp_path: Path, renderer: Any) -> None:
    """The counterpart: what is hidden above is hidden by the rules, not by an empty site."""
    runtime = build_runtime(make_settings(tmp_path), clock=FrozenClock(), renderer=renderer)
    upgrade(runtime.engine)
    with runtime.begin() as work:
        make_vocabularies(work)
        site = Site(work, with_secrets=True)
        revision = site.bring(site.write("zapublic", "zapublicmot"), State.APPROVED)
        revision_id = revision.id
    client = create_app(runtime).test_client()
    assert client.get("/fr/practices/zapublic").status_code == 404
    with runtime.begin() as work:
        site = Site(work, with_secrets=True)
        perform(work, site.people["editor"], revision_id, Action.PUBLISH)
    assert "zapublicmot" in client.get("/fr/practices/zapublic").get_data(as_text=True)
    assert "/fr/practices/zapublic" in client.get("/fr/practices?q=zapublicmot").get_data(
        as_text=True
    )
    runtime.close()


def _difference(one: str, other: str) -> list[str]:
    return [
        line
        for line in difflib.unified_diff(one.splitlines(), other.splitlines(), lineterm="", n=0)
        if line[:3] not in {"---", "+++"}
    ][:6]
