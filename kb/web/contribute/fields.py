"""The fields of each part of the form, and what they are called where something is wrong."""

from kb.core.language import Locale
from kb.core.messages import Message, msg
from kb.practices.draft import Part
from kb.practices.template import BY_KEY, TEMPLATE
from kb.web.contribute.about import ABOUT
from kb.web.contribute.form import FormField, Group
from kb.web.contribute.text import SECTION_HELP, TEXT_HEAD

SECTION_ROWS = 8
ROW_LABELS: dict[str, Message] = {
    "title": msg("Title"),
    "publisher": msg("Publisher"),
    "year": msg("Year"),
    "url": msg("Web address"),
    "note": msg("Note"),
    "name": msg("Name"),
    "affiliation": msg("Organisation"),
    "orcid": msg("ORCID, if there is one"),
}
LABELS: dict[str, Message] = {
    field.name: field.label for group in (*ABOUT, TEXT_HEAD) for field in group.fields
} | {"translation": msg("State of this translation")}


def groups_of(part: Part, locale: Locale) -> tuple[Group, ...]:
    """The fields of a part, under their headings; the rows of repeated groups come besides."""
    if part is Part.ABOUT:
        return ABOUT
    if part.locale is None:
        return ()
    sections = tuple(
        FormField(
            section.key,
            msg(section.heading[locale]),
            SECTION_HELP[section.key],
            "markdown",
            required=section.required,
            rows=SECTION_ROWS,
        )
        for section in TEMPLATE
    )
    return (TEXT_HEAD, Group(msg("The practice"), sections))


def label_of(name: str, locale: Locale) -> Message:
    """What a field is called, in a list of what is missing."""
    if name in BY_KEY:
        return msg(BY_KEY[name].heading[locale])
    prefix, _, rest = name.partition("_")
    number, _, inner = rest.partition("_")
    if prefix == "source" and number.isdigit():
        return msg("Source S%(number)s", number=number)
    if prefix == "author" and inner in ROW_LABELS:
        return msg("Credited author %(number)s", number=number)
    return LABELS.get(name, msg("Practice"))
