"""The main journey as people go it, to the tombstone: in French at a desk, in English on phones
that run no script.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
import re
import socket
import threading

from playwright.sync_api import Browser, Page, expect
import pyotp
import pytest
from werkzeug.serving import make_server

from kb.accounts.models import User
from kb.accounts.permissions import Role
from kb.app import create_app
from kb.reviews.rubric import Criterion
from kb.runtime import Runtime
from tests.make import PASSWORD, make_account, quick

SCREENS = {"fr": {"width": 1280, "height": 800}, "en": {"width": 360, "height": 740}}
NEW_PASSWORD = "baobab pirogue lundi sept"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
BODY_WORD = "kourouba"
COMMUNE = "Tessit"
CLARITY_WORD, CONTACT_WORD = "cailcedrat", "filao"
CRITERIA = [criterion.value for criterion in Criterion]
WORDS = {
    "fr": {
        "invited": "Choisir un mot de passe",
        "overview": "Mes pratiques",
        "desk": "La rédaction",
        "withdrawn": "Cette page a été retirée",
        "draft": "brouillon",
        "submitted": "soumise",
        "history": "Historique",
    },
    "en": {
        "invited": "Choose a password",
        "overview": "My practices",
        "desk": "The desk",
        "withdrawn": "This page has been withdrawn",
        "draft": "draft",
        "submitted": "submitted",
        "history": "History",
    },
}
ABOUT = {
    "themes": ["land-tenure"],
    "actor_types": ["women-leaders"],
    "countries": ["ML"],
    "regions": ["ML-7"],
    "method": "desk-study",
    "evidence": "medium",
}
SECTIONS = ("context", "actors_roles", "how_it_works", "results", "limits_risks")


@dataclass
class People:
    """A running site of its own, and the phones of those who work on it."""

    runtime: Runtime
    address: str
    browser: Browser
    lang: str
    script: bool
    emails: dict[Role, str]
    pages: dict[str, Page] = field(default_factory=dict)

    def phone(self, name: str) -> Page:
        """The phone of somebody; a new one is signed out."""
        if name not in self.pages:
            context = self.browser.new_context(
                base_url=self.address,
                viewport=SCREENS[self.lang],
                java_script_enabled=self.script,
            )
            self.pages[name] = context.new_page()
        return self.pages[name]

    def signed_in(self, role: Role) -> Page:
        """The phone of the one who has this role, signed in with password and code."""
        is_new = role.value not in self.pages
        page = self.phone(role.value)
        if is_new:
            page.goto(f"/{self.lang}/login")
            fill(page, {"email": self.emails[role], "password": PASSWORD})
            press(page)
            if page.locator("[name=code]").count():
                now = self.runtime.clock.now()
                fill(page, {"code": pyotp.TOTP(SECRET).at(now)})
                press(page)
        return page


@pytest.fixture(params=["fr", "en"])
def people(
    request: pytest.FixtureRequest, content_runtime: Runtime, browser: Browser
) -> Iterator[People]:
    """All of the content, one account per role; in English without any script."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{probe.getsockname()[1]}"
    runtime = quick(
        replace(content_runtime, settings=replace(content_runtime.settings, base_url=address))
    )
    emails = {}
    with runtime.begin() as work:
        for role in (Role.ADMIN, Role.EDITOR, Role.REVIEWER, Role.SAFEGUARD):
            user = make_account(work, role, email=f"{role}@example.org", name=f"The {role}")
            work.session.get_one(User, user.id).totp_secret = SECRET
            emails[role] = user.email
    port = int(address.rsplit(":", 1)[1])
    server = make_server("127.0.0.1", port, create_app(runtime), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    lang = request.param
    found = People(runtime, address, browser, lang, lang == "fr", emails)
    yield found
    for page in found.pages.values():
        page.context.close()
    server.shutdown()
    thread.join()
    server.server_close()


def fill(page: Page, values: dict[str, str | list[str]]) -> None:
    """Put values into fields by their names, whatever kind of field each is."""
    for name, value in values.items():
        wanted = value if isinstance(value, list) else [value]
        found = page.locator(f"main [name='{name}']").first
        kind = found.evaluate("e => e.type") if found.count() else None
        assert kind, f"no field {name} at {page.url}"
        if kind in {"checkbox", "radio"}:
            for each in wanted:
                page.locator(f"main [name='{name}'][value='{each}']").check()
        elif kind == "select-one":
            found.select_option(wanted[0])
        else:
            found.fill(wanted[0])


def press(page: Page, selector: str = "main form[method=post] button:not([type=button])") -> None:
    """Press a button and see that nothing scrolls sideways."""
    with page.expect_navigation():
        page.locator(selector).first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def section(word: str) -> str:
    return f"- {word} [S1]"


def invite(people: People) -> str:
    """The admin invites a researcher and gets the link to pass on."""
    page = people.signed_in(Role.ADMIN)
    page.goto(f"/{people.lang}/admin/invite")
    person = {"email": "new@example.org", "name": "Aminata T.", "locale": people.lang}
    fill(page, {**person, "roles": ["contributor"], "country": "ML"})
    press(page)
    return page.locator(".secret").inner_text().strip()


def first_sign_in(people: People, link: str) -> Page:
    page = people.phone("researcher")
    page.goto(link)
    expect(page.locator("h1")).to_have_text(WORDS[people.lang]["invited"])
    fill(page, {"password": NEW_PASSWORD, "repeated": NEW_PASSWORD})
    press(page)
    page.goto(f"/{people.lang}/contribute")
    expect(page.locator("h1")).to_have_text(WORDS[people.lang]["overview"])
    again = people.phone("somebody who saw the link")
    again.goto(link)
    expect(again.locator("[name=password]")).to_have_count(0)
    return page


def write(page: Page, lang: str) -> str:
    """A whole draft, part by part; returns the address of the revision's page."""
    page.goto(f"/{lang}/contribute/new")
    fill(page, {"title": f"Le {BODY_WORD} des femmes", "language": lang, "kind": "practice"})
    press(page)
    draft = re.sub(r"(/revisions/\d+).*", r"\1", page.url)
    page.goto(f"{draft}/about")
    fill(page, ABOUT)
    press(page)
    page.goto(f"{draft}/{lang}")
    fill(page, {"summary": "Des femmes apaisent une dispute.", "places": COMMUNE})
    fill(page, {key: section(f"{key} {BODY_WORD}") for key in SECTIONS})
    press(page)
    page.goto(f"{draft}/sources")
    fill(page, {"source_1_title": "Une étude", "source_1_url": "https://example.org/etude"})
    press(page)
    return draft


def submit(page: Page, draft: str) -> None:
    page.goto(f"{draft}/check")
    assert page.locator("main .problems li").all_inner_texts() == []
    press(page)


def desk_page(people: People, role: Role, draft: str) -> Page:
    """The revision on the desk of this role."""
    page = people.signed_in(role)
    page.goto(f"/{people.lang}/review")
    expect(page.locator("h1")).to_have_text(WORDS[people.lang]["desk"])
    number = draft.rsplit("/", 1)[1]
    page.goto(f"/{people.lang}/review/{number}")
    return page


def form_of(action: str) -> str:
    return f"main form[action$='/{action}']"


def assign(people: People, draft: str, *, again: bool = False) -> None:
    page = desk_page(people, Role.EDITOR, draft)
    if again:
        fill(page, {"new_due_on": "2026-05-01"})
        press(page, f"{form_of('assign')} button")
        return
    chosen = page.locator(f"{form_of('assign')} [name=reviewer_id]")
    proposal = chosen.locator("option", has_text="The reviewer –")
    chosen.select_option(proposal.get_attribute("value"))
    press(page, f"{form_of('assign')}:has([name=reviewer_id]) button")


def take_on(people: People, draft: str) -> None:
    page = desk_page(people, Role.REVIEWER, draft)
    press(page, f"{form_of('accept')} button")
    expect(page.locator(form_of("accept"))).to_have_count(0)


def remark(people: People, draft: str, anchored: dict[str, str]) -> None:
    """Comments of the reviewer, each on a part of the text."""
    page = desk_page(people, Role.REVIEWER, draft)
    for part, words in anchored.items():
        fill(page, {"comment_field": part, "quote": BODY_WORD, "comment": words})
        press(page, f"{form_of('comment')} button")
    expect(page.locator("#comments blockquote")).to_have_text([BODY_WORD] * len(anchored))


def judge(people: People, draft: str, decision: str, reason: str = "") -> None:
    """A verdict; one to accept is refused without the rubric, and keeps what was typed."""
    page = desk_page(people, Role.REVIEWER, draft)
    fill(page, {"decision": decision, "reason": reason})
    if decision == "accept":
        press(page, f"{form_of('verdict')} button")
        expect(page.locator("main .problems li")).to_have_count(len(CRITERIA))
        expect(page.locator("[name=decision][value=accept]")).to_be_checked()
        fill(page, {f"rubric_{each}": "3" for each in CRITERIA})
        fill(page, {"rubric_clarity_note": f"clear {CLARITY_WORD}"})
    press(page, f"{form_of('verdict')} button")
    expect(page.locator("main .done")).to_have_count(1)


def compare(people: People, draft: str, new: str) -> None:
    """The reviewer looks at what the authors changed: one field, and the new words in it."""
    page = desk_page(people, Role.REVIEWER, draft)
    page.locator("main a[href*='/diff']").first.click()
    expect(page.locator("main section.panel")).to_have_count(1)
    expect(page.locator("main ins")).to_contain_text([new])


def decide(people: People, role: Role, draft: str, action: str, **fields: str) -> None:
    page = desk_page(people, role, draft)
    button = page.locator(f"{form_of(action)} button, button[formaction$='/{action}']").first
    if fields:
        page.locator("main details:has(textarea[name=note]) > summary").first.click()
        fill(page, fields)
    button.click()
    expect(page.locator("main .done")).to_have_count(1)


def sign_off(people: People, draft: str, precision: str = "") -> None:
    page = desk_page(people, Role.SAFEGUARD, draft)
    answers = dict.fromkeys(("identified", "retaliation", "armed_groups", "one_sided"), "no")
    answers |= {"children": "no", "consent": "yes", "validated": "no", "withheld": "no"}
    fill(page, {f"q_{key}": answer for key, answer in answers.items()})
    fill(page, {"q_consent_type": "oral", "q_consent_contact": CONTACT_WORD})
    fill(page, {"q_consent_date": "2026-02-01", "q_consent_expiry": "2027-02-01"})
    fill(page, {"outcome": "pass-coarsened" if precision else "pass"})
    if precision:
        fill(page, {"location_precision": precision})
    press(page, f"{form_of('sign-off')} button")
    expect(page.locator("main .done")).to_have_count(1)


def through_review(people: People, draft: str, precision: str = "") -> None:
    """From submitted to published, with everybody's part."""
    judge(people, draft, "accept")
    sign_off(people, draft, precision)
    decide(people, Role.EDITOR, draft, "approve")
    decide(people, Role.EDITOR, draft, "publish")


def take_back_consent(people: People, draft: str) -> None:
    """The do-no-harm reviewer takes note of it; the editors' queue shows it."""
    page = desk_page(people, Role.SAFEGUARD, draft)
    page.locator("main details:has(textarea[name=consent_note]) > summary").click()
    fill(page, {"consent_note": "They told the radio."})
    press(page, f"{form_of('consent')} button")
    expect(page.locator("main .problems")).to_have_count(1)
    editor = people.signed_in(Role.EDITOR)
    editor.goto(f"/{people.lang}/review")
    number = draft.rsplit("/", 1)[1]
    expect(editor.locator(f"main a[href$='/review/{number}#h-consent']")).to_have_count(1)


def found_by_visitor(people: People, word: str) -> list[str]:
    page = people.phone("visitor")
    page.goto(f"/{people.lang}/practices?q={word}")
    return [link.get_attribute("href") or "" for link in page.locator("h3 a").all()]


def after_a_first_refusal(people: People, researcher: Page, draft: str) -> None:
    """The reviewer asks for changes, the researcher makes them, and it is published."""
    assign(people, draft)
    take_on(people, draft)
    remarks = {part: f"About {part}." for part in ("context", "how_it_works", "results")}
    remark(people, draft, remarks)
    judge(people, draft, "changes", "Say who calls the meeting.")
    decide(people, Role.REVIEWER, draft, "request_changes", note="Say who calls the meeting.")
    researcher.goto(draft)
    expect(researcher.locator("main")).to_contain_text("Say who calls the meeting.")
    for words in remarks.values():
        expect(researcher.locator("main")).to_contain_text(words)
    write_results(researcher, draft, people.lang, "results balanzan")
    assign(people, draft, again=True)
    compare(people, draft, "balanzan")
    through_review(people, draft, "region")
    researcher.goto(draft)
    expect(researcher.locator("main")).to_contain_text(CLARITY_WORD)
    assert CONTACT_WORD not in researcher.content()


def write_results(researcher: Page, revision: str, lang: str, words: str) -> None:
    researcher.goto(f"{revision}/{lang}")
    fill(researcher, {"results": section(words)})
    press(researcher)
    submit(researcher, revision)


def revise(researcher: Page, published: str, lang: str) -> str:
    """Begin another revision of what is published, change it and submit it."""
    researcher.goto(published)
    press(researcher, "main form[action$='/revise'] button")
    second = re.sub(r"(/revisions/\d+).*", r"\1", researcher.url)
    assert second != published
    write_results(researcher, second, lang, "results tamarin")
    return second


def sees_the_practice(visitor: Page, address: str) -> None:
    """A visitor reads it, with nothing of the desk."""
    visitor.goto(address)
    expect(visitor.locator("h1")).to_have_text(f"Le {BODY_WORD} des femmes")
    for word in ("The reviewer", CLARITY_WORD, CONTACT_WORD, "About results."):
        assert word not in visitor.content()


def test_from_invitation_to_tombstone(people: People) -> None:
    lang, words = people.lang, WORDS[people.lang]
    researcher = first_sign_in(people, invite(people))
    draft = write(researcher, lang)
    submit(researcher, draft)
    assert found_by_visitor(people, BODY_WORD) == []
    after_a_first_refusal(people, researcher, draft)

    [address] = found_by_visitor(people, "balanzan")
    visitor = people.phone("visitor")
    sees_the_practice(visitor, address)
    assert COMMUNE not in visitor.content()

    second = revise(researcher, draft, lang)
    assign(people, second)
    assert found_by_visitor(people, "tamarin") == []
    assert found_by_visitor(people, "balanzan") == [address]
    through_review(people, second)
    assert found_by_visitor(people, "tamarin") == [address]
    assert found_by_visitor(people, "balanzan") == []
    visitor.goto(f"{address}/history")
    expect(visitor.locator("h1")).to_contain_text(words["history"])

    take_back_consent(people, second)
    sees_the_practice(visitor, address)
    decide(people, Role.EDITOR, second, "withdraw", note="It was wrong.", withdrawal="error")
    answer = visitor.goto(address)
    assert answer is not None
    assert answer.status == 410
    expect(visitor.locator("h1")).to_have_text(words["withdrawn"])
    assert "It was wrong." not in visitor.content()
    assert BODY_WORD not in visitor.content()
    assert found_by_visitor(people, "tamarin") == []
