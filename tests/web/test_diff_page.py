"""Comparing two texts of a practice: who may, what is shown, and that it can be read."""

import pytest

from kb.accounts.permissions import Role
from kb.practices.lifecycle import Action, State
from kb.practices.queries import practice_by_slug
from kb.practices.service import save_working_copy
from tests.make import make_content, make_next, make_revision, make_text, make_user, take_step
from tests.web.desk import Desk

OLD, NEW = "zaold", "zanew"


@pytest.fixture
def desk(sqlite_runtime):
    return Desk(sqlite_runtime)


def text(word: str) -> dict:
    changed = make_text("x", title=f"Titre {word}")
    changed["sections"]["results"] = f"- Le conseil {word} se réunit chaque mois [S1]."
    return changed


@pytest.fixture
def case(desk):
    """A published text, and another one of the same practice that was sent in twice."""
    with desk.runtime.begin() as work:
        make_revision(work, State.PUBLISHED, make_content("noise"))
        first, people = make_revision(
            work, State.PUBLISHED, make_content("x", texts={"fr": text(OLD)})
        )
        second = make_next(work, people, first, State.DRAFT)
        data = make_content("x", texts={"fr": text("zabetween")}, themes=["reconciliation"])
        save_working_copy(work, people["author"], second.id, second.lock_number, data)
        for action in (Action.SUBMIT, Action.ASSIGN, Action.REQUEST_CHANGES):
            take_step(work, people, second, action)
        data = make_content("x", texts={"fr": text(NEW)}, themes=["reconciliation"])
        save_working_copy(work, people["author"], second.id, second.lock_number, data)
        take_step(work, people, second, Action.SUBMIT)
        people["stranger"] = make_user(work, Role.CONTRIBUTOR)
        people["other reviewer"] = make_user(work, Role.REVIEWER)
        ids = [first.version_id, second.version_id]
    return ids, people


def shown(page, tag: str) -> list[str]:
    return [element.text.split(": ", 1)[1] for element in page.all(tag)]


@pytest.mark.parametrize("who", ["author", "editor", "safeguard"])
def test_the_last_two_texts_by_default_and_any_two_on_request(desk, case, who):
    (first, last), people = case
    client = desk.browser(people[who])
    page = client.get("/en/practices/x/diff")
    assert [h.text.split("  ")[0] for h in page.all("h3")] == [
        "Title Français",
        "Results Français",
    ]
    assert shown(page, "del") == ["zabetween"] * 2
    assert shown(page, "ins") == [NEW] * 2
    page = client.get(f"/en/practices/x/diff?from={first}&to={last}&as=side")
    assert page.one("h2").text == "3 fields have changed"
    assert shown(page, "del") == ["land-tenure en", OLD, OLD]
    assert shown(page, "ins") == ["reconciliation en", NEW, NEW]
    assert len(page.all("div", class_="sides")) == 3


def test_everybody_else_is_told_what_is_told_of_nothing(desk, case):
    (first, last), people = case
    for who in ("stranger", "other reviewer"):
        client = desk.browser(people[who])
        missing = client.get("/en/practices/never-was/diff", 404)
        for address in ("x/diff", f"x/diff?from={first}&to={last}"):
            answer = client.get(f"/en/practices/{address}", 404)
            assert answer.one("main").text == missing.one("main").text


@pytest.mark.parametrize(
    "query", ["to=999999", "from=999999", "to={noise}", "from={noise}&to={noise}"]
)
def test_a_text_of_another_practice_is_none_of_this_one(desk, case, query):
    _, people = case
    with desk.runtime.reading() as session:
        noise = practice_by_slug(session, "noise").revisions[0].version_id
    asked = query.format(noise=noise)
    desk.browser(people["editor"]).get(f"/en/practices/x/diff?{asked}", 404)


@pytest.mark.parametrize("query", ["from=x&to=", "from=-1", "to=1e9", "as=\0", "from=" + "9" * 50])
def test_what_makes_no_sense_is_as_if_it_were_not_there(desk, case, query):
    _, people = case
    client = desk.browser(people["editor"])
    plain, odd = (client.get(f"/en/practices/x/diff?{asked}") for asked in ("", query))
    assert shown(odd, "ins") == shown(plain, "ins") == [NEW] * 2


def test_the_desk_and_the_authors_are_led_there(desk, case):
    (_, last), people = case
    with desk.runtime.reading() as session:
        revision = max(one.id for one in practice_by_slug(session, "x").revisions)
    link = f"/fr/practices/x/diff?to={last}"
    assert link in desk.browser(people["editor"]).get(f"/fr/review/{revision}").links()
    own = desk.browser(people["author"]).get(f"/fr/contribute/revisions/{revision}")
    assert link in own.links()
