"""The French catalogue: complete, compiled, and nothing in it that nobody says."""

from pathlib import Path
import re

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
import pytest

from kb.core.language import CATALOGUES, Locale, translate, translations
from kb.core.messages import msg

KB = Path(__file__).parents[2] / "kb"
FOLDER = CATALOGUES / "fr" / "LC_MESSAGES"
PLACE = re.compile(r"%\((\w+)\)s")


@pytest.fixture(scope="module")
def french() -> Catalog:
    with (FOLDER / "messages.po").open("rb") as file:
        return read_po(file, locale="fr", abort_invalid=True)


def readable(catalogue: Catalog) -> dict[tuple[str, ...], list[str]]:
    return {tuple(strings(m.id)): strings(m.string) for m in catalogue if m.id}


def strings(value: str | tuple[str, ...] | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def test_every_sentence_of_the_code_is_in_the_catalogue_and_no_other(french: Catalog):
    with (KB / "locale" / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    keywords = {**DEFAULT_KEYWORDS, "msg": None}
    said = {
        message[0] if isinstance(message, tuple) else message
        for _, _, message, _, _ in extract_from_dir(KB, methods, options, keywords=keywords)
    }
    translated = {strings(message.id)[0] for message in french if message.id}
    assert said - translated == set(), "run the two commands of kb/locale/README.md"
    assert translated - said == set(), "nobody says this any more"
    assert french.obsolete == {}


def test_nothing_is_empty_or_fuzzy(french: Catalog):
    for message in french:
        assert not message.fuzzy, message.id
        assert all(text.strip() for text in strings(message.string)), message.id
        assert len(strings(message.id)) == len(strings(message.string)), message.id


def test_compiled_and_source_are_the_same(french: Catalog):
    with (FOLDER / "messages.mo").open("rb") as file:
        compiled = read_mo(file)
    assert readable(compiled) == readable(french)


def test_parameters_survive_translation(french: Catalog):
    for message in french:
        if message.id:
            wanted = {name for text in strings(message.id) for name in PLACE.findall(text)}
            for text in strings(message.string):
                assert set(PLACE.findall(text)) == wanted, message.id


def test_french_is_set_as_french_is(french: Catalog):
    for message in french:
        for text in strings(message.string) if message.id else []:
            # No ordinary space where a line must not break, and typographic apostrophes.
            assert not re.search(r" [;:?!»]|« ", text), text
            assert not re.search(r"[^\W\d]'[^\W\d]", text), text
            assert not re.search(r"\w[;?!](\s|$)|\w:\s", text), text


def test_the_layers_below_speak_both_languages():
    message = msg("is longer than %(max_length)s characters", max_length=5)
    assert translate(Locale.FR, message) == "dépasse 5 caractères"
    assert translate(Locale.EN, message) == "is longer than 5 characters"


def test_plurals_follow_the_language():
    one, many = "%(n)s practice", "%(n)s practices"
    for number, french, english in (
        (0, "pratique", "practices"),
        (1, "pratique", "practice"),
        (2, "pratiques", "practices"),
    ):
        assert translations(Locale.FR).ngettext(one, many, number).split()[1] == french
        assert translations(Locale.EN).ngettext(one, many, number).split()[1] == english
