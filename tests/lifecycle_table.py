"""States x actions as the editorial model has them, written by hand for the tests."""

from kb.practices.lifecycle import Action, State

# Rows: states. Columns: actions, in this order. A dot: refused.
ACTIONS = (
    "submit recall assign request_changes approve reopen publish reject abandon supersede"
    " archive restore withdraw import"
)
TABLE = """
draft             submitted .     .         .                 .        .         .         .        abandoned .          .        .         .         published
submitted         .         draft in_review .                 .        .         .         rejected .         .          .        .         .         .
in_review         .         .     .         changes_requested approved .         .         rejected .         .          .        .         .         .
changes_requested submitted .     .         .                 .        .         .         .        abandoned .          .        .         .         .
approved          .         .     .         .                 .        in_review published rejected .         .          .        .         .         .
published         .         .     .         .                 .        .         .         .        .         superseded archived .         withdrawn .
superseded        .         .     .         .                 .        .         .         .        .         .          .        .         .         .
archived          .         .     .         .                 .        .         .         .        .         .          .        published withdrawn .
withdrawn         .         .     .         .                 .        .         .         .        .         .          .        .         .         .
rejected          .         .     .         .                 .        .         .         .        .         .          .        .         .         .
abandoned         .         .     .         .                 .        .         .         .        .         .          .        .         .         .
"""  # noqa: E501 - one row per state


def expected() -> dict[tuple[State, Action], State | None]:
    rows = [line.split() for line in TABLE.strip().splitlines()]
    return {
        (State(state), Action(action)): None if cell == "." else State(cell)
        for state, *cells in rows
        for action, cell in zip(ACTIONS.split(), cells, strict=True)
    }


EXPECTED = expected()
