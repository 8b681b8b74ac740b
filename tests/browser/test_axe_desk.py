"""WCAG 2.2 AA as far as a program can tell: axe on the pages of those who are signed in."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
import threading

from playwright.sync_api import Browser, Page
import pytest
from werkzeug.serving import make_server

from kb.accounts import access_requests, sessions
from kb.accounts.models import User
from kb.accounts.permissions import Role
from kb.accounts.throttle import Caller
from kb.app import create_app
from kb.core.language import Locale
from kb.practices.lifecycle import State
from kb.practices.models import Revision
from kb.reviews.rules import Decision, Outcome
from kb.reviews.service import comment, give_verdict, sign_off
from kb.runtime import Runtime
from kb.search.misses import count_miss
from kb.search.promotions import promote
from tests.browser.test_axe import problems_of
from tests.make import ANSWERS, make_account, make_revision

SOMEBODY = access_requests.NewRequest(
    "mariam@example.org", "Mariam", "ONG Femmes et paix", "NE", "Contribuer.", "fr"
)
STATES = (State.DRAFT, State.SUBMITTED, State.IN_REVIEW, State.PUBLISHED)
Deed = Callable[[Page], None]


@dataclass
class Desk:
    """A running site with a text in each state, and what lets each person in."""

    address: str
    tokens: dict[str, str]
    numbers: dict[State, int]


@pytest.fixture
def desk(content_runtime: Runtime) -> Iterator[Desk]:
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True)
    address = f"http://127.0.0.1:{server.server_port}"
    settings = replace(content_runtime.settings, base_url=address, second_factor_required=False)
    runtime = replace(content_runtime, settings=settings)
    server.app = create_app(runtime)
    with runtime.begin() as work:
        access_requests.ask_for_access(work, Caller("", "10.0.0.1"), SOMEBODY)
        users = {role.value: make_account(work, role).id for role in Role}
        editor = work.session.get_one(User, users[Role.EDITOR]).as_actor()
        promote(work, editor, "puits", "cadis-gao-tombouctou")
        for _ in range(3):
            count_miss(work, "a key", "mare aux hippopotames", Locale.FR)
        numbers = {}
        for state in STATES:
            revision, people = make_revision(work, state)
            numbers[state] = revision.id
            if state is State.DRAFT:
                # The author of this one writes; everybody else is on the desk of another.
                users["author"] = people["author"].user_id or 0
            if state is State.IN_REVIEW:
                discuss(work, revision, people)
                users["reviewer"] = people["reviewer"].user_id or 0
        tokens = {who: sessions.start(work, number, "axe") for who, number in users.items()}
    runtime.deliver()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Desk(address, tokens, numbers)
    server.shutdown()
    thread.join()
    server.server_close()


def discuss(work, revision: Revision, people) -> None:
    """Remarks, an internal one among them, a verdict and a sign-off."""
    first = comment(work, people["reviewer"], revision.id, "Who calls?", field="results")
    comment(work, people["author"], revision.id, "The elders.", parent_id=first.id)
    comment(work, people["safeguard"], revision.id, "Too exact.", internal=True)
    give_verdict(work, people["reviewer"], revision.id, Decision.CHANGES, "Say who.")
    sign_off(work, people["safeguard"], revision.id, Outcome.PASS, ANSWERS)


def send(page: Page, form: str = "main form:not(.one)[method=post]") -> None:
    """Send a form as it stands: most are refused for what is missing."""
    with page.expect_navigation():
        page.locator(f"{form} button").first.click()


def send_old(page: Page) -> None:
    """Send a text that somebody else has changed meanwhile."""
    page.evaluate("() => { document.querySelector('[name=lock_number]').value = '0' }")
    page.locator("[name=title]").fill("Something else")
    send(page)


def try_another_word(page: Page) -> None:
    """See what a synonym would do."""
    page.locator("[name=synonyms]").fill("Peulh\nkolorado")
    with page.expect_navigation():
        page.locator("button[value=preview]").click()


def save_old_entry(page: Page) -> None:
    """Save an entry of the thesaurus that somebody else has changed meanwhile."""
    page.evaluate("() => { document.querySelector('[name=mark]').value = '' }")
    page.locator("[name=fr]").fill("Something else")
    send(page, "form:has([name=mark])")


def pages_of(numbers: dict[State, int]) -> dict[str, list[str | tuple[str, Deed]]]:
    """What each role works with."""
    draft = f"/contribute/revisions/{numbers[State.DRAFT]}"
    review = {state: f"/review/{number}" for state, number in numbers.items()}
    return {
        "": ["/login", ("/request-access", send)],
        "author": [
            "/contribute",
            ("/contribute/new", send),
            *(f"{draft}{part}" for part in ("", "/about", "/sources", "/files")),
            (f"{draft}/fr", send_old),
            f"{draft}/check",
            f"{draft}/preview",
            "/notifications",
            "/account",
            "/account/second-factor",
            "/admin",
        ],
        "reviewer": [review[State.IN_REVIEW]],
        "safeguard": [
            (review[State.IN_REVIEW], lambda page: send(page, "form[action$='/sign-off']"))
        ],
        "editor": [
            "/review",
            review[State.SUBMITTED],
            review[State.PUBLISHED],
            "/thesaurus",
            ("/thesaurus/new", send),
            ("/thesaurus/peul", try_another_word),
            ("/thesaurus/peul", save_old_entry),
            "/thesaurus/peul/remove",
            "/search-report",
            ("/promotions?query=puits", lambda page: send(page, "form:has([name=practice])")),
            "/practices?q=puits",
        ],
        "admin": [
            "/admin",
            "/admin/requests",
            "/admin/users",
            "/admin/users/1",
            ("/admin/invite", send),
            "/admin/organisations",
            "/admin/audit",
            "/admin/state",
        ],
    }


@pytest.mark.parametrize(("lang", "scheme", "width"), [("fr", "light", 360), ("en", "dark", 1280)])
def test_no_violations_when_signed_in(browser: Browser, desk: Desk, lang, scheme, width):
    for who, pages in pages_of(desk.numbers).items():
        context = browser.new_context(
            base_url=desk.address, color_scheme=scheme, viewport={"width": width, "height": 800}
        )
        if who:
            cookie = {"name": "palabre", "value": desk.tokens[who], "url": desk.address}
            context.add_cookies([cookie])
        page = context.new_page()
        for entry in pages:
            path, deed = entry if isinstance(entry, tuple) else (entry, None)
            page.goto(f"/{lang}{path}")
            if deed is not None:
                deed(page)
            assert problems_of(page) == [], (who, path)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (who, path)
        context.close()
