"""Sites to look at: one with texts in every state and people of every role, and unusual ones."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
import threading
from typing import Any

from sqlalchemy import select
from werkzeug.serving import make_server

from kb.accounts import access_requests, sessions
from kb.accounts.models import LinkPurpose, UserSession
from kb.accounts.organisations import add_organisation
from kb.accounts.permissions import Actor, Role
from kb.accounts.service import new_link
from kb.accounts.throttle import Caller
from kb.app import create_app
from kb.attachments.cleaning import clean
from kb.attachments.service import Prepared, Words, attach
from kb.core.language import Locale
from kb.core.unit_of_work import UnitOfWork
from kb.operations.installation import DEMO
from kb.operations.models import SiteFact
from kb.practices.lifecycle import State
from kb.practices.models import Revision
from kb.practices.queries import practice_by_slug, published_revision
from kb.practices.service import create_practice, save_working_copy
from kb.reviews.rules import Decision, Outcome
from kb.reviews.service import comment, give_verdict, sign_off
from kb.runtime import Runtime
from kb.search.misses import count_miss
from kb.search.promotions import promote
from tests import samples
from tests.adopting import add_adoptions
from tests.make import ANSWERS, PATHS, make_account, make_next, take_step

SOMEBODY = access_requests.NewRequest(
    "mariam@example.org", "Mariam", "ONG Femmes et paix", "NE", "Contribuer.", "fr"
)
MODEL = "femmes-arbitrage-conflits-tera-sakoira"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PICTURE = Words("Un dégradé de gris, pour l'essai.", "A shade of grey, for trying.", "Essai")


@dataclass
class Site:
    """A running site, what lets each person in, and what the addresses of its pages name."""

    address: str
    tokens: dict[str, str] = field(default_factory=dict)
    names: dict[str, int | str] = field(default_factory=dict)

    def cookies(self, who: str) -> list[Any]:
        """What the browser of somebody holds; a visitor's holds nothing."""
        token = self.tokens.get(who)
        return [{"name": "palabre", "value": token, "url": self.address}] if token else []


@contextmanager
def serving(runtime: Runtime, **changes: Any) -> Iterator[tuple[Runtime, str]]:
    """A server of our own on a free port, for as long as it is needed."""
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)
    address = f"http://127.0.0.1:{server.server_port}"
    settings = replace(runtime.settings, base_url=address, second_factor_required=False)
    runtime = replace(runtime, settings=settings, **changes)
    server.app = create_app(runtime)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield runtime, address
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def furnished(runtime: Runtime) -> Iterator[Site]:
    """All of content/ and a text in each state, with people who have something to do."""
    with serving(runtime) as (own, address):
        site = Site(address)
        with own.begin() as work:
            # The parts that pages are made of can be seen in demonstrations only.
            work.session.add(SiteFact(name=DEMO, value="yes"))
            people = _add_people(work, site)
            desk = _Desk(own, work, people)
            desk.add_texts()
            desk.add_business()
            desk.names.update(add_adoptions(work, people))
            site.names.update(desk.names)
        own.deliver()
        yield site


@contextmanager
def bare(runtime: Runtime) -> Iterator[Site]:
    """Nothing but accounts."""
    with serving(runtime) as (own, address):
        site = Site(address)
        with own.begin() as work:
            _add_people(work, site)
        yield site


def _add_people(work: UnitOfWork, site: Site) -> dict[str, Actor]:
    """One account per role, and two in a state of their own; those who act on texts."""
    users = {role.value: make_account(work, role, name=f"The {role.value}") for role in Role}
    users["careful"] = make_account(work, Role.MEMBER, name="The careful")
    users["careful"].totp_secret = SECRET
    users["idle"] = make_account(work, Role.ADMIN, name="The idle")
    work.session.flush()
    for name, user in users.items():
        site.tokens[name] = sessions.start(work, user.id, "a browser")
    # Long signed in: what is privileged asks for the password again.
    idle = select(UserSession).where(UserSession.user_id == users["idle"].id)
    work.session.scalars(idle).one().authenticated_at -= timedelta(hours=1)
    site.names["member"] = users["member"].id
    site.names["link"] = new_link(work, users["member"].id, LinkPurpose.INVITATION)
    named = {"author": users[Role.CONTRIBUTOR.value]} | users
    return {name: user.as_actor() for name, user in named.items()}


class _Desk:
    """Texts in all states, all of one author, and what is going on around them."""

    def __init__(self, runtime: Runtime, work: UnitOfWork, people: dict[str, Actor]) -> None:
        self.runtime, self.work, self.people = runtime, work, people
        self.names: dict[str, int | str] = {}

    def add_texts(self) -> None:
        """One in each state: its number is in `names` by its state, its address by "at_"."""
        for number, state in enumerate(PATHS):
            revision = self._add(state, f"essai-{number}", f"Essai {number}")
            self.names[state.value] = revision.id
            self.names[f"at_{state.value}"] = revision.practice.slug
            if state is State.PUBLISHED:
                self._add_second_version(revision)
        self.discuss(self._add(State.IN_REVIEW, "essai-discussed", "Essai, discuté"))
        inner = self._add(State.PUBLISHED, "essai-inner", "Essai interne", visibility="members")
        self.names["at_inner"] = inner.practice.slug

    def _add(self, state: State, slug: str, title: str, **changes: Any) -> Revision:
        practice = practice_by_slug(self.work.session, MODEL)
        assert practice is not None
        model = published_revision(self.work.session, practice.id)
        assert model is not None
        texts = {
            lang: {**text, "title": f"{title} – {text['title']}"}
            for lang, text in model.working_copy["texts"].items()
        }
        data = {**model.working_copy, "slug": slug, "texts": texts, **changes}
        revision = create_practice(self.work, self.people["author"], slug, data)
        file = Prepared("essai.png", clean("image/png", samples.plain(size=(400, 300))))
        user_id = self.people["author"].user_id or 0
        added = attach(self.work, self.runtime.files, user_id, revision.id, file, PICTURE)
        self.names[f"file_{state.value}"] = added.id
        for step in PATHS[state]:
            take_step(self.work, self.people, revision, step)
        return revision

    def _add_second_version(self, revision: Revision) -> None:
        following = make_next(self.work, self.people, revision, State.DRAFT)
        texts = {
            lang: {**text, "summary": text["summary"].replace("2013", "2014") + " Essai."}
            for lang, text in following.working_copy["texts"].items()
        }
        for text in texts.values():
            lines = text["sections"]["results"].split("\n")
            changed = {"results": "\n".join([*lines[1:], "- Essai [S1]."]), "lessons": "- Essai."}
            text["sections"] = {**text["sections"], **changed}
        copy = {**following.working_copy, "texts": texts, "countries": ["ML", "NE"]}
        author = self.people["author"]
        save_working_copy(self.work, author, following.id, following.lock_number, copy)
        for step in PATHS[State.PUBLISHED]:
            take_step(self.work, self.people, following, step)
        self.names[State.PUBLISHED.value] = following.id

    def discuss(self, revision: Revision) -> None:
        """Remarks, an internal one among them, a verdict and a sign-off."""
        work, people = self.work, self.people
        first = comment(work, people["reviewer"], revision.id, "Who calls?", field="results")
        comment(work, people["author"], revision.id, "The elders.", parent_id=first.id)
        comment(work, people["safeguard"], revision.id, "Too exact.", internal=True)
        give_verdict(work, people["reviewer"], revision.id, Decision.CHANGES, "Say who.")
        sign_off(work, people["safeguard"], revision.id, Outcome.PASS, ANSWERS)
        self.names["discussed"] = revision.id

    def add_business(self) -> None:
        """What waits for editors and admins."""
        work, editor = self.work, self.people["editor"]
        access_requests.ask_for_access(work, Caller("", "10.0.0.1"), SOMEBODY)
        self.names["organisation"] = add_organisation(
            work, "École de paix", "training-institution", "ML"
        ).id
        promote(work, editor, "puits", "cadis-gao-tombouctou")
        for _ in range(3):
            count_miss(work, "a key", "mare aux hippopotames", Locale.FR)
