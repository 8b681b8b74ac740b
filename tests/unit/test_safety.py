"""The do-no-harm lint: what may give people away is seen, and what only looks like it is not."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from kb.practices.safety import EXPLANATIONS, Danger, look

PIECES = st.sampled_from(
    "M. |Mme |Amadou |Diallo| à |Djibo|12 mars 2021| 76 12 34 56|+223 |a@b.ml|14°15'N|[S1]|https:"
    "//|. |le maire |loi n° |2012-037|tél |1.|[|CNI |chef de |, ".split("|")
)
TEXTS = st.lists(PIECES | st.text(max_size=5), max_size=30).map("".join) | st.text(max_size=200)


@settings(max_examples=400, deadline=None)
@given(TEXTS, st.lists(st.text(max_size=8), max_size=3))
def test_sightings_are_passages_of_the_text_in_its_order(text: str, places: list[str]) -> None:
    sightings = look(text, places=places)
    assert all(text[s.start : s.end] == s.text != "" for s in sightings)
    assert all(first.end <= second.start for first, second in pairwise(sightings))


def test_every_danger_is_explained() -> None:
    assert set(EXPLANATIONS) == set(Danger)
