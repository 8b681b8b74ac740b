"""The register's pages: what each reader sees, what is refused, and what is not told any more."""

import pytest

from kb.accounts.models import User
from kb.accounts.permissions import Role
from kb.adoption.models import Adoption, TransferCheck
from kb.practices.lifecycle import Action, State, Withdrawal
from kb.workflow.service import perform
from tests.adopting import FOLLOW_UP, WRITTEN, make_adoption, make_member, make_organisation
from tests.database import snapshot
from tests.make import make_content, make_revision, make_text, make_user
from tests.web.desk import Browser, Desk

TITLE = "Le puits de tous"
CONDITION = "Un hôte neutre que chacun respecte"
RISK = "La liste des présents peut exposer des gens"


def content(slug: str = "well", **changes):
    text = make_text(slug, title=TITLE)
    text["sections"] |= {
        "conditions": f"- {CONDITION} [S1].\n- La régularité.",
        "limits_risks": f"- {RISK} [S1].",
    }
    return make_content(slug, texts={"fr": text}, **changes)


@pytest.fixture
def desk(sqlite_runtime) -> Desk:
    desk = Desk(sqlite_runtime)
    with desk.runtime.begin() as work:
        revision, people = make_revision(work, State.PUBLISHED, content())
        desk.revision, desk.editor = revision.id, people["editor"]  # type: ignore[attr-defined]
        desk.member = make_member(work)  # type: ignore[attr-defined]
    return desk


def send(browser: Browser, address: str, **fields: str):
    return browser.client.post(address, data={"csrf_token": browser.key, **fields})


def written(**changes: str) -> dict[str, str]:
    names = WRITTEN.__dataclass_fields__
    return {name: getattr(WRITTEN, name) for name in names} | changes


def adopt(desk: Desk, **changes: str) -> int:
    with desk.runtime.begin() as work:
        return make_adoption(work, desk.member, "well", **changes).id


def withdraw(desk: Desk, reason: Withdrawal) -> None:
    with desk.runtime.begin() as work:
        perform(
            work, desk.editor, desk.revision, Action.WITHDRAW, "Moussa asks", withdrawal=reason
        )


def test_a_visitor_gets_the_same_page_each_time_and_no_cookie(desk):
    client = desk.app.test_client()
    for address in ("/fr/practices/well", "/fr/practices/well/transfer"):
        first, second = client.get(address), client.get(address)
        assert first.data == second.data
        assert "Set-Cookie" not in first.headers
        again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
        assert again.status_code == 304
    page = Browser(client, "").get("/fr/practices/well")
    for path in ("/fr/practices/well/adopt", "/fr/following?practice=well"):
        assert path in page.links()
        answer = client.get(path)
        assert answer.status_code == 302
        assert answer.location.startswith("/fr/login?next=")


def test_the_check_has_the_words_of_the_practice_and_only_they_are_there(desk):
    page = Browser(desk.app.test_client(), "").get("/fr/practices/well/transfer")
    assert [legend.text for legend in page.all("legend")] == [
        f"{CONDITION}.",
        "La régularité.",
        f"{RISK}.",
    ]
    assert page.all("form") == []


def test_what_was_typed_stays_when_it_is_refused(desk):
    browser = desk.browser(desk.member)
    before = snapshot(desk.runtime)
    fields = written(women_involved="21", place="Chez le maire, 76 12 34 56")
    answer = send(browser, "/fr/practices/well/adopt", **fields, **{"answer-conditions-1": "met"})
    assert answer.status_code == 422
    assert snapshot(desk.runtime) == before
    assert 'name="answer-conditions-1" value="met"' in answer.text
    for value in ("21", "Chez le maire, 76 12 34 56", "Two meetings instead of one."):
        assert value in answer.text


def test_a_check_is_kept_with_the_adoption_and_shown_with_its_words(desk):
    browser = desk.browser(desk.member)
    answers = {"answer-conditions-1": "met", "note-conditions-1": "Deux anciens."}
    answer = send(browser, "/fr/practices/well/adopt", **written(), **answers)
    assert answer.status_code == 303
    with desk.runtime.reading() as session:
        (check,) = session.query(TransferCheck)
        assert check.answers == {
            "locale": "fr",
            "items": {"conditions-1": {"answer": "met", "note": "Deux anciens."}},
        }
    page = browser.get(answer.location)
    assert CONDITION in page.text
    assert "Deux anciens." in page.text


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"answer-conditions-1": "perhaps"},
        {"answer-conditions-1": "met", "note-conditions-1": "Appelez le +223 76 12 34 56"},
    ],
)
def test_a_bad_check_is_not_kept(desk, fields):
    number = adopt(desk)
    before = snapshot(desk.runtime)
    browser = desk.browser(desk.member)
    answer = send(browser, "/fr/practices/well/attach", adoption=str(number), **fields)
    assert answer.status_code == 422
    after = snapshot(desk.runtime)
    assert after["transfer_checks"] == before["transfer_checks"] == []


def test_a_check_of_one_practice_does_not_go_with_another(desk):
    with desk.runtime.begin() as work:
        make_revision(work, State.PUBLISHED, content("other"))
        number = make_adoption(work, desk.member, "other").id
    browser = desk.browser(desk.member)
    fields = {"adoption": str(number), "answer-conditions-1": "met"}
    assert send(browser, "/fr/practices/well/attach", **fields).status_code == 422
    stranger = desk.browser(make_stranger(desk))
    assert send(stranger, "/fr/practices/well/attach", **fields).status_code == 404


def make_stranger(desk: Desk):
    with desk.runtime.begin() as work:
        return make_member(work)


@pytest.mark.parametrize("reason", Withdrawal)
def test_after_a_withdrawal_its_users_are_told_and_no_word_of_it_is_left(desk, reason):
    browser = desk.browser(desk.member)
    answers = {"answer-limits_risks-1": "met", "note-limits_risks-1": "Nous n’écrivons rien."}
    made = send(browser, "/fr/practices/well/adopt", **written(), **answers)
    withdraw(desk, reason)
    for address in (made.location, "/fr/adoptions", "/fr/notifications"):
        page = browser.get(address)
        for word in (TITLE, CONDITION, RISK, "Moussa", "well"):
            assert word not in page.text, (address, word)
        assert not any("well" in link for link in page.links())
    page = browser.get(made.location)
    assert "Two meetings instead of one." in page.text
    assert "Nous n’écrivons rien." in page.text
    told = "sécurité" in page.one("div", class_="banner").text
    assert told is (reason is Withdrawal.SAFETY)


def test_the_desk_tells_those_who_use_it_in_the_form_of_the_decision(desk):
    number = adopt(desk)
    with desk.runtime.reading() as session:
        version = session.get_one(Adoption, number).practice.revisions[0].version_id
    editor = desk.browser(desk.editor)
    fields = {"note": "Moussa asks", "message": "Arrêtez pour le moment."}
    bad = fields | {"message": "Appelez le +223 76 12 34 56"}
    before = snapshot(desk.runtime)
    assert editor.post((desk.revision, version), "archive", **bad).status_code == 422
    assert snapshot(desk.runtime) == before
    assert editor.post((desk.revision, version), "archive", **fields).status_code == 303
    page = desk.browser(desk.member).get(f"/fr/adoptions/{number}")
    assert "Arrêtez pour le moment." in page.text
    assert "Moussa" not in page.text


def test_public_pages_count_from_three_on_and_members_see_who_agreed(desk):
    visitor = Browser(desk.app.test_client(), "")
    with desk.runtime.begin() as work:
        editor = make_user(work, Role.EDITOR)
        named = make_organisation(work)
        named.name = "Brigade nommée"
        who = make_member(work, named)
        one = make_adoption(work, who, "well", stage="adopted", shown="organisation")
        one.verified_at, one.verified_by_id = work.clock.now(), editor.user_id
        unverified = make_organisation(work)
        unverified.name = "Brigade non vérifiée"
        other = make_member(work, unverified)
        make_adoption(work, other, "well", stage="adopted", shown="organisation")
    assert "Adoptée par" not in visitor.get("/fr/practices/well").text
    adopt(desk, stage="adopted")
    text = visitor.get("/fr/practices/well").text
    assert "Adoptée par 3 organisations" in text
    assert "Brigade" not in text
    text = desk.browser(desk.member).get("/fr/practices/well").text
    assert "Utilisée par Brigade nommée" in text
    assert "non vérifiée" not in text


def test_a_lesson_is_not_adopted(desk):
    with desk.runtime.begin() as work:
        lesson = content("lesson", kind="lesson", caution="lesson-only")
        make_revision(work, State.PUBLISHED, lesson)
    browser = desk.browser(desk.member)
    assert "/fr/practices/lesson/adopt" not in browser.get("/fr/practices/lesson").links()
    browser.get("/fr/practices/lesson/adopt", 409)
    assert send(browser, "/fr/practices/lesson/adopt", **written()).status_code == 409
    with desk.runtime.reading() as session:
        assert session.query(Adoption).count() == 0


def test_a_member_without_an_organisation_is_led_to_the_account(desk):
    with desk.runtime.begin() as work:
        alone = make_user(work, Role.MEMBER)
    browser = desk.browser(alone)
    page = browser.get("/fr/practices/well/adopt")
    named = "/fr/account#field-organisation"
    assert named in page.one("main").links()
    assert page.one("main").all("button") == []
    check = browser.get("/fr/practices/well/transfer").one("main")
    assert named in check.links()  # told before the list is filled in for nothing
    assert check.all("button") == []
    assert send(browser, "/fr/practices/well/adopt", **written()).status_code == 422


def test_stages_and_follow_ups_are_refused_in_words(desk):
    number = adopt(desk, reached_on="2025-11-20")
    browser = desk.browser(desk.member)
    address = f"/fr/adoptions/{number}"
    before = snapshot(desk.runtime)
    fields = {"stage": "adopted", "reached_on": "2025-11-19"}
    assert send(browser, f"{address}/stage", **fields).status_code == 422
    fields = {"stage": "intent", "reached_on": "2026-01-01"}
    assert send(browser, f"{address}/stage", **fields).status_code == 409
    names = FOLLOW_UP.__dataclass_fields__
    good = {name: getattr(FOLLOW_UP, name) for name in names}
    bad = good | {"done_on": "2025-11-19"}
    answer = send(browser, f"{address}/follow-ups/3", **bad)
    assert answer.status_code == 422
    assert "Fewer disputes at the well." in answer.text
    assert send(browser, f"{address}/follow-ups/12", **good).status_code == 409
    assert send(browser, f"{address}/follow-ups/5", **good).status_code == 404
    assert snapshot(desk.runtime) == before
    assert send(browser, f"{address}/follow-ups/3", **good).status_code == 303


def test_two_names_become_one(desk):
    with desk.runtime.begin() as work:
        organisation = work.session.get_one(User, desk.member.user_id).organisation
        assert organisation is not None
        other = make_organisation(work)
        numbers = {"duplicate": str(organisation.id), "into": str(other.id)}
        name = organisation.name
    editor = desk.browser(desk.editor)
    wrong = numbers | {"into": numbers["duplicate"]}
    assert send(editor, "/fr/adoptions/organisations", **wrong).status_code == 422
    assert send(editor, "/fr/adoptions/organisations", **numbers).status_code == 303
    page = editor.get("/fr/adoptions/organisations")
    assert name not in [each.text.split(" – ")[0] for each in page.all("li")]
