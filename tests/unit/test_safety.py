"""The do-no-harm lint: what may give people away is seen, and what only looks like it is not."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest

from benchmarks.safety.report import (
    PRECISION_GOAL,
    RECALL_GOAL,
    Label,
    Score,
    Sentence,
    judge,
    scores,
)
from kb.core.language import Locale
from kb.practices.safety import EXPLANATIONS, Danger, look

PIECES = st.sampled_from(
    [
        *("M. ", "Mme ", "Amadou ", "Diallo", " à ", "Djibo", "12 mars 2021", " 76 12 34 56"),
        *("+223 ", "a@b.ml", "14°15'N", "[S1]", "https://", ". ", "le maire ", "loi n° "),
        *("2012-037", "tél ", "1.", "[", "CNI ", "chef de ", ", ", "\n"),
    ]
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


P, E, C, I = Danger.PHONE, Danger.EMAIL, Danger.COORDINATES, Danger.ID_NUMBER  # noqa: E741
D, N = Danger.DATED_PLACE, Danger.NAMED_PERSON
FLAGGED = [
    ("Appelez le +223 76 12 34 56.", [(P, "+223 76 12 34 56")]),
    ("Tél. : 00227 96.12.34.56", [(P, "00227 96.12.34.56")]),
    ("WhatsApp au (+226) 70 12 34 56", [(P, "(+226) 70 12 34 56")]),
    ("son numéro, 66-12-34-56, sonne", [(P, "66-12-34-56")]),
    ("https://wa.me/22376123456", [(P, "22376123456")]),
    ("Écrire à issa.hama@exemple.ml.", [(E, "issa.hama@exemple.ml")]),
    ("fatou (arobase) exemple (point) bf", [(E, "fatou (arobase) exemple (point) bf")]),
    ("au point 14°28′12″N 4°11′49″O", [(C, "14°28′12″N 4°11′49″O")]),
    ("un puits (14.4843, -4.1969)", [(C, "14.4843, -4.1969")]),
    ("UTM 30P 712345 1623456", [(C, "30P 712345 1623456")]),
    ("la moto AB 1234 MD", [(I, "AB 1234 MD")]),
    ("carte NINA 18503101001012A", [(I, "18503101001012A")]),
    ("le véhicule 11 KH 4521", [(I, "11 KH 4521")]),
    ("Le 12 mars 2021 à Djibo, rien.", [(D, "12 mars 2021 à Djibo")]),
    ("On 3 May 2020 in Téra", [(D, "3 May 2020 in Téra")]),
    ("À Solhan, dans la nuit du 4 au 5 juin 2021", [(D, "5 juin 2021")]),
    ("le 03/05/2020 près de Tongo-Tongo", [(D, "03/05/2020 près de Tongo-Tongo")]),
    ("M. Amadou Diallo parle", [(N, "M. Amadou Diallo")]),
    ("El\u00a0Hadj Oumarou", [(N, "El\u00a0Hadj Oumarou")]),
    ("le capitaine Ibrahim Ba dit", [(N, "capitaine Ibrahim Ba")]),
    ("the mayor, Ahmed Diallo, said", [(N, "mayor, Ahmed Diallo")]),
    ("Issaka Maïga, chef de canton", [(N, "Issaka Maïga, chef de canton")]),
    (
        "Le 12 mars 2021, le maire Amadou Ba est venu à Koro.",
        [(D, "12 mars 2021"), (N, "maire Amadou Ba")],
    ),
]
HARMLESS = [
    "Loi n° 2006-045 du 5 septembre 2006, décret n° 2016-0871/P-RM, article 12.",
    "22 752 385 habitants en 2020, 70 500 000 FCFA, 12,5 % entre 2012-2015, 40 °C.",
    "Voir https://example.org/2021/76123456 et doi:10.1016/j.w.2020.105236 [S1].",
    "ISBN 978-2-07-036822-8, ISSN 1234-5678, S/RES/2364 (2017), ORCID 0000-0002-1825-0097.",
    "Selon Diallo (2019) et Cissé et al. 2018, p. 12-14.",
    "En mars 2021 à Mopti ; de 1990 à 2012 à Koro ; en 2018 à Gao.",
    "Le 15 mai 2015, l'accord est signé. À Gao, on l'attendait.",
    "Le chef de canton de Téra, le préfet de Bankilaré et l'imam de la mosquée.",
    "Les chefs de village Peul et Dogon ; Mme la Ministre ; l'Assemblée générale.",
    "The mayor, Red Cross volunteers and a captain of the gendarmerie in Dori.",
    "Au nord du 14e parallèle, à 30 km ; version 2.14.3 ; 1. At each point count.",
]


@pytest.mark.parametrize(("text", "expected"), FLAGGED)
def test_what_may_endanger_somebody_is_seen(text, expected):
    assert [(s.danger, s.text) for s in look(text)] == expected


@pytest.mark.parametrize("text", HARMLESS)
def test_what_only_looks_like_it_is_not(text):
    assert [(s.danger, s.text) for s in look(text)] == []


def test_places_told_elsewhere_make_a_date_dangerous():
    text = "Le 3 juin 2022 Kobadjé pleure. Le 4 juin 2022 on y dort."
    assert look(text) == ()
    (seen,) = look(text, places=["Niger : commune de Kobadjé"])
    assert (seen.danger, seen.text) == (D, "3 juin 2022")
    assert look(text, places=["Niger : région de Téra", "Mali"]) == ()


@pytest.mark.parametrize("piece", ["12 mars à ", "a@", "chef de A Di ", "12°1'", "76 ", "CNI "])
def test_hostile_text_is_answered(piece):
    """With a square in it this would take minutes; how long it takes tells the benchmark."""
    text = (piece * 50_000)[:50_000]
    assert all(text[s.start : s.end] == s.text for s in look(text))


@pytest.mark.parametrize("name", ["development", "held_out"])
def test_the_labelled_sentences_are_told_apart(name):
    judged = [judge(sentence) for sentence in Sentence.read(name)]
    score = scores(judged)["all", "all"]
    assert (len(judged), sum(not each.sentence.labels for each in judged)) == (150, 75)
    assert score.recall >= RECALL_GOAL
    assert score.precision >= PRECISION_GOAL


def test_a_report_counts_as_it_says():
    text = "Le maire Amadou Ba a le 76 12 34 56 ; le 66 12 34 56 est à M. Diop."
    start = text.index("76")
    missed = text.index("est à")
    labels = (Label(P, start, start + 5), Label(E, missed, missed + 3))
    score = scores([judge(Sentence(text, Locale.FR, labels))])
    assert score["phone", "fr"] == Score(right=1, sightings=2, found=1, labels=1)
    assert score["email", "all"] == Score(right=0, sightings=0, found=0, labels=1)
    assert score["named_person", "all"] == Score(right=0, sightings=2, found=0, labels=0)
    assert score["all", "all"] == Score(right=1, sightings=4, found=1, labels=2)
    assert (score["all", "all"].precision, score["all", "all"].recall) == (0.25, 0.5)
