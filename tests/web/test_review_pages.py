"""The desk in the browser: what each role finds, what it never finds, and forms that are kept."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from kb.accounts.models import User
from kb.accounts.permissions import Role
from kb.practices.lifecycle import Action, State
from kb.practices.models import PracticeReader, RestrictedNote, Revision, RevisionAuthor
from kb.practices.notes import add_note
from kb.practices.service import save_working_copy
from kb.reviews.models import Assignment, Comment, SignOff, Verdict
from kb.reviews.questionnaire import QUESTIONS
from kb.reviews.rubric import Criterion, level_field
from kb.reviews.rules import Decision, Outcome
from kb.reviews.service import assign, comment, give_verdict, sign_off
from kb.workflow.service import perform
from tests.database import snapshot
from tests.make import ANSWERS, make_content, make_revision, make_text, make_user
from tests.web.desk import Desk

RATED = {level_field(criterion): "3" for criterion in Criterion}
HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture
def desk(sqlite_runtime):
    return Desk(sqlite_runtime)


@pytest.fixture
def case(desk):
    """A text in both languages in review, with words of every kind around it."""
    with desk.runtime.begin() as work:
        texts = {"fr": make_text("cas", places=["Zalieu"])}
        texts["en"] = make_text("case", title="A case")
        both = {"fr": "original", "en": "up-to-date"}
        content = make_content(
            texts=texts, translations=both, location_precision="region", visibility="restricted"
        )
        revision, people = make_revision(work, State.IN_REVIEW, content)
        people["other reviewer"] = make_user(work, Role.REVIEWER, name="Autre Lectrice")
        comment(work, people["reviewer"], revision.id, "zacommentaire", field="results")
        comment(work, people["reviewer"], revision.id, "zainterne", internal=True)
        add_note(work, people["editor"], revision.practice_id, "zanote")
        give_verdict(work, people["reviewer"], revision.id, Decision.CHANGES, "zaverdict")
        answers = ANSWERS | {"children": {"answer": "yes", "note": "zareponse"}}
        sign_off(work, people["safeguard"], revision.id, Outcome.REFUSE, answers, "zarefus")
        return (revision.id, revision.version_id), people


def forms(page):
    actions = [form.attributes["action"] for form in page.all("form", method="post")]
    return {action.rsplit("/", 1)[-1] for action in actions}


def test_the_languages_to_be_published_are_told_with_their_status(desk, case):
    (number, _), people = case
    page = desk.browser(people["editor"]).get(f"/en/review/{number}")
    notes = [note.text for note in page.all("div", class_="note")]
    assert any("To be published in: Français (" in note and "English (" in note for note in notes)


def test_the_page_of_each_role(desk, case):
    (number, _), people = case
    expected = {
        "reviewer": {"verdict", "comment", "resolve", "request_changes"},
        "safeguard": {"sign-off", "comment", "resolve"},
        "editor": {"assign", "unassign", "comment", "resolve", "share", "note"}
        | {"request_changes"},
    }
    for who, verbs in expected.items():
        page = desk.browser(people[who]).get(f"/fr/review/{number}")
        assert forms(page) - {"logout", "sign-out"} == verbs, who
        text = page.one("main").text
        for word in ("zacommentaire", "zainterne", "zanote", "zaverdict", "zarefus", "zareponse"):
            assert word in text, (who, word)
        # The desk sees places that readers are not told.
        assert "Zalieu" in text
        assert len(page.all("h1")) == 1
        ids = [element.attributes["id"] for element in page.all("*") if "id" in element.attributes]
        assert len(set(ids)) == len(ids)


def test_authors_of_the_desk_see_their_text_as_authors(desk, case):
    (number, _), people = case
    with desk.runtime.begin() as work:
        both = make_user(work, Role.EDITOR, Role.REVIEWER, Role.SAFEGUARD, Role.CONTRIBUTOR)
        row = RevisionAuthor(revision_id=number, user_id=both.user_id)
        work.session.add(row)
        reviewer = work.session.get_one(User, people["reviewer"].user_id).name
    page = desk.browser(both).get(f"/fr/review/{number}")
    text = page.one("main").text
    assert "zacommentaire" in text
    assert "zaverdict" in text
    for word in ("zainterne", "zanote", "zarefus", "zareponse", reviewer):
        assert word not in text, word
    assert forms(page) >= {"comment"}
    assert not forms(page) & {"verdict", "sign-off", "assign", "note", "approve", "reject"}


def test_both_languages(desk, case):
    (number, _), people = case
    browser = desk.browser(people["editor"])
    assert browser.get(f"/fr/review/{number}").one("h1").text == "Titre cas"
    assert browser.get(f"/en/review/{number}").one("h1").text == "A case"
    switched = browser.get(f"/fr/review/{number}?text=en")
    assert switched.one("h1").text == "A case"
    assert switched.one("h1").attributes["lang"] == "en"
    assert browser.get(f"/fr/review/{number}?text=xx").one("h1").text == "Titre cas"


def test_the_working_copy_is_never_shown_while_changes_are_requested(desk):
    with desk.runtime.begin() as work:
        revision, people = make_revision(work, State.CHANGES_REQUESTED)
        copy = make_content(revision.practice.slug, texts={"fr": make_text("zaentravail")})
        save_working_copy(work, people["author"], revision.id, revision.lock_number, copy)
        number = revision.id
    for who in ("editor", "safeguard", "reviewer"):
        browser = desk.browser(people[who])
        for address in (f"/fr/review/{number}", "/fr/review"):
            assert "zaentravail" not in browser.client.get(address).text


def test_the_queue_of_each_role(desk, case):
    (number, _), people = case
    with desk.runtime.begin() as work:
        hidden, _ = make_revision(work, State.DRAFT, make_content("zabrouillon"))
        waiting, _ = make_revision(work, State.SUBMITTED)
        late, others = make_revision(work, State.SUBMITTED)
        yesterday = desk.runtime.clock.now().date() - timedelta(days=1)
        assign(work, others["editor"], late.id, people["reviewer"].user_id, yesterday)
        perform(work, others["editor"], late.id, Action.ASSIGN)
        numbers = {"hidden": hidden.id, "waiting": waiting.id, "late": late.id}

    def linked(who):
        page = desk.browser(people[who]).get("/fr/review")
        assert "zabrouillon" not in page.text
        return page, {int(a.rsplit("/", 1)[1]) for a in page.links() if "/fr/review/" in a}

    page, found = linked("reviewer")
    assert found == {number, numbers["late"]}
    assert "28 février 2026" in page.text
    assert linked("safeguard")[1] == {numbers["late"]}
    assert linked("editor")[1] == {number, numbers["waiting"], numbers["late"]}
    assert linked("other reviewer")[1] == set()


def test_published_texts_are_found_and_revised_for_a_contributor(desk):
    with desk.runtime.begin() as work:
        content = make_content(texts={"fr": make_text("x", title="Médiation des puits")})
        revision, people = make_revision(work, State.PUBLISHED, content)
        other, _ = make_revision(work, State.PUBLISHED)
        writer = make_user(work, Role.CONTRIBUTOR)
        target, other_id = (revision.id, revision.version_id), other.id
    browser = desk.browser(people["editor"])
    page = browser.get("/fr/review?q=mediation")
    assert f"/fr/review/{target[0]}" in page.links()
    assert f"/fr/review/{other_id}" not in page.links()
    before = snapshot(desk.runtime)
    refused = browser.post(target, "revise", author_id="")
    assert refused.status_code == 422
    assert snapshot(desk.runtime) == before
    assert browser.post(target, "revise", author_id=writer.user_id).status_code == 303
    with desk.runtime.reading() as session:
        (begun,) = session.scalars(select(Revision).where(Revision.state == State.DRAFT))
        assert [author.user_id for author in begun.authors] == [writer.user_id]
        assert begun.working_copy == session.get_one(Revision, target[0]).version.content
    assert browser.post(target, "revise", author_id=writer.user_id).status_code == 409


def kept(response, *words):
    assert response.status_code == 422
    assert all(word in response.text for word in words)
    return response.text


def test_an_empty_reason_keeps_the_form(desk, case):
    target, people = case
    before = None
    for who, verb, fields, words in (
        ("reviewer", "verdict", {"decision": "reject", "reason": " "}, ['value="reject" checked']),
        ("reviewer", "verdict", {"decision": "", "reason": "zareste"}, ["zareste"]),
        ("editor", "reject", {"note": ""}, []),
        ("editor", "assign", {"reviewer_id": "", "due_on": "2026-04-01"}, ["2026-04-01"]),
        ("editor", "assign", {"reviewer_id": "9999", "due_on": "1999-01-01"}, ["1999-01-01"]),
        ("editor", "share", {"reader_email": "zareste@example.org"}, ["zareste@example.org"]),
        ("editor", "note", {"restricted_note": " "}, []),
        ("editor", "comment", {"comment": "", "quote": "zareste"}, ["zareste"]),
        ("editor", "comment", {"comment": "zareste", "comment_field": "x"}, ["zareste"]),
    ):
        browser = desk.browser(people[who])
        before = snapshot(desk.runtime)
        page = kept(browser.post(target, verb, **fields), *words)
        assert 'role="alert"' in page
        assert snapshot(desk.runtime) == before, verb


def filled(**changes):
    return {q.field: "no" for q in QUESTIONS} | {"q_consent_note": "sources publiées"} | changes


def test_the_questionnaire_is_kept_when_something_is_missing(desk, case):
    target, people = case
    browser = desk.browser(people["safeguard"])
    before = snapshot(desk.runtime)
    typed = filled(q_children="yes", q_withheld_note="zareste")
    page = kept(browser.post(target, "sign-off", outcome="pass", **typed), "zareste")
    assert 'href="#field-q_children_note"' in page
    typed = filled(q_withheld_note="zareste")
    kept(browser.post(target, "sign-off", **typed), "zareste")
    kept(browser.post(target, "sign-off", outcome="pass-coarsened", **typed), "zareste")
    kept(browser.post(target, "sign-off", outcome="refuse", **typed), "zareste")
    assert snapshot(desk.runtime) == before


def test_signing_off_with_coarser_places(desk, case):
    target, people = case
    browser = desk.browser(people["safeguard"])
    fields = filled(q_identified="yes", q_identified_note="fonction retirée")
    response = browser.post(
        target, "sign-off", outcome="pass-coarsened", location_precision="country", **fields
    )
    assert response.status_code == 303
    with desk.runtime.reading() as session:
        signed = session.scalars(select(SignOff).order_by(SignOff.id.desc())).first()
        assert (signed.version_id, signed.outcome) == (target[1], Outcome.PASS_COARSENED)
        assert signed.location_precision == "country"
        assert signed.answers["identified"] == {"answer": "yes", "note": "fonction retirée"}


def test_two_people_judge(desk, case):
    target, people = case
    with desk.runtime.begin() as work:
        both = make_user(work, Role.REVIEWER, Role.SAFEGUARD)
        assign(work, people["editor"], target[0], both.user_id, None)
    browsers = [desk.browser(both), desk.browser(people["editor"])]
    before = snapshot(desk.runtime)
    for browser in browsers:
        answer = browser.post(target, "sign-off", outcome="pass", **filled())
        assert answer.status_code == 403
    assert browsers[1].post(target, "verdict", decision="accept").status_code == 403
    stranger = desk.browser(people["other reviewer"])
    grown = snapshot(desk.runtime)
    assert stranger.post(target, "verdict", decision="accept").status_code == 404
    assert grown["verdicts"] == before["verdicts"]
    assert snapshot(desk.runtime) == grown


def test_the_way_to_the_public_through_the_pages(desk):
    with desk.runtime.begin() as work:
        revision, people = make_revision(work, State.SUBMITTED)
        target, slug = (revision.id, revision.version_id), revision.practice.slug
    browsers = {who: desk.browser(people[who]) for who in ("editor", "reviewer", "safeguard")}
    day = {"due_on": "2026-04-01"}
    reviewer_id = people["reviewer"].user_id
    for who, verb, fields in (
        ("editor", "assign", {"reviewer_id": reviewer_id, **day}),
        ("reviewer", "verdict", {"decision": "accept", **RATED}),
        ("safeguard", "sign-off", {"outcome": "pass", **filled()}),
        ("editor", "approve", {}),
        ("editor", "publish", {}),
    ):
        response = browsers[who].post(target, verb, **fields)
        assert response.status_code == 303, verb
        page = browsers[who].get(response.headers["Location"])
        assert page.one("div", class_="done").text
    assert desk.app.test_client().get(f"/fr/practices/{slug}").status_code == 200
    with desk.runtime.reading() as session:
        (assignment,) = session.scalars(select(Assignment))
        assert (str(assignment.due_on), assignment.reviewer_id) == ("2026-04-01", reviewer_id)
        assert [v.decision for v in session.scalars(select(Verdict))] == [Decision.ACCEPT]
    withdrawn = browsers["editor"].post(target, "withdraw", note="Parce que.")
    assert kept(withdrawn, "Parce que.")
    for category in ("boredom", ""):
        response = browsers["editor"].post(target, "withdraw", note="x", withdrawal=category)
        assert response.status_code == 422
    response = browsers["editor"].post(target, "withdraw", note="x", withdrawal="safety")
    assert response.status_code == 303
    assert desk.app.test_client().get(f"/fr/practices/{slug}").status_code == 404


def test_what_people_write_is_shown_as_text(desk, case):
    target, people = case
    browser = desk.browser(people["editor"])
    fields = {"comment": HOSTILE, "quote": HOSTILE}
    assert browser.post(target, "comment", **fields).status_code == 303
    assert browser.post(target, "note", restricted_note=HOSTILE).status_code == 303
    browser.post(target, "comment", comment="", quote=HOSTILE)
    for response in (
        browser.client.get(f"/fr/review/{target[0]}"),
        browser.post(target, "comment", comment="", quote=HOSTILE),
        browser.post(target, "reject", note=HOSTILE * 500),
        browser.client.get(f"/fr/review?q={HOSTILE}"),
    ):
        assert "<script" not in response.text
        assert "alert(1)" in response.text
    with desk.runtime.reading() as session:
        assert HOSTILE in session.scalars(select(Comment.body)).all()
        texts = [note.text["fr"] for note in session.scalars(select(RestrictedNote))]
        assert HOSTILE in texts


def test_answering_and_dealing_with_a_comment(desk, case):
    target, people = case
    browser = desk.browser(people["editor"])
    with desk.runtime.reading() as session:
        rows = session.scalars(select(Comment).order_by(Comment.id)).all()
        told, internal = (row.id for row in rows)
    page = browser.get(f"/fr/review/{target[0]}?answer={internal}")
    assert page.one("input", name="parent_id").attributes["value"] == str(internal)
    assert page.all("input", name="internal") == []
    browser.post(target, "comment", comment="réponse", parent_id=internal)
    browser.post(target, "resolve", comment_id=told)
    with desk.runtime.reading() as session:
        answer = session.scalars(select(Comment).order_by(Comment.id.desc())).first()
        assert (answer.parent_id, answer.audience) == (internal, "desk")
        assert session.get_one(Comment, told).resolved_at is not None


def test_named_readers_are_added_and_removed(desk, case):
    target, people = case
    with desk.runtime.begin() as work:
        guest = make_user(work, Role.MEMBER, name="Zainvitée")
        email = work.session.get_one(User, guest.user_id).email
    browser = desk.browser(people["editor"])
    assert browser.post(target, "share", reader_email=email).status_code == 303
    assert "Zainvitée" in browser.get(f"/fr/review/{target[0]}").text
    assert browser.post(target, "unshare", user_id=guest.user_id).status_code == 303
    with desk.runtime.reading() as session:
        assert session.scalars(select(PracticeReader)).all() == []
    assert browser.post(target, "unshare", user_id=guest.user_id).status_code == 409


def test_asking_changes_nothing(desk, case):
    (number, _), people = case
    browser = desk.browser(people["editor"])
    before = snapshot(desk.runtime)
    for address in ("/fr/review", "/en/review?q=x", f"/fr/review/{number}?answer=1&text=en"):
        assert browser.client.get(address).status_code == 200
        assert browser.client.head(address).status_code == 200
    assert browser.client.get(f"/fr/review/{number}/approve").status_code == 405
    assert snapshot(desk.runtime) == before


@pytest.mark.parametrize("roles", [(), (Role.MEMBER,), (Role.CONTRIBUTOR,), (Role.ADMIN,)])
def test_the_desk_is_closed_to_all_others(desk, case, roles):
    (number, _), _people = case
    with desk.runtime.begin() as work:
        somebody = make_user(work, *roles)
    for address in ("/fr/review", f"/fr/review/{number}"):
        assert desk.browser(somebody).client.get(address).status_code == 403
        away = desk.app.test_client().get(address)
        assert away.status_code == 302
        assert away.headers["Location"].startswith("/fr/login?next=")
