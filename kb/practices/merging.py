"""Two people saved the same part: what can be put together by itself, and what cannot. Pure.

The unit is a field, or a whole row of a repeated group (a source, a credited author): half of
one source and half of another would be neither. A form carries the marks of what it was opened
with; with them a unit that only one side changed is taken from that side.
"""

from collections.abc import Iterable, Mapping
import hashlib
from typing import NamedTuple

from kb.practices.draft import MANY_LINES, ROW, Fields, Part

MARK_LENGTH = 10
MINE, THEIRS, BOTH = "mine", "theirs", "both"
# Begins the marks: a form that was opened empty has marks, too, an old one has none.
KNOWN = "base"
Unit = tuple[tuple[str, tuple[str, ...]], ...]


class Merged(NamedTuple):
    """The fields put together, and the units of which there are two texts; mine stands in them."""

    fields: Fields
    conflicts: tuple[str, ...]


def marks(part: Part, fields: Fields) -> str:
    """What the form was opened with, as short as it can be told."""
    found = ((name, _mark(unit)) for name, unit in units(part, fields).items())
    return " ".join([KNOWN, *(f"{name}={mark}" for name, mark in found if mark)])


def merged(part: Part, base: str, mine: Fields, theirs: Fields) -> Merged:
    """Both texts as one; a unit that both changed, each in another way, is a conflict."""
    known = dict(mark.split("=", 1) for mark in base.split() if "=" in mark)
    is_known = base.startswith(KNOWN)
    ours, stored = units(part, mine), units(part, theirs)
    taken: dict[str, Unit] = {}
    conflicts: list[str] = []
    for name in dict.fromkeys((*ours, *stored)):
        one, other = ours.get(name, ()), stored.get(name, ())
        taken[name] = one
        if _words(one) == _words(other) or (is_known and _mark(other) == known.get(name, "")):
            continue
        if is_known and _mark(one) == known.get(name, ""):
            taken[name] = other
        else:
            conflicts.append(name)
    return Merged(_fields(taken.values(), mine, theirs), tuple(conflicts))


def chosen(part: Part, fields: Fields, theirs: Fields, choices: Mapping[str, str]) -> Fields:
    """The fields after somebody has read both texts and said which one stays."""
    ours, stored = units(part, fields), units(part, theirs)
    for name, choice in choices.items():
        if choice == THEIRS:
            ours[name] = stored.get(name, ())
        elif choice == BOTH and name in MANY_LINES:
            texts = [_text(stored, name), _text(ours, name)]
            ours[name] = ((name, ("\n\n".join(filter(None, texts)),)),)
    return _fields(ours.values(), fields, theirs)


def units(part: Part, fields: Fields) -> dict[str, Unit]:
    """The values by what has to stay together."""
    found: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for name, value in fields.values.items():
        found.setdefault(unit_of(part, name), []).append((name, (value,)))
    for name, values in fields.lists.items():
        found.setdefault(name, []).append((name, tuple(values)))
    return {name: tuple(unit) for name, unit in found.items()}


def unit_of(part: Part, name: str) -> str:
    """The row that a field belongs to, or the field itself."""
    is_row = part in ROW and ROW[part].fullmatch(name)
    return name.rsplit("_", 1)[0] if is_row else name


def _text(found: Mapping[str, Unit], name: str) -> str:
    return "\n".join("\n".join(values) for _, values in found.get(name, ()))


def _words(unit: Unit) -> list[tuple[str, tuple[str, ...]]]:
    """What is in it; an empty field is as good as none."""
    return sorted((name, values) for name, values in unit if any(values))


def _mark(unit: Unit) -> str:
    words = _words(unit)
    return hashlib.sha256(repr(words).encode()).hexdigest()[:MARK_LENGTH] if words else ""


def _fields(taken: Iterable[Unit], mine: Fields, theirs: Fields) -> Fields:
    lists = {*mine.lists, *theirs.lists}
    pairs = [pair for unit in taken for pair in unit]
    return Fields(
        {name: values[0] for name, values in pairs if name not in lists},
        {name: values for name, values in pairs if name in lists},
    )
