"""Vocabularies and thesaurus as YAML files."""

from collections.abc import Mapping

from kb.core.errors import Invalid
from kb.core.messages import Message, msg
from kb.core.yaml_files import read_yaml, write_yaml
from kb.vocabularies.catalogue import GlossaryEntry, Vocabulary


def load_vocabulary(text: str, name: str) -> Vocabulary:
    """The vocabulary in a file; raises Invalid naming the file and the key."""
    try:
        vocabulary = Vocabulary.parse(read_yaml(text, name))
    except Invalid as error:
        raise _in_file(error, name) from None
    if f"{vocabulary.name}.yaml" != name.rpartition("/")[2]:
        raise Invalid(
            msg("The vocabulary is not valid."),
            {f"{name}: name": msg("differs from the file's name")},
        )
    return vocabulary


def load_glossary(text: str, name: str) -> tuple[GlossaryEntry, ...]:
    """The entries of the thesaurus; raises Invalid naming the file and the entry."""
    data = read_yaml(text, name)
    terms = data.get("terms") if isinstance(data, dict) else None
    if not isinstance(terms, list):
        raise Invalid(msg("The glossary is not valid."), {name: msg("has no list of terms")})
    entries: dict[str, GlossaryEntry] = {}
    for number, item in enumerate(terms, 1):
        try:
            entry = GlossaryEntry.parse(item)
        except Invalid as error:
            raise _in_file(error, f"{name}: terms.{number}") from None
        if entry.id in entries:
            raise Invalid(
                msg("The glossary is not valid."), {f"{name}: {entry.id}": msg("is there twice")}
            )
        entries[entry.id] = entry
    return tuple(entries.values())


def dump_vocabulary(vocabulary: Vocabulary) -> str:
    """The file from which `load_vocabulary` makes the same vocabulary."""
    return write_yaml(vocabulary.model_dump(mode="json", exclude_defaults=True))


def dump_glossary(entries: tuple[GlossaryEntry, ...]) -> str:
    """The file from which `load_glossary` makes the same entries."""
    terms = [entry.model_dump(mode="json", exclude_defaults=True) for entry in entries]
    return write_yaml({"terms": terms})


def _in_file(error: Invalid, name: str) -> Invalid:
    problems: Mapping[str, Message] = error.problems
    return Invalid(
        error.message,
        {
            field if field.startswith(name) else f"{name}: {field}": why
            for field, why in problems.items()
        },
    )
