"""What may leave the house, as one value. Pure; `queries.public_view` is the only maker."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from markupsafe import Markup

from kb.attachments.kinds import address_name, is_image
from kb.core.language import Locale
from kb.practices.content import (
    Credit,
    LocationPrecision,
    PracticeContent,
    PracticeText,
    Source,
    Visibility,
)


@dataclass(frozen=True, slots=True)
class PublicSection:
    """A section of the template: its Markdown and the safe HTML made from it."""

    key: str
    markdown: str
    html: Markup


@dataclass(frozen=True, slots=True)
class PublicText:
    """A practice in one language, places already as coarse as they must be."""

    locale: Locale
    title: str
    summary: str
    local_name: str
    places: tuple[str, ...]
    period: str
    communities: tuple[str, ...]
    practice_type: str
    sections: tuple[PublicSection, ...]

    def shows(self, attachment: "PublicAttachment") -> bool:
        """Whether a section has this image in its place."""
        return any(attachment.address_name in section.html for section in self.sections)


@dataclass(frozen=True, slots=True)
class PublicAttachment:
    """An image or a document of a practice; an image knows its size in pixels."""

    content_hash: str
    media_type: str
    name: str
    size: int
    width: int | None
    height: int | None
    alternative_texts: Mapping[Locale, str]
    credit: str
    licence: str

    @property
    def is_image(self) -> bool:
        return is_image(self.media_type)

    @property
    def address_name(self) -> str:
        """Its name below /media/."""
        return address_name(self.content_hash, self.media_type)

    def words_for(self, locale: Locale) -> tuple[Locale, str]:
        """The alternative text in the reader's language if there is one, else in the other."""
        spoken = locale if locale in self.alternative_texts else locale.other
        return spoken, self.alternative_texts.get(spoken, "")


@dataclass(frozen=True, slots=True)
class PublicPractice:
    """The public view of a published practice."""

    slug: str
    revision_number: int
    version_id: int
    visibility: Visibility
    kind: str
    countries: tuple[str, ...]
    regions: tuple[str, ...]
    actor_types: tuple[str, ...]
    themes: tuple[str, ...]
    origin: str
    maturity: str
    evidence: str
    method: str
    caution: str
    caution_note: Mapping[Locale, str]
    zone: str
    cross_border: bool
    women: str
    youth: str
    licence: str
    sdg_targets: tuple[str, ...]
    original_language: Locale
    translations: Mapping[Locale, str]
    credited_authors: tuple[Credit, ...]
    credited_reviewers: tuple[Credit, ...]
    related: tuple[str, ...]
    sources: tuple[Source, ...]
    texts: Mapping[Locale, PublicText]
    attachments: tuple[PublicAttachment, ...]
    published_at: datetime
    review_due_on: date | None
    imported: bool

    def text_for(self, locale: Locale) -> PublicText:
        """The reader's language if there is a text in it, else the original."""
        return self.texts.get(locale) or self.texts[self.original_language]


# What leaves the house as it was written: a field that is not here, stays.
_COPIED = (
    *("slug", "kind", "countries", "regions", "actor_types", "themes", "origin", "maturity"),
    *("evidence", "method", "caution", "caution_note", "zone", "cross_border", "licence"),
    *("sdg_targets", "original_language", "translations", "credited_authors"),
    *("credited_reviewers", "related", "sources"),
)


@dataclass(frozen=True, slots=True)
class Publication:
    """The facts about a publication that are not in the text."""

    revision_number: int
    version_id: int
    visibility: Visibility
    location_precision: LocationPrecision
    published_at: datetime
    review_due_on: date | None
    imported: bool


def derive(
    content: PracticeContent,
    publication: Publication,
    html: Mapping[Locale, Mapping[str, Markup]],
    attachments: tuple[PublicAttachment, ...] = (),
) -> PublicPractice:
    """The public view: the text with places coarsened to the allowed precision."""
    content = content.coarsened(publication.location_precision)
    copied = {name: getattr(content, name) for name in _COPIED}
    return PublicPractice(
        **copied,
        revision_number=publication.revision_number,
        version_id=publication.version_id,
        visibility=publication.visibility,
        women=leadership(content, "women-leaders", "womens-participation"),
        youth=leadership(content, "youth-leaders", "youth-engagement"),
        texts={
            locale: _public_text(locale, text, html.get(locale, {}))
            for locale, text in content.texts.items()
        },
        attachments=attachments,
        published_at=publication.published_at,
        review_due_on=publication.review_due_on,
        imported=publication.imported,
    )


def leadership(content: PracticeContent, actor_type: str, theme: str) -> str:
    """Leaders if an actor type says so, addressed if a theme does; never guessed from prose."""
    if actor_type in content.actor_types:
        return "leaders"
    return "addressed" if theme in content.themes else "not-described"


def _public_text(
    locale: Locale,
    text: PracticeText,
    html: Mapping[str, Markup],
) -> PublicText:
    return PublicText(
        locale=locale,
        title=text.title,
        summary=text.summary,
        local_name=text.local_name,
        places=text.places,
        period=text.period,
        communities=text.communities,
        practice_type=text.practice_type,
        sections=tuple(
            PublicSection(key, markdown, html.get(key, Markup.escape(markdown)))
            for key, markdown in text.sections.items()
        ),
    )
