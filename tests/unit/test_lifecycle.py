"""States x actions, in full, against a table written by hand from the editorial model."""

from itertools import product

import pytest

from kb.core.errors import Conflict
from kb.practices import lifecycle
from kb.practices.lifecycle import Action, State, actions_in, advance, diagram
from tests.lifecycle_table import EXPECTED


def test_the_table_names_every_state_and_action():
    assert set(EXPECTED) == set(product(State, Action))


@pytest.mark.parametrize(("state", "action"), tuple(product(State, Action)))
def test_what_may_happen(state, action):
    new = EXPECTED[state, action]
    if new is not None:
        assert advance(state, action) is new
        return
    with pytest.raises(Conflict) as refusal:
        advance(state, action)
    assert str(refusal.value) == "This cannot be done with a revision in this state."


@pytest.mark.parametrize("state", list(State))
def test_people_are_offered_what_may_happen_but_never_supersede(state):
    offered = {a for a in Action if EXPECTED[state, a] is not None and a is not Action.SUPERSEDE}
    assert set(actions_in(state)) == offered
    assert len(actions_in(state)) == len(offered)


def test_the_sets_derived_from_the_table():
    assert set(lifecycle.EDITABLE) == {State.DRAFT, State.CHANGES_REQUESTED}
    assert set(lifecycle.FINAL) == {
        State.SUPERSEDED,
        State.WITHDRAWN,
        State.REJECTED,
        State.ABANDONED,
    }
    assert set(lifecycle.ONCE_PUBLIC) == {
        State.PUBLISHED,
        State.SUPERSEDED,
        State.ARCHIVED,
        State.WITHDRAWN,
    }
    assert set(lifecycle.NEEDS_REASON) == {
        Action.REQUEST_CHANGES,
        Action.REJECT,
        Action.WITHDRAW,
        Action.ARCHIVE,
    }


def test_every_state_has_a_label():
    assert set(lifecycle.STATE_LABELS) == set(State)


def test_the_diagram_has_one_arrow_per_transition_and_no_other():
    arrows = {
        f"    {state} --> {new}: {action}" for (state, action), new in EXPECTED.items() if new
    }
    first, start, *rest = diagram().splitlines()
    assert (first, start) == ("stateDiagram-v2", "    [*] --> draft")
    assert sorted(rest) == sorted(arrows)
