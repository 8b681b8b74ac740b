"""Two texts of one part: what the page shows on which somebody chooses which one stays."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from kb.practices.diff import Piece, compare
from kb.practices.draft import MANY_LINES, ROW, Fields, Part
from kb.practices.merging import Merged, Unit, marks, units
from kb.practices.models import Revision
from kb.vocabularies.catalogue import Vocabularies
from kb.web.contribute.fields import ROW_LABELS
from kb.web.contribute.page import PartPage
from kb.web.language import tell

_CHOSEN = ("select", "radios", "checks", "flag")


@dataclass(frozen=True)
class Clash:
    """A field or a row of which there are two texts."""

    name: str
    label: str
    pieces: tuple[Piece, ...]
    stored: str
    # What can be edited: name, label and text of each field; nothing where something is chosen.
    mine: tuple[tuple[str, str, str], ...]
    mine_text: str

    @property
    def has_many_lines(self) -> bool:
        """Whether both texts can stand one after the other."""
        return self.name in MANY_LINES


@dataclass(frozen=True)
class MergePage:
    """The clashes of a part; everything else is put together already and goes along unseen."""

    revision: Revision
    part: Part
    merged: Merged
    stored: Fields
    vocabularies: Vocabularies
    message: str

    @cached_property
    def form(self) -> PartPage:
        """The page of the form that this stands in for."""
        return PartPage(
            self.revision,
            self.part,
            self.merged.fields,
            self.vocabularies,
            self.revision.lock_number,
        )

    @property
    def base(self) -> str:
        """Whoever has seen both texts may write over the stored one."""
        return marks(self.part, self.stored)

    @cached_property
    def clashes(self) -> list[Clash]:
        """In the order of the form."""
        mine, theirs = (units(self.part, fields) for fields in (self.merged.fields, self.stored))
        return [
            self._clash(name, mine.get(name, ()), theirs.get(name, ()))
            for name in self.merged.conflicts
        ]

    @property
    def hidden(self) -> Iterator[tuple[str, str]]:
        """The fields that nobody has to look at."""
        shown = {name for clash in self.clashes for name, _, _ in clash.mine}
        for name, value in self.merged.fields.values.items():
            if name not in shown:
                yield name, value
        for name, values in self.merged.fields.lists.items():
            yield from ((name, value) for value in values)

    def _clash(self, name: str, mine: Unit, theirs: Unit) -> Clash:
        kinds = {field.name: field for group in self.form.groups for field in group.fields}
        is_row = self.part in ROW and any(ROW[self.part].fullmatch(field) for field, _ in mine)
        label = self.form.label(f"{name}_title" if is_row and self.part is Part.SOURCES else name)
        if is_row and self.part is Part.ABOUT:
            label = self.form.label(f"{name}_name")
        if name == "translation" or (name in kinds and kinds[name].kind in _CHOSEN):
            texts = [self._labels(name, unit) for unit in (theirs, mine)]
            return Clash(name, label, _whole(*texts), texts[0], (), texts[1])
        texts = ["\n".join(filter(None, (v[0] for _, v in unit))) for unit in (theirs, mine)]
        rows = tuple(
            (field, tell(ROW_LABELS[field.rsplit("_", 1)[1]]) if is_row else label, values[0])
            for field, values in mine
        )
        return Clash(name, label, compare(*texts), texts[0], rows, texts[1])

    def _labels(self, name: str, unit: Unit) -> str:
        codes = [code for _, values in unit for code in values if code]
        if name == "translation":
            known = dict(self.form.statuses)
        else:
            fields = (field for group in self.form.groups for field in group.fields)
            field = next(each for each in fields if each.name == name)
            known = dict(self.form.choices(field))
        return "\n".join(known.get(code, code) for code in codes)


def _whole(before: str, after: str) -> tuple[Piece, ...]:
    return compare(before, after, is_list=True)
