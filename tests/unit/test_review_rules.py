"""Quorum and gate."""

from itertools import combinations_with_replacement

import pytest

from kb.reviews.rules import Decision, Outcome, gate_open, quorum_reached

A, C, R = Decision.ACCEPT, Decision.CHANGES, Decision.REJECT
UP_TO_THREE = [
    decisions for size in range(4) for decisions in combinations_with_replacement((A, C, R), size)
]
# Decisions given -> the highest quorum they reach.
REACHES = {(A,): 1, (A, A): 2, (A, A, A): 3}


@pytest.mark.parametrize("decisions", UP_TO_THREE, ids=lambda d: "+".join(d) or "none")
@pytest.mark.parametrize("quorum", [1, 2, 3])
def test_quorum(decisions, quorum):
    assert quorum_reached(decisions, quorum) is (REACHES.get(decisions, 0) >= quorum)


@pytest.mark.parametrize(
    ("outcome", "is_open"),
    [
        (None, False),
        (Outcome.PASS, True),
        (Outcome.PASS_COARSENED, True),
        (Outcome.MEMBERS_ONLY, True),
        (Outcome.REFUSE, False),
    ],
)
def test_gate(outcome, is_open):
    assert gate_open(outcome) is is_open


def test_the_gate_table_is_complete():
    assert set(Outcome) == {"pass", "pass-coarsened", "members-only", "refuse"}
