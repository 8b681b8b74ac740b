"""What the checks found, on the page of the author and on that of the desk, in both languages."""

from typing import Any

import pytest

from kb.accounts.models import RoleGrant
from kb.accounts.permissions import Role
from kb.attachments.models import Attachment
from kb.practices.lifecycle import State
from kb.practices.models import Revision
from tests.make import PATHS, make_content, make_revision, make_text, take_step
from tests.web.desk import Desk
from tests.web.html import Element

BODY = " ".join(f"mot{number}" for number in range(60)) + " [S1]"
SECTIONS = {
    "context": f"M. Zakaria Zongo a reçu une menace. {BODY}",
    "actors_roles": f"{BODY} <script>alert(1)</script>",
    "how_it_works": f"Appelez le 76 12 34 56 puis le 76 12 34 57. {BODY}",
    "results": f"Le 12 mars 2021 à Zalieu, tout était calme. {BODY}",
    "limits_risks": BODY,
}
HEADING = {"fr": "Ce que la vérification a relevé", "en": "What the checks found"}
LEVELS = {"fr": ("À revoir", "Bon à savoir"), "en": ("Please look again", "Good to know")}
DANGERS = {"fr": "Ce qui peut mettre des gens en danger", "en": "What may endanger people"}
PHONE = {"fr": "On dirait un numéro de téléphone.", "en": "Looks like a phone number."}


@pytest.fixture
def desk(sqlite_runtime):
    return Desk(sqlite_runtime)


def dangerous(slug: str, **changes: Any) -> dict[str, Any]:
    text = make_text(slug, sections=SECTIONS, title=f"La paix au marché {slug}")
    return make_content(slug, texts={"fr": text}, **changes)


@pytest.fixture
def case(desk):
    """A text with dangers in it and a document, still a draft, and its people."""
    with desk.runtime.begin() as work:
        revision, people = make_revision(work, State.DRAFT, dangerous("zacas"))
        work.session.add(
            Attachment(
                revision_id=revision.id,
                uploaded_by_id=people["author"].user_id,
                content_hash="a" * 64,
                media_type="application/pdf",
                file_name="rapport.pdf",
                size=10,
                created_at=work.clock.now(),
            )
        )
        return revision.id, people


def submit(desk, case):
    number, people = case
    with desk.runtime.begin() as work:
        revision = work.session.get_one(Revision, number)
        for step in PATHS[State.IN_REVIEW]:
            take_step(work, people, revision, step)


def block(page: Element) -> Element:
    return page.one("section", **{"aria-labelledby": "h-checks"})


def passages(found: Element) -> list[str]:
    return [mark.text for mark in found.all("mark")]


SEEN = ["76 12 34 56", "76 12 34 57", "12 mars 2021 à Zalieu", "M. Zakaria Zongo"]


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_author_sees_what_was_found_and_where_to_change_it(desk, case, lang):
    number, people = case
    page = desk.browser(people["author"]).get(f"/{lang}/contribute/revisions/{number}/check")
    found = block(page)
    assert found.one("h2").text == HEADING[lang]
    assert passages(found) == SEEN
    assert PHONE[lang] in found.text
    # What may endanger people stands before everything else, whatever part it is in.
    assert found.all("h3")[0].text == DANGERS[lang]
    assert len(passages(found.all("details")[0])) == len(SEEN)
    form = f"/{lang}/contribute/revisions/{number}"
    links = found.links()
    for field in ("how_it_works", "results", "context"):
        assert f"{form}/fr#field-{field}" in links
    assert f"{form}/files" in links
    # Levels are told in words; what is only good to know is folded.
    states = [(each.one("span", class_="state").text, "open" in each.attributes)
              for each in found.all("details")]  # fmt: skip
    warning, information = LEVELS[lang]
    assert set(states) == {(warning, True), (information, False)}
    assert "<script>" not in "".join(found.one("h2").text)
    assert found.all("script") == []


def test_the_author_may_submit_all_the_same(desk, case):
    number, people = case
    browser = desk.browser(people["author"])
    answer = browser.client.post(
        f"/fr/contribute/revisions/{number}/check", data={"csrf_token": browser.key}
    )
    assert answer.status_code == 303
    with desk.runtime.reading() as session:
        assert session.get_one(Revision, number).state is State.SUBMITTED


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_reviewers_safeguard_and_editors_see_it_beside_the_text(desk, case, lang):
    submit(desk, case)
    number, people = case
    for who in ("reviewer", "safeguard", "editor"):
        page = desk.browser(people[who]).get(f"/{lang}/review/{number}")
        found = block(page)
        assert found.one("h2").text == HEADING[lang], who
        assert passages(found) == SEEN, who
        here = f"/{lang}/review/{number}?text=fr"
        assert {f"{here}#how_it_works", f"{here}#results", "#files"} <= set(found.links()), who
        ids = {element.attributes.get("id") for element in page.all("*")}
        anchors = {link.partition("#")[2] for link in found.links() if "#" in link}
        assert anchors <= ids, who


def test_authors_have_it_on_the_page_of_the_form_only(desk, case):
    submit(desk, case)
    number, people = case
    browser = desk.browser(people["author"])
    assert HEADING["fr"] not in browser.get(f"/fr/contribute/revisions/{number}/preview").text
    assert HEADING["fr"] not in browser.get(f"/fr/review/{number}", 403).text
    with desk.runtime.begin() as work:
        user_id = people["author"].user_id
        work.session.add(RoleGrant(user_id=user_id, role=Role.EDITOR, granted_at=work.clock.now()))
    page = browser.get(f"/fr/review/{number}")
    assert "votre propre texte" in page.text
    assert HEADING["fr"] not in page.text


def test_what_is_there_to_be_judged_is_the_frozen_text(desk, case):
    submit(desk, case)
    number, people = case
    with desk.runtime.begin() as work:
        revision = work.session.get_one(Revision, number)
        revision.working_copy = make_content("zacas")
    page = desk.browser(people["editor"]).get(f"/fr/review/{number}")
    assert passages(block(page)) == SEEN


def near_links(found: Element) -> dict[str, str]:
    """Links to other practices and other revisions, with their words."""
    addresses = {link.attributes["href"]: link.text for link in found.all("a")}
    elsewhere = ("/fr/practices/", "/fr/review/")
    return {
        address: words
        for address, words in addresses.items()
        if address.startswith(elsewhere) and "?" not in address
    }


def test_an_author_never_learns_of_what_they_may_not_read(desk, case):
    number, people = case
    author = desk.browser(people["author"])
    address = f"/fr/contribute/revisions/{number}/check"
    before = block(author.get(address)).text
    with desk.runtime.begin() as work:
        make_revision(work, State.PUBLISHED, dangerous("zasecret", visibility="restricted"))
        waiting, _ = make_revision(work, State.IN_REVIEW, dangerous("zawaiting"))
        make_revision(work, State.DRAFT, dangerous("zadraft"))
        make_revision(work, State.ARCHIVED, dangerous("zaarchived"))
        waiting_id = waiting.id
    page = author.get(address)
    assert block(page).text == before
    assert near_links(block(page)) == {}
    for name in ("zasecret", "zawaiting", "zadraft", "zaarchived"):
        assert name not in page.text
    submit(desk, case)
    editor = block(desk.browser(people["editor"]).get(f"/fr/review/{number}"))
    assert near_links(editor) == {
        "/fr/practices/zasecret": "La paix au marché zasecret",
        f"/fr/review/{waiting_id}": "La paix au marché zawaiting",
    }
    reviewer = block(desk.browser(people["reviewer"]).get(f"/fr/review/{number}"))
    assert near_links(reviewer) == {}


def test_one_s_own_other_text_is_linked_where_its_author_finds_it(desk, case):
    number, people = case
    with desk.runtime.begin() as work:
        other, _ = make_revision(work, State.SUBMITTED, dangerous("zamine"))
        other.practice.owner_id = people["author"].user_id
        other_id = other.id
    browser = desk.browser(people["author"])
    found = block(browser.get(f"/fr/contribute/revisions/{number}/check"))
    address = f"/fr/contribute/revisions/{other_id}"
    assert address in found.links()
    assert "La paix au marché zamine (non publiée)" in found.text
    browser.get(address)


def test_a_public_near_duplicate_is_named_and_linked(desk, case):
    number, people = case
    with desk.runtime.begin() as work:
        make_revision(work, State.PUBLISHED, dangerous("zapublic"))
    found = block(desk.browser(people["author"]).get(f"/fr/contribute/revisions/{number}/check"))
    assert near_links(found) == {"/fr/practices/zapublic": "La paix au marché zapublic"}
    assert "La plus grande partie du texte se trouve aussi dans une autre pratique." in found.text


def test_restricted_notes_are_looked_at_by_nobody(desk, case):
    number, people = case
    browser = desk.browser(people["author"])
    note = {"csrf_token": browser.key, "restricted_note": "Le joindre au 70 98 76 54."}
    address = f"/fr/contribute/revisions/{number}"
    assert browser.client.post(f"{address}/notes", data=note).status_code == 303
    assert passages(block(browser.get(f"{address}/check"))) == SEEN
