"""What changed between two texts of a practice, field by field and word by word. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
import re
from typing import TypeVar

from kb.core.language import Locale
from kb.practices.content import Credit, PracticeContent, PracticeText, Source
from kb.practices.template import SECTION_KEYS

# Words, and the space between them; a word with its signs is one, so that "[S1]." is read whole.
_TOKEN = re.compile(r"\s+|\S+")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
# Longer passages that have hardly a word in common are shown as one text instead of the other.
MOST_WORDS = 1500
LEAST_ALIKE = 0.25

Item = TypeVar("Item")
# (field, code of a term) -> how its readers know it
Label = Callable[[str, str], str]


class Kind(StrEnum):
    """What became of a piece of text."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Piece:
    """Some words that stayed, went or came."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that differs; `locale` is None for what holds in every language.

    The pieces without those that were added are the text before, without those removed the text
    afterwards.
    """

    field: str
    locale: Locale | None
    pieces: tuple[Piece, ...]


LISTS = ("countries", "regions", "actor_types", "themes", "sdg_targets", "related")
CODES = ("kind", "origin", "maturity", "evidence", "method", "caution", "zone", "licence")
RULES = ("visibility", "location_precision", "original_language")
TEXT_LINES = ("title", "summary", "local_name", "period", "practice_type")
TEXT_LISTS = ("places", "communities")
_WHOLE = frozenset((*LISTS, *CODES, *RULES, *TEXT_LISTS))


def changes(
    before: PracticeContent, after: PracticeContent, label: Label = lambda _field, code: code
) -> tuple[FieldChange, ...]:
    """The fields that differ: what holds in every language, then the texts, the original first."""
    found = list(_differing(None, _facts(before, label), _facts(after, label)))
    for locale in (after.original_language, after.original_language.other):
        texts = (before.texts.get(locale), after.texts.get(locale))
        found += _differing(locale, *map(_words, texts))
    return tuple(found)


def compare(before: str, after: str, *, is_list: bool = False) -> tuple[Piece, ...]:
    """Two texts as pieces: by lines first, by words where lines differ.

    Of a list, which has an item in each line, items come and go as a whole.
    """
    pieces: list[Piece] = []
    old, new = _LINE.findall(before), _LINE.findall(after)
    for removed, added, is_same in _steps(old, new):
        was, became = "".join(removed), "".join(added)
        if is_same:
            pieces.append(Piece(Kind.SAME, was))
        elif is_list:
            pieces += (Piece(Kind.REMOVED, was), Piece(Kind.ADDED, became))
        else:
            pieces += _by_words(was, became)
    return tuple(_joined(pieces))


def _differing(
    locale: Locale | None, before: Mapping[str, str], after: Mapping[str, str]
) -> Iterator[FieldChange]:
    for name in dict.fromkeys((*after, *before)):
        was, became = before.get(name, ""), after.get(name, "")
        if was != became:
            pieces = compare(was, became, is_list=name in _WHOLE)
            yield FieldChange(name, locale, pieces)


def _by_words(before: str, after: str) -> list[Piece]:
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    if len(old) > MOST_WORDS or len(new) > MOST_WORDS or not _are_alike(old, new):
        return [Piece(Kind.REMOVED, before), Piece(Kind.ADDED, after)]
    pieces: list[Piece] = []
    for removed, added, is_same in _steps(old, new):
        if is_same:
            pieces.append(Piece(Kind.SAME, "".join(removed)))
        else:
            pieces.append(Piece(Kind.REMOVED, "".join(removed)))
            pieces.append(Piece(Kind.ADDED, "".join(added)))
    return pieces


def _are_alike(before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether following the words is easier than reading both texts."""
    words = [[token for token in tokens if not token.isspace()] for tokens in (before, after)]
    shorter = min(map(len, words))
    common = sum(min(words[0].count(word), words[1].count(word)) for word in set(words[0]))
    return shorter == 0 or common >= LEAST_ALIKE * shorter


def _steps(
    before: Sequence[Item], after: Sequence[Item]
) -> Iterator[tuple[Sequence[Item], Sequence[Item], bool]]:
    """What went and what came in its place, and whether it is the same."""
    # Of long lists what is there all the time is no clue, and would take for ever.
    is_long = max(len(before), len(after)) > MOST_WORDS
    matcher = SequenceMatcher(None, before, after, autojunk=is_long)
    for tag, start, end, from_, to in matcher.get_opcodes():
        yield before[start:end], after[from_:to], tag == "equal"


def _joined(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Neighbours of one kind as one, a removal before the addition that replaces it."""
    waiting = {Kind.REMOVED: "", Kind.ADDED: ""}
    same = ""
    for piece in (*pieces, Piece(Kind.SAME, "")):
        if piece.kind is Kind.SAME:
            if any(waiting.values()) and piece.text:
                yield from _told(same, waiting)
                same, waiting = piece.text, {Kind.REMOVED: "", Kind.ADDED: ""}
            elif not any(waiting.values()):
                same += piece.text
        else:
            waiting[piece.kind] += piece.text
    yield from _told(same, waiting)


def _told(same: str, changed: dict[Kind, str]) -> Iterator[Piece]:
    if same:
        yield Piece(Kind.SAME, same)
    for kind, text in changed.items():
        if text:
            yield Piece(kind, text)


def _facts(content: PracticeContent, label: Label) -> dict[str, str]:
    """What holds in every language, as text."""
    facts = {name: _lines(label(name, code) for code in getattr(content, name)) for name in LISTS}
    facts |= {name: label(name, str(getattr(content, name))) for name in (*CODES, *RULES)}
    facts["cross_border"] = label("cross_border", str(content.cross_border).lower())
    for locale, note in content.caution_note.items():
        facts[f"caution_note.{locale}"] = note
    for locale, status in content.translations.items():
        facts[f"translations.{locale}"] = label("translations", status)
    facts["credited_authors"] = _lines(map(_credit, content.credited_authors))
    facts["credited_reviewers"] = _lines(map(_credit, content.credited_reviewers))
    for source in content.sources:
        facts[f"sources.{source.id}"] = _source(source)
    return facts


def _words(text: PracticeText | None) -> dict[str, str]:
    """The fields of a text; nothing where there is none in this language."""
    if text is None:
        return {}
    return {
        **{name: getattr(text, name) for name in TEXT_LINES},
        **{name: _lines(getattr(text, name)) for name in TEXT_LISTS},
        **{name: text.sections[name] for name in SECTION_KEYS if name in text.sections},
    }


def _lines(values: Iterable[str]) -> str:
    return "\n".join(filter(None, values))


def _credit(credit: Credit) -> str:
    return ", ".join(filter(None, (credit.name, credit.affiliation, credit.orcid)))


def _source(source: Source) -> str:
    return _lines((source.title, source.publisher, source.year, source.url, source.note))
