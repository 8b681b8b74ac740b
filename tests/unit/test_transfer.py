"""The checklist made of a practice's own conditions and limits."""

import time

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
import pytest

from kb.adoption.transfer import LONGEST_LIST, items_of
from kb.core.language import Locale
from kb.practices.content import SECTION_LIMIT
from kb.practices.public import PublicSection, PublicText


def text(**sections: str) -> PublicText:
    parts = tuple(PublicSection(key, markdown, Markup()) for key, markdown in sections.items())
    return PublicText(Locale.FR, "T", "R", "", (), "", (), "", parts)


def words(**sections: str) -> list[str]:
    return [item.text for item in items_of(text(**sections))]


def test_each_point_of_conditions_and_limits_is_asked_for_and_nothing_else():
    found = items_of(
        text(
            context="- Rien à vérifier ici",
            conditions="- Un chef **respecté** [S1]\n- Un *lieu* neutre\n  et ouvert [S1] [S2]",
            limits_risks="### Risques\n\n1. Ne pas nommer\n2. Voir [le guide](https://x.org)",
            lessons="- Ni ici",
        )
    )
    assert [(item.key, item.section, item.text) for item in found] == [
        ("conditions-1", "conditions", "Un chef respecté"),
        ("conditions-2", "conditions", "Un lieu neutre et ouvert"),
        ("limits_risks-1", "limits_risks", "Ne pas nommer"),
        ("limits_risks-2", "limits_risks", "Voir le guide"),
    ]


def test_paragraphs_are_points_where_there_is_no_list():
    assert words(conditions="Un chef\nrespecté.\n\nUn lieu neutre.") == [
        "Un chef respecté.",
        "Un lieu neutre.",
    ]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("- [analyse] Aucune garantie [S1]", "Analyse\N{NO-BREAK SPACE}: Aucune garantie"),
        ("- [Analysis: typically] by hearing both", "Analysis: typically by hearing both"),
        ("- [analysis] No guarantee", "Analysis: No guarantee"),
        ("- Fait [S1]. Donc cela. [analyse]", "Fait. Donc cela. (analyse)"),
        ("- Peut exclure des gens [analyse].", "Peut exclure des gens (analyse)."),
        ("- [analyses] ne dit rien", "[analyses] ne dit rien"),
    ],
)
def test_what_is_concluded_is_told_from_what_is_found(written, shown):
    assert words(conditions=written) == [shown]


@pytest.mark.parametrize("filler", ["[", "[a](", "[analyse ", "[S", " ", "* ", "\u00a0"])
def test_a_text_that_is_made_to_take_long_does_not(filler):
    """The list is open to everybody, and made anew whenever it is asked for."""
    conditions = f"- a{filler * (SECTION_LIMIT // len(filler) - 10)}b"
    began = time.process_time()
    assert len(words(conditions=conditions)) == 1
    assert time.process_time() - began < 2


@given(st.text("-*1. \n[]()#aS_é"), st.text(max_size=300))
def test_any_text_gives_a_list_with_keys_of_its_own(conditions, limits):
    found = items_of(text(conditions=conditions, limits_risks=limits))
    assert len({item.key for item in found}) == len(found) <= LONGEST_LIST
