"""Rules of the desk: whom to ask, the rubric, days, what is late. No database."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
import pytest

from kb.core.days import parse_day
from kb.core.errors import Invalid
from kb.reviews.consent import (
    ConsentType,
    Standing,
    consent_in,
    standing,
    validation_in,
)
from kb.reviews.overdue import SIGN_OFF_WITHIN, Late, Waiting, lateness
from kb.reviews.proposals import Candidate, rank
from kb.reviews.reminders import Due, how_due
from kb.reviews.rubric import (
    FIELDS,
    LEVELS,
    RUBRIC,
    UNRATED,
    Criterion,
    Rating,
    check,
    level_field,
    note_field,
    parse,
)

TODAY = date(2026, 3, 1)
DAY = timedelta(days=1)

# Whom to ask.

COUNTRIES, THEMES = ("ML", "NE", "BF"), ("land", "water", "youth")
candidates = st.builds(
    Candidate,
    user_id=st.integers(1, 10_000),
    name=st.sampled_from(["Awa", "Élie", "Elie", "Zeïnabou"]),
    country=st.sampled_from([None, *COUNTRIES]),
    reviewed_countries=st.frozensets(st.sampled_from(COUNTRIES)),
    reviewed_themes=st.frozensets(st.sampled_from(THEMES)),
    load=st.integers(0, 5),
    has_declined=st.booleans(),
    is_colleague=st.booleans(),
)
crowds = st.lists(candidates, unique_by=lambda each: each.user_id, max_size=8)
abouts = st.tuples(
    st.frozensets(st.sampled_from(COUNTRIES)), st.frozensets(st.sampled_from(THEMES))
)


def better(one, other):
    """The rule told in another way: one stands before the other, or neither does."""
    if one.is_colleague != other.is_colleague:
        return other.is_colleague
    if one.has_declined != other.has_declined:
        return other.has_declined
    fits = [len(each.countries) + len(each.themes) - each.load for each in (one, other)]
    return fits[0] > fits[1]


@given(crowds, abouts, st.randoms())
def test_everybody_is_proposed_once_and_the_better_first(crowd, about, random):
    found = rank(crowd, *about)
    assert sorted(each.user_id for each in found) == sorted(each.user_id for each in crowd)
    for at, one in enumerate(found):
        assert not any(better(later, one) for later in found[at + 1 :])
    shuffled = list(crowd)
    random.shuffle(shuffled)
    assert rank(shuffled, *about) == found


@given(crowds, abouts)
def test_what_is_said_for_somebody_is_about_this_text(crowd, about):
    by_id = {each.user_id: each for each in crowd}
    for proposal in rank(crowd, *about):
        candidate = by_id[proposal.user_id]
        known = candidate.reviewed_countries | {candidate.country}
        assert set(proposal.countries) == known & about[0]
        assert set(proposal.themes) == candidate.reviewed_themes & about[1]
        assert proposal.load == candidate.load


def test_the_order_in_an_example():
    crowd = [
        Candidate(1, "Colleague", "NE", is_colleague=True),
        Candidate(2, "Declined", "NE", has_declined=True),
        Candidate(3, "Busy", "NE", frozenset({"NE"}), frozenset({"land"}), load=3),
        Candidate(4, "From there", "NE"),
        Candidate(5, "Knows it", "ML", frozenset({"NE"}), frozenset({"land", "water"})),
        Candidate(6, "Nothing known"),
    ]
    found = rank(crowd, ["NE"], ["land"])
    names = ["Knows it", "From there", "Nothing known", "Busy", "Declined", "Colleague"]
    assert [each.name for each in found] == names
    assert (found[0].countries, found[0].themes) == (("NE",), ("land",))


# The rubric.


def filled(**changes):
    return {level_field(each): "3" for each in Criterion} | changes


def test_every_criterion_has_its_words_and_fields():
    assert set(RUBRIC) == set(Criterion)
    assert len(Criterion) == 6
    assert all(len(described.levels) == len(LEVELS) == 4 for described in RUBRIC.values())
    assert len(set(FIELDS)) == 2 * len(Criterion)


def test_a_filled_rubric_is_read():
    notes = {note_field(Criterion.CLARITY): " clair "}
    ratings = parse(filled(**notes) | {"status": "published"})
    expected = dict.fromkeys(Criterion, Rating(3)) | {Criterion.CLARITY: Rating(3, "clair")}
    assert ratings == expected
    check(ratings, is_complete=True)


@pytest.mark.parametrize("level", ["0", "5", "3.5", "-1", "three", "٣", "33"])
def test_only_the_four_levels_are_levels(level):
    with pytest.raises(Invalid) as refusal:
        parse(filled(**{level_field(Criterion.EVIDENCE): level}))
    assert set(refusal.value.problems) == {level_field(Criterion.EVIDENCE)}


def test_a_note_has_a_level_and_an_end():
    with pytest.raises(Invalid) as refusal:
        parse({note_field(Criterion.EVIDENCE): "x", note_field(Criterion.CLARITY): "x" * 2001})
    wanted = {level_field(Criterion.EVIDENCE), level_field(Criterion.CLARITY)}
    assert set(refusal.value.problems) == wanted | {note_field(Criterion.CLARITY)}


@given(st.frozensets(st.sampled_from(Criterion)))
def test_all_or_as_far_as_wished(chosen):
    ratings = {criterion: Rating(1) for criterion in chosen}
    check(ratings, is_complete=False)
    missing = {level_field(criterion) for criterion in set(Criterion) - chosen}
    if not missing:
        check(ratings, is_complete=True)
        return
    with pytest.raises(Invalid) as refusal:
        check(ratings, is_complete=True)
    assert set(refusal.value.problems) == missing


def test_nothing_is_a_rubric_too():
    assert parse({}) == UNRATED


# Days.


@given(st.dates(min_value=date(1000, 1, 1)))
def test_a_day_is_read_in_both_ways(day):
    for text in (
        day.isoformat(),
        f"{day:%d/%m/}{day.year}",
        f" {day.day}.{day.month}.{day.year} ",
    ):
        assert parse_day(text) == day


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026",
        "03/2026",
        "31/02/2026",
        "2026-13-01",
        "12/31/2026",
        "1/1/26",
        "mars",
        "²/1/2026",
    ],
)
def test_what_is_no_day(text):
    assert parse_day(text) is None


def answers(consent=None, validated=None):
    return {
        "consent": {"answer": "yes" if consent else "no", "type": "oral", **(consent or {})},
        "validated": {"answer": "yes" if validated else "na", "role": "x", **(validated or {})},
    }


def test_what_a_sign_off_tells_of_consent():
    given_in = {"scope": "tout", "date": "01/03/2026", "expiry": "2026-03-02", "contact": "radio"}
    found = consent_in(answers(consent=given_in), TODAY)
    assert (found.type, found.scope, found.contact) == (ConsentType.ORAL, "tout", "radio")
    assert (found.given_on, found.expires_on) == (TODAY, TODAY + DAY)
    assert consent_in(answers(), TODAY) is None
    told = validation_in(answers(validated={"language": "tamasheq"}), TODAY)
    assert (told.role, told.validated_on, told.language) == ("x", None, "tamasheq")
    assert validation_in(answers(), TODAY) is None


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"date": "2026-03-02"}, {"q_consent_date"}),
        ({"expiry": "2026-03-01"}, {"q_consent_expiry"}),
        ({"date": "2027-01-01", "expiry": "2020-01-01"}, {"q_consent_date", "q_consent_expiry"}),
    ],
)
def test_days_that_cannot_be(changes, fields):
    with pytest.raises(Invalid) as refusal:
        consent_in(answers(consent=changes), TODAY)
    assert set(refusal.value.problems) == fields


def test_nobody_validates_tomorrow():
    with pytest.raises(Invalid) as refusal:
        validation_in(answers(validated={"date": "2026-03-02"}), TODAY)
    assert set(refusal.value.problems) == {"q_validated_date"}


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (61, Standing.VALID),
        (60, Standing.EXPIRING),
        (0, Standing.EXPIRING),
        (-1, Standing.EXPIRED),
    ],
)
def test_how_a_consent_stands(days, expected):
    assert standing(TODAY + days * DAY, TODAY) is expected
    assert standing(TODAY + days * DAY, TODAY, is_withdrawn=True) is Standing.WITHDRAWN
    assert standing(None, TODAY) is Standing.VALID


# What is due and what is late.


@pytest.mark.parametrize(
    ("due_in", "asked_ago", "expected"),
    [
        (4, 10, Due.LATER),
        (3, 10, Due.SOON),
        (0, 10, Due.SOON),
        (-1, 10, Due.OVERDUE),
        # Asked with so short a time that a reminder would say what the letter just said.
        (2, 0, Due.LATER),
        (1, 2, Due.LATER),
        (-1, 0, Due.OVERDUE),
    ],
)
def test_how_a_review_is_due(due_in, asked_ago, expected):
    assert how_due(TODAY + due_in * DAY, TODAY - asked_ago * DAY, TODAY) is expected
    assert how_due(None, TODAY, TODAY) is Due.LATER


def test_what_is_late_and_by_how_much():
    waiting = [
        Waiting(1, "Awa", TODAY - DAY, has_accepted=True),
        Waiting(2, "Elie", TODAY - 9 * DAY, has_accepted=False),
        Waiting(3, "In time", TODAY, has_accepted=True),
        Waiting(4, "Whenever", None, has_accepted=True),
    ]
    since = datetime(2026, 3, 1, 23, tzinfo=UTC) - SIGN_OFF_WITHIN
    late = (Late("Elie", 9), Late("Awa", 1))
    assert lateness(waiting, None, TODAY) == late
    assert lateness(waiting, since, TODAY) == late
    assert lateness(waiting, since - 4 * DAY, TODAY) == (late[0], Late("", 4), late[1])
    assert lateness((), None, TODAY) == ()
