"""From glossary entries and vocabularies to the groups of words that the search is given."""

from kb.search.thesaurus import thesaurus_of
from kb.vocabularies.catalogue import (
    Bilingual,
    GlossaryEntry,
    Synonyms,
    Term,
    Vocabularies,
    Vocabulary,
)


def entry(fr, en, *synonyms, local=()):
    return GlossaryEntry(
        id="entry", kind="concept", fr=fr, en=en, local=tuple(local), synonyms=synonyms
    )


def vocabulary(name, *terms):
    return Vocabulary(name=name, label=Bilingual(fr=name, en=name), terms=terms)


def term(code, fr, en, *synonyms, **fields):
    return Term(
        code=code,
        label=Bilingual(fr=fr, en=en),
        synonyms=Synonyms(fr=synonyms, en=synonyms),
        **fields,
    )


NOTHING = Vocabularies({})


def test_a_concept_is_a_group_of_all_its_words_each_once():
    peul = entry("Peul", "Fulani", "Peulh", "Fulani", local=["Fulbe", "Peul"])
    assert thesaurus_of([peul], NOTHING).groups == (("Peul", "Fulani", "Fulbe", "Peulh"),)


def test_remarks_are_no_words_but_acronyms_are():
    commission = entry(
        "commission foncière de base (COFOB)", "basic land commission", "Gulmancema (language)"
    )
    priest = entry("chef de terre", "earth priest/land custodian")
    odd = entry("(rien)", "naaba (Mossi king or chief)", "ACDI (G5-X) suite", "/")
    assert thesaurus_of([commission, priest, odd], NOTHING).groups == (
        ("commission foncière de base", "COFOB", "basic land commission", "Gulmancema"),
        ("chef de terre", "earth priest", "land custodian"),
        ("naaba", "ACDI suite", "G5-X"),
    )


def test_one_word_alone_stands_for_nothing():
    assert thesaurus_of([entry("Bozo", "Bozo")], NOTHING).groups == ()


def test_places_are_groups_unless_they_were_renamed_and_other_terms_are_none():
    vocabularies = Vocabularies.of(
        [
            vocabulary(
                "regions",
                term("ML-6", "Tombouctou", "Timbuktu", "Tombouktou"),
                term("ML-7", "Gao", "Gao"),
                term("BF-12", "Liptako", "Liptako", "Sahel", former_names=("Sahel",)),
            ),
            vocabulary("themes", term("water", "eau", "water", "puits")),
        ]
    )
    groups = thesaurus_of([], vocabularies).groups
    assert groups == (("Tombouctou", "Tombouktou", "Timbuktu"),)
