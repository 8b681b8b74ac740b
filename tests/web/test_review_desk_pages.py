"""The desk in the browser: answers, the rubric, proposals, what is late, consent on record."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from kb.accounts.models import Organisation, OrganisationType, User
from kb.accounts.permissions import Role
from kb.practices.lifecycle import Action, State
from kb.practices.models import Revision
from kb.reviews.answering import decline_assignment
from kb.reviews.models import Assignment, ConsentRecord, Verdict
from kb.reviews.questionnaire import QUESTIONS
from kb.reviews.rubric import FIELDS, Criterion, Rating, level_field, note_field
from kb.reviews.rules import Decision, Outcome
from kb.reviews.service import assign, give_verdict, sign_off
from kb.workflow.service import perform
from tests.database import snapshot
from tests.make import ANSWERS, RATINGS, make_revision, make_user
from tests.web.desk import Desk

TODAY = date(2026, 3, 1)
RATED = {level_field(criterion): "2" for criterion in Criterion}
AGREED = ANSWERS | {
    "consent": {
        "answer": "yes",
        "note": "",
        "type": "oral",
        "scope": "zaportee",
        "date": "2026-02-01",
        "expiry": "2026-04-01",
        "contact": "zacontact",
    },
    "validated": {"answer": "yes", "note": "", "role": "zavalidation", "language": "peul"},
}


@pytest.fixture
def desk(sqlite_runtime):
    return Desk(sqlite_runtime)


@pytest.fixture
def case(desk):
    """A text in review with a consent on record, and noise: one of others with its own."""
    with desk.runtime.begin() as work:
        other, others = make_revision(work, State.IN_REVIEW)
        sign_off(work, others["safeguard"], other.id, Outcome.PASS, AGREED)
        revision, people = make_revision(work, State.IN_REVIEW)
        sign_off(work, people["safeguard"], revision.id, Outcome.PASS, AGREED)
        people["other reviewer"] = make_user(work, Role.REVIEWER, name="Autre Lectrice")
        return (revision.id, revision.version_id), people


def address(target):
    return f"/fr/review/{target[0]}"


def verbs(page):
    return {
        form.attributes["action"].rsplit("/", 1)[-1] for form in page.all("form", method="post")
    }


def test_a_reviewer_takes_the_review_on(desk, case):
    target, people = case
    browser = desk.browser(people["reviewer"])
    page = browser.get(address(target))
    assert verbs(page) >= {"accept", "decline"}
    assert "Vous n’avez pas encore répondu" in browser.get("/fr/review").text
    response = browser.post(target, "accept")
    assert (response.status_code, response.headers["Location"]) == (
        303,
        f"{address(target)}?done=accepted",
    )
    page = browser.get(response.headers["Location"])
    assert page.one("div", class_="done").text.strip() == "Vous avez accepté la relecture."
    assert "accept" not in verbs(page)
    assert "decline" in verbs(page)
    assert "Vous n’avez pas encore répondu" not in browser.get("/fr/review").text
    assert "a accepté" in desk.browser(people["editor"]).get(address(target)).text


def test_a_reviewer_gives_the_review_back_and_has_nothing_to_do_with_it_any_more(desk, case):
    target, people = case
    browser = desk.browser(people["reviewer"])
    before = snapshot(desk.runtime)
    kept = browser.post(target, "decline", decline_reason=" ")
    assert kept.status_code == 422
    assert 'href="#field-decline_reason"' in kept.text
    assert snapshot(desk.runtime) == before
    response = browser.post(target, "decline", decline_reason="zadecline")
    assert response.headers["Location"] == "/fr/review?done=review-declined"
    page = browser.get(response.headers["Location"])
    assert "les éditeurs sont prévenus" in page.one("div", class_="done").text
    assert address(target) not in page.links()
    browser.get(address(target), status=404)
    assert browser.post(target, "verdict", decision="accept", **RATED).status_code == 404
    editor = desk.browser(people["editor"])
    assert "zadecline" in editor.get(address(target)).text
    assert "Plus personne n’en fait la relecture" in editor.get("/fr/review").text
    assert "zadecline" not in desk.browser(people["safeguard"]).get(address(target)).text
    # The place is free for somebody else.
    other = people["other reviewer"].user_id
    assert editor.post(target, "assign", reviewer_id=other).status_code == 303


def test_the_rubric_is_kept_with_all_that_was_typed(desk, case):
    target, people = case
    browser = desk.browser(people["reviewer"])
    before = snapshot(desk.runtime)
    typed = RATED | {level_field(Criterion.CLARITY): "", note_field(Criterion.EVIDENCE): "zareste"}
    kept = browser.post(target, "verdict", decision="accept", reason="Bien.", **typed)
    assert kept.status_code == 422
    assert snapshot(desk.runtime) == before
    assert f'href="#field-{level_field(Criterion.CLARITY)}"' in kept.text
    assert kept.text.count('value="2" checked') == 5
    assert all(word in kept.text for word in ("zareste", "Bien.", 'value="accept" checked'))
    typed[level_field(Criterion.CLARITY)] = "9"
    assert browser.post(target, "verdict", decision="changes", **typed).status_code == 422
    assert snapshot(desk.runtime) == before
    typed[level_field(Criterion.CLARITY)] = "4"
    assert browser.post(target, "verdict", decision="accept", **typed).status_code == 303
    with desk.runtime.reading() as session:
        (verdict,) = session.scalars(select(Verdict))
        rated = {row.criterion: (row.level, row.note) for row in verdict.ratings}
    expected = dict.fromkeys(Criterion, (2, "")) | {
        Criterion.CLARITY: (4, ""),
        Criterion.EVIDENCE: (2, "zareste"),
    }
    assert rated == expected
    # Whoever thinks again begins with what they said.
    again = browser.get(address(target))
    assert again.one("input", name="decision", value="accept").attributes.keys() >= {"checked"}
    evidence = again.one("input", name=note_field(Criterion.EVIDENCE))
    assert evidence.attributes["value"] == "zareste"
    for who in ("editor", "safeguard"):
        table = (
            desk.browser(people[who]).get(address(target)).all("table", class_="rubric")[0].text
        )
        assert "zareste" in table
        assert "4 sur 4" in table


def test_a_form_without_a_rubric_asks_for_changes_all_the_same(desk, case):
    target, people = case
    browser = desk.browser(people["reviewer"])
    fields = dict.fromkeys(FIELDS, "")
    response = browser.post(target, "verdict", decision="changes", reason="Qui ?", **fields)
    assert response.status_code == 303
    assert desk.browser(people["editor"]).get(address(target)).all("table", class_="rubric") == []


def test_authors_read_the_rubric_and_nothing_of_the_desks_own(desk, case):
    target, people = case
    with desk.runtime.begin() as work:
        number, second = target[0], people["other reviewer"]
        assign(work, people["editor"], number, second.user_id, None)
        decline_assignment(work, second, number, "zadecline")
        ratings = RATINGS | {Criterion.CLARITY: Rating(1, "zanotecritere")}
        give_verdict(
            work, people["reviewer"], number, Decision.CHANGES, "zaraison", ratings=ratings
        )
        reviewer = work.session.get_one(User, people["reviewer"].user_id).name
    page = desk.browser(people["author"]).get(f"/fr/contribute/revisions/{number}").text
    assert all(word in page for word in ("zaraison", "zanotecritere", "1 sur 4"))
    hidden = ("zadecline", "zacontact", "zaportee", "zavalidation", reviewer, "Autre Lectrice")
    assert [word for word in hidden if word in page] == []


def test_reviewers_are_proposed_with_reasons_and_the_best_first(desk, case):
    target, people = case
    with desk.runtime.begin() as work:
        school = Organisation(name="École", type=OrganisationType.CIVIL_SOCIETY, country="ML")
        work.session.add(school)
        colleague = make_user(work, Role.REVIEWER, name="Collègue")
        neighbour = make_user(work, Role.REVIEWER, name="Voisine")
        for actor in (people["author"], colleague):
            work.session.get_one(User, actor.user_id).organisation = school
        work.session.get_one(User, neighbour.user_id).country = "ML"
        both = make_user(work, Role.REVIEWER, Role.CONTRIBUTOR, name="Autrice")
        work.session.get_one(Revision, target[0]).practice.owner_id = both.user_id
    page = desk.browser(people["editor"]).get(address(target))
    options = [each.text.strip() for each in page.one("select", name="reviewer_id").all("option")]
    assert options[1] == "Voisine – ML fr · aucune relecture en cours"
    assert options[-1] == "Collègue – aucune relecture en cours · même organisation qu’un auteur"
    # Noise: the reviewer of the other text is among them, with what they are at.
    assert sum("1 relecture en cours" in option for option in options) == 1
    assert not [option for option in options if option.startswith("Autrice")]


def test_a_new_round_begins_with_a_new_date(desk, case):
    target, people = case
    with desk.runtime.begin() as work:
        row = work.session.scalars(
            select(Assignment).where(Assignment.reviewer_id == people["reviewer"].user_id)
        ).one()
        row.due_on = TODAY - timedelta(days=20)
        perform(work, people["editor"], target[0], Action.REQUEST_CHANGES, "à revoir")
        again = perform(work, people["author"], target[0], Action.SUBMIT)
        target = (again.id, again.version_id)
    browser = desk.browser(people["editor"])
    before = snapshot(desk.runtime)
    for wrong in ("2026-02-28", "31/02/2027", "bientôt"):
        kept = browser.post(target, "assign", new_due_on=wrong)
        assert kept.status_code == 422
        assert f'value="{wrong}"' in kept.text
    assert snapshot(desk.runtime) == before
    assert browser.post(target, "assign", new_due_on="31/03/2026").status_code == 303
    with desk.runtime.reading() as session:
        row = session.scalars(
            select(Assignment).where(Assignment.reviewer_id == people["reviewer"].user_id)
        ).one()
        assert row.due_on == date(2026, 3, 31)
        assert session.get_one(Revision, target[0]).state is State.IN_REVIEW


def test_what_is_late_stands_first_for_editors_alone(desk, case):
    target, people = case
    with desk.runtime.begin() as work:
        row = work.session.scalars(
            select(Assignment).where(Assignment.reviewer_id == people["reviewer"].user_id)
        ).one()
        row.due_on = TODAY - timedelta(days=3)
        name = work.session.get_one(User, people["reviewer"].user_id).name
        unsigned, _ = make_revision(work, State.IN_REVIEW)
        unsigned.state_since -= timedelta(days=9)
        unsigned_id = unsigned.id
    page = desk.browser(people["editor"]).get("/fr/review")
    first = page.all("section")[0]
    assert first.one("h2").text.split() == ["En", "retard", "(2)"]
    assert first.links() == [address(target), f"/fr/review/{unsigned_id}"]
    assert [each.text.strip() for each in first.all("p", class_="wrong")] == [
        f"Relecture de {name} : 3 jours de retard",
        "Avis « ne pas nuire » : 2 jours de retard",
    ]
    for who in ("reviewer", "safeguard"):
        headings = [each.text for each in desk.browser(people[who]).get("/fr/review").all("h2")]
        assert not [heading for heading in headings if heading.startswith("En retard")]


def test_consent_on_record_is_for_those_who_keep_it(desk, case):
    target, people = case
    for who in ("editor", "safeguard", "reviewer"):
        page = desk.browser(people[who]).get(address(target))
        is_keeper = who != "reviewer"
        assert ("zacontact" in page.text) is is_keeper, who
        assert ("consent" in verbs(page)) is is_keeper, who
        assert "zavalidation" in page.text
        queue = desk.browser(people[who]).get("/fr/review").text
        assert ("Consentements à revoir" in queue) is is_keeper


def test_taking_note_that_a_consent_was_taken_back(desk, case):
    target, people = case
    browser = desk.browser(people["safeguard"])
    before = snapshot(desk.runtime)
    kept = browser.post(target, "consent", consent_note=" ")
    assert kept.status_code == 422
    assert 'href="#field-consent_note"' in kept.text
    for who in ("reviewer",):
        assert (
            desk.browser(people[who]).post(target, "consent", consent_note="x").status_code == 403
        )
    grown = snapshot(desk.runtime)
    assert grown["consent_records"] == before["consent_records"]
    assert browser.post(target, "consent", consent_note="zaretrait").status_code == 303
    with desk.runtime.reading() as session:
        rows = session.scalars(select(ConsentRecord).order_by(ConsentRecord.id)).all()
        assert [row.withdrawal_note for row in rows] == ["", "zaretrait"]
    editor = desk.browser(people["editor"])
    page = editor.get(address(target))
    assert "Le consentement pour ce texte a été retiré." in page.one("div", class_="problems").text
    assert "zaretrait" in page.text
    assert "approve" not in verbs(page)
    assert "Consentement retiré" in editor.get("/fr/review").text
    assert editor.post(target, "consent", consent_note="encore").status_code == 409
    assert "zaretrait" not in desk.browser(people["reviewer"]).get(address(target)).text


def test_days_of_a_consent_are_days(desk, case):
    target, people = case
    browser = desk.browser(people["safeguard"])
    before = snapshot(desk.runtime)
    answers = {q.field: "no" for q in QUESTIONS}
    answers |= {"q_consent": "yes", "q_consent_type": "oral", "q_consent_contact": "zareste"}
    validated = {"q_validated": "yes", "q_validated_role": "x", "q_validated_date": "2030-01-01"}
    for changes, field in (
        ({"q_consent_date": "hier"}, "q_consent_date"),
        ({"q_consent_expiry": "01/01/2026"}, "q_consent_expiry"),
        (validated, "q_validated_date"),
    ):
        kept = browser.post(target, "sign-off", outcome="pass", **(answers | changes))
        assert kept.status_code == 422
        assert f'href="#field-{field}"' in kept.text
        assert "zareste" in kept.text
        assert snapshot(desk.runtime) == before
    good = answers | {"q_consent_date": "15/02/2026", "q_consent_expiry": "2027-02-15"}
    assert browser.post(target, "sign-off", outcome="pass", **good).status_code == 303
    with desk.runtime.reading() as session:
        row = session.scalars(select(ConsentRecord).order_by(ConsentRecord.id.desc())).first()
        assert (row.given_on, row.expires_on, row.contact) == (
            date(2026, 2, 15),
            date(2027, 2, 15),
            "zareste",
        )
