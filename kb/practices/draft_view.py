"""An unfinished working copy as readers would see it, through the same derivation. Pure."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from markupsafe import Markup

from kb.core.language import Locale
from kb.core.web_address import is_web_address
from kb.practices.content import (
    Credit,
    LocationPrecision,
    PracticeContent,
    PracticeText,
    Source,
    Visibility,
)
from kb.practices.draft import (
    DEFAULTS,
    LISTS,
    TEXT_LINES,
    TEXT_LISTS,
    Part,
    filled,
    shown,
)
from kb.practices.public import Publication, PublicAttachment, PublicPractice, derive
from kb.practices.template import SECTION_KEYS

Choice = TypeVar("Choice", bound=StrEnum)


def preview(
    working_copy: Mapping[str, Any],
    html: Mapping[Locale, Mapping[str, Markup]],
    number: int,
    now: datetime,
    attachments: tuple[PublicAttachment, ...] = (),
) -> PublicPractice:
    """What would leave the house if this were published now; what is missing is empty."""
    content = unchecked(working_copy)
    publication = Publication(
        revision_number=number,
        version_id=0,
        visibility=content.visibility,
        location_precision=content.location_precision,
        published_at=now,
        review_due_on=None,
        imported=False,
    )
    return derive(content, publication, html, attachments)


def unchecked(working_copy: Mapping[str, Any]) -> PracticeContent:
    """The content without its rules: only for looking at."""
    copy = dict(working_copy)
    for part in Part:  # through the form and back: then every value is of the right kind
        copy = filled(part, copy, shown(part, copy))
    original = _one_of(Locale, copy["original_language"])
    texts = {
        locale: _text(locale, copy)
        for locale in Locale
        if locale.value in copy["texts"] or locale is original
    }
    statuses, authors = copy["translations"], copy["credited_authors"]
    return PracticeContent.model_construct(
        None,
        **{name: copy.get(name, "") for name in ("slug", "evidence", "method", *DEFAULTS)}
        | {name: tuple(copy[name]) for name in LISTS}
        | {
            "original_language": original,
            "visibility": _one_of(Visibility, copy["visibility"]),
            "location_precision": _one_of(LocationPrecision, copy["location_precision"]),
            "caution_note": {Locale(code): note for code, note in copy["caution_note"].items()},
            "cross_border": copy["cross_border"],
            "translations": {locale: statuses.get(locale.value, "original") for locale in texts},
            "credited_authors": tuple(Credit.model_construct(**credit) for credit in authors),
            "credited_reviewers": (),
            "related": (),
            "sources": tuple(_source(source) for source in copy["sources"]),
            "texts": texts,
        },
    )


def _source(row: Mapping[str, str]) -> Source:
    """Even an unfinished address leads to the web or nowhere."""
    url = row["url"] if is_web_address(row["url"]) else ""
    return Source.model_construct(None, **{**row, "url": url})


def _text(locale: Locale, copy: Mapping[str, Any]) -> PracticeText:
    fields = shown(Part(locale.value), copy)
    return PracticeText.model_construct(
        None,
        **{name: fields.get(name) for name in (*TEXT_LINES, "summary")}
        | {name: tuple(filter(None, fields.get(name).split("\n"))) for name in TEXT_LISTS}
        | {"sections": {key: fields.get(key) for key in SECTION_KEYS if fields.get(key)}},
    )


def _one_of(choices: type[Choice], value: str) -> Choice:
    """The chosen one, or the first where it is none of them."""
    return choices(value) if value in set(choices) else next(iter(choices))
