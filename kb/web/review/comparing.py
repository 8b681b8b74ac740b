"""What changed between two submitted texts of a practice, for those who may read both."""

from collections.abc import Callable

from flask import request, url_for

from kb.core.language import Locale
from kb.core.messages import Message, msg
from kb.practices.diff import FieldChange, Label, changes
from kb.practices.facets import FACETS
from kb.reviews.comparison import Pair
from kb.vocabularies.catalogue import Vocabularies
from kb.web.access import Access, lets_in
from kb.web.contribute.fields import label_of
from kb.web.language import tell
from kb.web.sessions import current_actor

# Field of the content -> vocabulary of its codes.
VOCABULARIES = {
    "countries": FACETS["country"],
    "regions": FACETS["region"],
    "actor_types": FACETS["actor"],
    "themes": FACETS["theme"],
    "kind": FACETS["kind"],
    "origin": FACETS["origin"],
    "maturity": FACETS["maturity"],
    "evidence": FACETS["evidence"],
    "caution": "cautions",
    "licence": "licences",
}
_LABELS: dict[str, Message] = {
    "credited_authors": msg("Authors"),
    "credited_reviewers": msg("Reviewers"),
    "related": msg("Related practices"),
    "translations": msg("State of this translation"),
    "original_language": msg("Language of the original"),
    "caution_note": msg("Caution"),
    "location_precision": msg("How exactly places are told"),
    "visibility": msg("Who may read it"),
    "zone": msg("Zone"),
    "cross_border": msg("Across borders"),
    "sdg_targets": msg("Targets of goal 16"),
}


class DiffPage:
    """The changes with their headings, and which way they are shown."""

    def __init__(self, chosen: Pair, vocabularies: Vocabularies, locale: Locale) -> None:
        self.pair = chosen
        self.is_side_by_side = request.args.get("as") == "side"
        self._locale = locale
        label: Label = _labelling(vocabularies, locale)
        self.changes = changes(chosen.before.content, chosen.after.content, label)

    @property
    def back(self) -> str:
        """Where the revision is looked at, by its desk or by its authors."""
        is_desk = lets_in(Access.REVIEWING, current_actor().roles)
        endpoint = "review.revision" if is_desk else "contribute.revision"
        return url_for(endpoint, revision_id=self.pair.after.revision_id)

    def heading(self, change: FieldChange) -> str:
        """What the field is called."""
        name, _, part = change.field.partition(".")
        if name == "sources":
            return tell(msg("Source S%(number)s", number=part.removeprefix("S")))
        if name in _LABELS:
            return tell(_LABELS[name])
        return tell(label_of(name, self._locale))

    def language(self, change: FieldChange) -> str:
        """The language of a text, or of a note in it; nothing for what holds in all."""
        part = change.field.partition(".")[2]
        return str(change.locale or (part if part in set(Locale) else ""))


def _labelling(vocabularies: Vocabularies, locale: Locale) -> Callable[[str, str], str]:
    def label(field: str, code: str) -> str:
        return vocabularies.label(VOCABULARIES.get(field, field), code, locale)

    return label


def number_of(name: str) -> int | None:
    """A version from the address; what is no number is none, as if it were not there."""
    wished = request.args.get(name, "")
    return int(wished) if wished.isascii() and wished.isdigit() and len(wished) < 10 else None  # noqa: PLR2004
