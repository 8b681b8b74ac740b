"""The wire format, version 1: the shape of every answer, and the source of the OpenAPI text."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from kb.core.language import Locale


class Wire(BaseModel):
    """A value on the wire; a field that is not declared here can not get out."""

    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)


class Label(Wire):
    """The same words in French and in English."""

    fr: str
    en: str


class TermRef(Wire):
    """A controlled term with its label; its definition is in the vocabulary."""

    code: str
    label: Label


class PracticeSummary(Wire):
    """A practice in a list; `lang` is the language of its title, `url` its page for readers."""

    slug: str
    url: str
    lang: Locale
    title: str
    summary: str
    countries: tuple[str, ...]
    regions: tuple[str, ...]
    actor_types: tuple[str, ...]
    themes: tuple[str, ...]
    kind: str
    maturity: str
    evidence: str
    published_at: datetime


class SectionText(Wire):
    """A section of the template: the Markdown as written and the safe HTML made from it."""

    key: str
    heading: str
    markdown: str
    html: str


class TextDocument(Wire):
    """A practice in one language; places are as coarse as its safety asks."""

    title: str
    summary: str
    local_name: str
    places: tuple[str, ...]
    period: str
    communities: tuple[str, ...]
    practice_type: str
    translation: str
    sections: tuple[SectionText, ...]


class CautionDocument(TermRef):
    """How careful to be: the standard sentence of the value, and the practice's own note."""

    sentence: Label | None
    note: dict[Locale, str]


class LicenceDocument(TermRef):
    """The licence of the texts; `url` is where it can be read."""

    url: str | None


class SourceDocument(Wire):
    """A published source, cited in the texts as `[id]`."""

    id: str
    title: str
    publisher: str
    year: str
    url: str
    note: str


class AttachmentDocument(Wire):
    """An image or a document; an image knows its size in pixels. `size` is in bytes."""

    url: str
    media_type: str
    name: str
    size: int
    width: int | None
    height: int | None
    alternative_text: dict[Locale, str]
    credit: str
    licence: LicenceDocument


class CreditDocument(Wire):
    """A person or body credited in public."""

    name: str
    affiliation: str
    orcid: str


class Credits(Wire):
    """Who wrote and who reviewed, as they wish to be named."""

    authors: tuple[CreditDocument, ...]
    reviewers: tuple[CreditDocument, ...]


class PracticeLinks(Wire):
    """Where else this practice is; per language: the page, its Markdown, this document."""

    self: str
    related: str
    page: dict[Locale, str]
    markdown: dict[Locale, str]
    json_: dict[Locale, str] = Field(alias="json")


class PracticeDocument(Wire):
    """Everything public about one practice. `imported`: it was not reviewed in Palabre."""

    slug: str
    revision: int
    imported: bool
    published_at: datetime
    review_due_on: date | None
    original_language: Locale
    kind: TermRef
    countries: tuple[TermRef, ...]
    regions: tuple[TermRef, ...]
    actor_types: tuple[TermRef, ...]
    themes: tuple[TermRef, ...]
    origin: TermRef
    maturity: TermRef
    evidence: TermRef
    method: TermRef
    zone: TermRef
    cross_border: bool
    women: TermRef
    youth: TermRef
    sdg_targets: tuple[TermRef, ...]
    caution: CautionDocument
    texts: dict[Locale, TextDocument]
    sources: tuple[SourceDocument, ...]
    attachments: tuple[AttachmentDocument, ...]
    related: tuple[str, ...]
    credits: Credits
    licence: LicenceDocument
    links: PracticeLinks


class VocabularySummary(Wire):
    """A vocabulary in the list of all."""

    name: str
    label: Label
    terms: int
    url: str


class VocabularyList(Wire):
    """All vocabularies, in their order."""

    vocabularies: tuple[VocabularySummary, ...]


class SynonymsDocument(Wire):
    """Other words for a term, per language."""

    fr: tuple[str, ...]
    en: tuple[str, ...]


class TermDocument(TermRef):
    """A controlled term in full; `sentence` is what readers are told where it applies."""

    definition: Label | None
    synonyms: SynonymsDocument
    parent: str | None
    sentence: Label | None
    note: Label | None
    former_names: tuple[str, ...]
    new_names: tuple[str, ...]
    zone_class: str | None
    source_urls: tuple[str, ...]


class VocabularyDocument(Wire):
    """A vocabulary with its terms, in their order."""

    name: str
    label: Label
    terms: tuple[TermDocument, ...]


class GlossaryEntryDocument(Wire):
    """A concept of the thesaurus; `sourced`: a published source uses the term."""

    id: str
    kind: str
    fr: str
    en: str
    local: tuple[str, ...]
    synonyms: tuple[str, ...]
    note: Label | None
    sourced: bool
    source_urls: tuple[str, ...]


class GlossaryDocument(Wire):
    """The bilingual thesaurus."""

    entries: tuple[GlossaryEntryDocument, ...]


class SkosDocument(Wire):
    """A vocabulary as a SKOS concept scheme in JSON-LD."""

    context: dict[str, Any] = Field(alias="@context")
    graph: tuple[dict[str, Any], ...] = Field(alias="@graph")


class FieldProblem(Wire):
    """What is wrong with one field or parameter."""

    field: str
    detail: str


class Problem(Wire):
    """Why there is no other answer (RFC 9457); title and detail are in the reader's language."""

    type: Literal["about:blank"]
    title: str
    status: int
    detail: str
    errors: tuple[FieldProblem, ...] = ()
