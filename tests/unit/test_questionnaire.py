"""The do-no-harm questions: nothing is unanswered, and what is risky is explained."""

import pytest

from kb.core.errors import Invalid
from kb.reviews.questionnaire import FIELDS, QUESTIONS, check, parse

ASKED = (
    *("identified", "retaliation", "armed_groups", "one_sided", "children"),
    *("consent", "validated", "withheld"),
)
HARMLESS = {f"q_{key}": "no" for key in ASKED} | {
    "q_consent": "yes",
    "q_consent_type": "oral",
    "q_consent_scope": " le texte entier ",
}


def problems(**changes: str) -> dict[str, str]:
    with pytest.raises(Invalid) as refusal:
        parse(HARMLESS | changes)
    return {field: str(why) for field, why in refusal.value.problems.items()}


def test_the_questions_are_those_of_the_editorial_model():
    assert tuple(question.key for question in QUESTIONS) == ASKED
    assert len(set(FIELDS)) == len(FIELDS)


def test_answers_are_kept_with_their_details():
    answers = parse(HARMLESS | {"status": "published"})
    assert set(answers) == set(ASKED)
    assert answers["children"] == {"answer": "no", "note": ""}
    assert answers["consent"] == {
        "answer": "yes",
        "note": "",
        "type": "oral",
        "scope": "le texte entier",
        "date": "",
        "expiry": "",
        "contact": "",
    }
    check(answers)


@pytest.mark.parametrize("key", ASKED)
@pytest.mark.parametrize("answer", ["", "maybe", "YES"])
def test_no_question_is_left_out(key, answer):
    found = problems(**{f"q_{key}": answer})
    number = ASKED.index(key) + 1
    sentence = f"Question {number}: please answer yes, no or not applicable."
    assert found == {f"q_{key}": sentence}


def test_all_that_is_missing_is_told_at_once():
    with pytest.raises(Invalid) as refusal:
        parse({})
    assert set(refusal.value.problems) == {f"q_{key}" for key in ASKED}


RISKS = ("identified", "retaliation", "armed_groups", "one_sided", "children")


@pytest.mark.parametrize("key", RISKS)
def test_a_risk_is_explained(key):
    assert set(problems(**{f"q_{key}": "yes", f"q_{key}_note": "  "})) == {f"q_{key}_note"}
    explained = parse(HARMLESS | {f"q_{key}": "yes", f"q_{key}_note": "retiré"})
    assert explained[key]["note"] == "retiré"


def test_a_lack_of_consent_is_explained():
    assert set(problems(q_consent="no")) == {"q_consent_note"}


@pytest.mark.parametrize(
    ("answered", "missing"),
    [
        ({"q_consent_type": ""}, {"q_consent_type"}),
        ({"q_consent_type": "by telepathy"}, {"q_consent_type"}),
        ({"q_validated": "yes"}, {"q_validated_role"}),
        ({"q_withheld": "yes"}, {"q_withheld_what", "q_withheld_why"}),
        ({"q_children_note": "x" * 2001}, {"q_children_note"}),
        ({"q_consent_scope": "x" * 2001}, {"q_consent_scope"}),
    ],
)
def test_what_an_answer_needs(answered, missing):
    assert set(problems(**answered)) == missing


@pytest.mark.parametrize("answers", [{}, {"children": "no"}, {"children": {"answer": "no"}}])
def test_answers_that_came_by_another_way_are_checked_alike(answers):
    with pytest.raises(Invalid):
        check(answers)
