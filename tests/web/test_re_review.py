"""Reading a published text again: what the desk, the authors and the readers see of it."""

from datetime import UTC, datetime, timedelta

import pytest

from kb.operations.housekeeping import run_pass
from kb.practices.lifecycle import State
from kb.practices.models import Revision
from tests.make import make_content, make_next, make_revision, make_text
from tests.web.desk import Desk, add_bystanders

DUE = datetime(2028, 3, 1, 9, tzinfo=UTC)


@pytest.fixture
def desk(sqlite_runtime) -> Desk:
    return Desk(sqlite_runtime)


@pytest.fixture
def case(desk):
    content = make_content(texts={"fr": make_text("x", title="Titre zadate")})
    with desk.runtime.begin() as work:
        revision, people = make_revision(work, State.PUBLISHED, content)
        add_bystanders(work, revision, people)
        return (revision.id, revision.version_id), people, content["slug"]


def listed(desk, actor) -> list[str]:
    page = desk.browser(actor).get("/en/review")
    return [link for link in page.links() if link.endswith("#h-confirm")]


def test_the_desk_lists_what_is_due_with_its_age(desk, case):
    (number, _), people, _ = case
    assert listed(desk, people["editor"]) == []
    desk.runtime.clock.time = DUE - timedelta(days=20)
    run_pass(desk.runtime)
    page = desk.browser(people["editor"]).get("/en/review")
    assert "On 1 March 2028" in page.text
    desk.runtime.clock.time = DUE + timedelta(days=21)
    page = desk.browser(people["editor"]).get("/en/review")
    assert "Since 1 March 2028 (3 weeks)" in page.text
    assert listed(desk, people["editor"]) == [f"/en/review/{number}#h-confirm"]
    for who in ("reviewer", "safeguard"):
        assert listed(desk, people[who]) == []
        assert "zadate" not in desk.browser(people[who]).get("/en/review").text


def test_an_editor_says_that_it_is_still_right(desk, case):
    revision, people, slug = case
    desk.runtime.clock.time = DUE + timedelta(days=21)
    run_pass(desk.runtime)
    visitor = desk.app.test_client()
    assert "To be re-reviewed since" in visitor.get(f"/en/practices/{slug}").text
    browser = desk.browser(people["editor"])
    assert browser.get(f"/fr/review/{revision[0]}").one("h2", id="h-confirm")
    fields = {"due_again_on": "2029-03-01", "confirm_note": "Vu avec zaancien."}
    answer = browser.post(revision, "confirm", **fields)
    assert answer.location == f"/fr/review/{revision[0]}?done=review-confirmed"
    assert "To be re-reviewed" not in visitor.get(f"/en/practices/{slug}").text
    history = visitor.get(f"/en/practices/{slug}/history").text
    assert "Read again on 22 March 2028 and still right." in history
    assert "zaancien" not in history
    assert listed(desk, people["editor"]) == []
    for who, address in (("editor", "review"), ("author", "contribute/revisions")):
        page = desk.browser(people[who]).get(f"/en/{address}/{revision[0]}")
        timeline = page.one("ol", class_="timeline")
        assert "Read again and still right" in timeline.text
        assert "Vu avec zaancien." in timeline.text
        assert "command line" not in timeline.all("li")[1].text


def test_what_is_refused_is_kept_in_the_form(desk, case):
    revision, people, _ = case
    browser = desk.browser(people["editor"])
    for fields, wrong in (
        ({"due_again_on": "2026-01-01", "confirm_note": "Words"}, "due_again_on"),
        ({"due_again_on": "tomorrow", "confirm_note": "Words"}, "due_again_on"),
        ({"due_again_on": "2029-01-01", "confirm_note": "x" * 2001}, "confirm_note"),
        ({"due_again_on": "2029-01-01"}, "confirm_note"),
    ):
        answer = browser.post(revision, "confirm", **fields)
        assert answer.status_code == 422
        assert f'id="wrong-{wrong}"' in answer.text
        assert fields.get("confirm_note", "") in answer.text
    assert (
        browser.post((revision[0], 999), "confirm", due_again_on="2029-01-01").status_code == 409
    )
    with desk.runtime.reading() as session:
        due_on = session.get_one(Revision, revision[0]).review_due_on
    assert due_on == DUE.date()


def test_nobody_else_says_so(desk, case):
    revision, people, _ = case
    fields = {"due_again_on": "2029-03-01", "confirm_note": "Yes."}
    statuses = {}
    for who in people:
        browser = desk.browser(people[who])
        statuses[who] = browser.post(revision, "confirm", **fields).status_code
    assert {who for who, status in statuses.items() if status == 303} == {"editor"}
    assert set(statuses.values()) == {303, 403, 404}


def test_what_was_replaced_is_not_confirmed(desk, case):
    revision, people, _ = case
    with desk.runtime.begin() as work:
        make_next(work, people, work.session.get_one(Revision, revision[0]), State.PUBLISHED)
    fields = {"due_again_on": "2029-03-01", "confirm_note": "Yes."}
    browser = desk.browser(people["editor"])
    assert browser.post(revision, "confirm", **fields).status_code == 409
    assert browser.get(f"/fr/review/{revision[0]}").all("h2", id="h-confirm") == []
