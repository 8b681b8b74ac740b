"""Plain factories for users, contents and revisions in any state."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
import itertools
from typing import Any

from argon2 import PasswordHasher
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from kb.accounts import sessions
from kb.accounts.models import RoleGrant, User
from kb.accounts.passwords import Passwords
from kb.accounts.permissions import Actor, Role
from kb.core.language import Locale
from kb.core.unit_of_work import UnitOfWork
from kb.practices.content import PracticeContent
from kb.practices.lifecycle import Action, State, Withdrawal
from kb.practices.models import Revision
from kb.practices.service import create_practice, start_revision
from kb.practices.template import REQUIRED_SECTIONS
from kb.reviews.questionnaire import QUESTIONS
from kb.reviews.rubric import Criterion, Rating
from kb.reviews.rules import Decision, Outcome
from kb.reviews.service import assign, give_verdict, sign_off
from kb.runtime import Runtime
from kb.vocabularies.catalogue import Bilingual, GlossaryEntry, Term, Vocabulary
from kb.vocabularies.service import load_glossary, load_vocabularies, replace_all
from kb.workflow.service import perform

_numbers = itertools.count(1)
# Hashes that cost a test next to nothing.
QUICK = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
PASSWORD = "griot cauri tamarinier sept"
TERMS: dict[str, tuple[str, ...]] = {
    "countries": ("ML", "NE", "BF"),
    "regions": ("ML-5", "ML-7", "NE-6"),
    "actor_types": ("women-leaders", "traditional-authority", "youth-leaders"),
    "themes": ("land-tenure", "reconciliation", "womens-participation"),
    "kinds": ("practice", "lesson"),
    "origins": ("unknown", "ancestral"),
    "maturities": ("unknown", "good"),
    "evidence": ("medium", "solid"),
    "methods": ("desk-study", "field-study"),
    "cautions": ("none", "do-no-harm", "lesson-only"),
    "zones": ("core",),
    "leadership": ("leaders", "addressed", "not-described"),
    "languages": ("fr", "en"),
    "licences": ("CC-BY-SA-4.0",),
    "sdg_targets": ("16.1",),
}


def make_user(work: UnitOfWork, *roles: Role, name: str = "") -> Actor:
    number = next(_numbers)
    user = User(
        email=f"user{number}@example.org",
        name=name or f"User {number}",
        locale=Locale.FR,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        grants=[
            RoleGrant(role=role, granted_at=datetime(2026, 1, 1, tzinfo=UTC)) for role in roles
        ],
    )
    work.session.add(user)
    work.session.flush()
    return user.as_actor()


def quick(runtime: Runtime) -> Runtime:
    """The same with passwords that are hashed at once."""
    return replace(runtime, passwords=QUICK)


def make_account(
    work: UnitOfWork, *roles: Role, password: str = PASSWORD, email: str = "", name: str = ""
) -> User:
    """A user who can sign in; the hash costs next to nothing."""
    user = work.session.get_one(User, make_user(work, *roles, name=name).user_id)
    user.password_hash = QUICK.hash(password)
    user.email = email or user.email
    work.session.flush()
    return user


def client_as(runtime: Runtime, client: FlaskClient, user_id: int) -> str:
    """Give the browser a fresh session of this user; returns the `csrf_token` for its forms."""
    with runtime.begin() as work:
        token = sessions.start(work, user_id, "a browser of the tests")
    with runtime.reading() as session:
        found = sessions.find(session, token, runtime.clock.now())
    assert found is not None
    secure = runtime.settings.base_url.startswith("https://")
    client.set_cookie("__Host-palabre" if secure else "palabre", token, secure=secure)
    return form_token(runtime, found.session_id)


def form_token(runtime: Runtime, session_id: object) -> str:
    """The `csrf_token` that the forms of a session carry."""
    signer = URLSafeTimedSerializer(runtime.settings.secret_key, salt="form")
    return str(signer.dumps(session_id))


def sign_in(client: FlaskClient, email: str, password: str = PASSWORD) -> TestResponse:
    """Send the form of the sign-in page."""
    return client.post("/fr/login", data={"email": email, "password": password})


def make_vocabularies(work: UnitOfWork) -> None:
    """A small set of terms, enough for `make_content`."""
    replace_all(
        work,
        [
            Vocabulary(
                name=name,
                label=Bilingual(fr=name, en=name),
                terms=tuple(
                    Term(code=c, label=Bilingual(fr=f"{c} fr", en=f"{c} en")) for c in codes
                ),
            )
            for name, codes in TERMS.items()
        ],
        [],
    )


def add_entry(work: UnitOfWork, entry: GlossaryEntry) -> None:
    """An entry of the thesaurus as an import brings it."""
    vocabularies = tuple(load_vocabularies(work.session).by_name.values())
    replace_all(work, vocabularies, (*load_glossary(work.session), entry))


def make_content(slug: str = "", **changes: Any) -> dict[str, Any]:
    """A complete, valid practice as plain data."""
    slug = slug or f"practice-{next(_numbers)}"
    data: dict[str, Any] = {
        "slug": slug,
        "countries": ["ML"],
        "regions": ["ML-7"],
        "actor_types": ["women-leaders"],
        "themes": ["land-tenure"],
        "evidence": "solid",
        "method": "desk-study",
        "translations": {"fr": "original"},
        "original_language": "fr",
        "sources": [{"id": "S1", "title": f"Source of {slug}", "url": "https://example.org/s1"}],
        "texts": {"fr": make_text(slug)},
    }
    data.update(changes)
    PracticeContent.parse(data)
    return data


def make_text(slug: str, **changes: Any) -> dict[str, Any]:
    return {
        "title": f"Titre {slug}",
        "summary": f"Résumé de {slug}.",
        "places": ["Ansongo"],
        "sections": {key: f"- Texte {key} de {slug} [S1]" for key in REQUIRED_SECTIONS},
        **changes,
    }


def make_revision(
    work: UnitOfWork, state: State = State.DRAFT, content: Mapping[str, Any] | None = None
) -> tuple[Revision, dict[str, Actor]]:
    """A revision brought to `state` the honest way, and the people it took."""
    people = {
        "author": make_user(work, Role.CONTRIBUTOR),
        "reviewer": make_user(work, Role.REVIEWER),
        "safeguard": make_user(work, Role.SAFEGUARD),
        "editor": make_user(work, Role.EDITOR),
    }
    data = dict(content or make_content())
    revision = create_practice(work, people["author"], data["slug"], data)
    for step in PATHS[state]:
        take_step(work, people, revision, step)
    return revision, people


def make_next(
    work: UnitOfWork, people: Mapping[str, Actor], revision: Revision, state: State
) -> Revision:
    """Another revision of the same practice by the same people."""
    data = dict(revision.working_copy)
    following = start_revision(work, people["author"], revision.practice, data)
    for step in PATHS[state]:
        take_step(work, people, following, step)
    return following


def take_step(
    work: UnitOfWork, people: Mapping[str, Actor], revision: Revision, action: Action
) -> None:
    """One action by whoever may do it, with what it needs before."""
    who, note = ACTORS[action], "because" if action in REASONED else ""
    if action is Action.ASSIGN:
        assign(work, people["editor"], revision.id, people["reviewer"].user_id or 0, None)
    if action is Action.APPROVE:
        give_verdict(work, people["reviewer"], revision.id, Decision.ACCEPT, ratings=RATINGS)
        sign_off(work, people["safeguard"], revision.id, Outcome.PASS, ANSWERS)
    perform(work, people[who], revision.id, action, note, withdrawal=Withdrawal.ERROR)


# An answer to every do-no-harm question.
ANSWERS: dict[str, dict[str, str]] = {
    question.key: {"answer": "na", "note": ""} for question in QUESTIONS
}
# What a verdict to accept rests on.
RATINGS: dict[Criterion, Rating] = {criterion: Rating(3) for criterion in Criterion}
REASONED = {Action.REQUEST_CHANGES, Action.REJECT, Action.WITHDRAW, Action.ARCHIVE}
ACTORS = dict.fromkeys(Action, "editor") | dict.fromkeys(
    (Action.SUBMIT, Action.RECALL, Action.ABANDON), "author"
)
_REVIEWED = (Action.SUBMIT, Action.ASSIGN)
_PUBLISHED = (*_REVIEWED, Action.APPROVE, Action.PUBLISH)
PATHS: dict[State, tuple[Action, ...]] = {
    State.DRAFT: (),
    State.SUBMITTED: (Action.SUBMIT,),
    State.IN_REVIEW: _REVIEWED,
    State.CHANGES_REQUESTED: (*_REVIEWED, Action.REQUEST_CHANGES),
    State.APPROVED: (*_REVIEWED, Action.APPROVE),
    State.PUBLISHED: _PUBLISHED,
    State.ARCHIVED: (*_PUBLISHED, Action.ARCHIVE),
    State.WITHDRAWN: (*_PUBLISHED, Action.WITHDRAW),
    State.REJECTED: (Action.SUBMIT, Action.REJECT),
    State.ABANDONED: (Action.ABANDON,),
}
