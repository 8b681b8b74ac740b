"""From the public view to the wire: the only place where one becomes the other."""

from collections.abc import Collection, Iterable, Mapping

from kb.api.addresses import Addresses
from kb.api.schemas import (
    AttachmentDocument,
    CautionDocument,
    CreditDocument,
    Credits,
    Label,
    LicenceDocument,
    PracticeDocument,
    PracticeLinks,
    PracticeSummary,
    SectionText,
    SourceDocument,
    TermRef,
    TextDocument,
)
from kb.api.search_schemas import (
    FacetCount,
    Hit,
    QueryEcho,
    SearchAnswer,
    SuggestAnswer,
    SuggestedPractice,
    SuggestedWords,
)
from kb.core.language import Locale
from kb.practices.facets import FACETS
from kb.practices.public import PublicAttachment, PublicPractice, PublicText
from kb.practices.service import TERM_FIELDS
from kb.practices.template import BY_KEY
from kb.search.service import Found, Query, Results
from kb.search.suggesting import Suggestions
from kb.vocabularies.catalogue import Bilingual, Vocabularies

SCORE_DIGITS = 4


def summary(practice: PublicPractice, locale: Locale, addresses: Addresses) -> PracticeSummary:
    """A practice as an item of a list, in the language asked for if there is a text in it."""
    text = practice.text_for(locale)
    return PracticeSummary(
        slug=practice.slug,
        url=addresses.page(locale, practice.slug),
        lang=text.locale,
        title=text.title,
        summary=text.summary,
        countries=practice.countries,
        regions=practice.regions,
        actor_types=practice.actor_types,
        themes=practice.themes,
        kind=practice.kind,
        maturity=practice.maturity,
        evidence=practice.evidence,
        published_at=practice.published_at,
    )


def search_answer(
    results: Results,
    promoted: Iterable[PublicPractice],
    ignored: Iterable[str],
    took_ms: float,
    addresses: Addresses,
) -> SearchAnswer:
    """One page of a search on the wire."""
    query = results.query
    return SearchAnswer(
        total=results.total,
        page=query.paging.page,
        per_page=query.paging.per_page,
        took_ms=took_ms,
        query=_echo(query, ignored),
        suggestion=results.suggestion,
        expansions=results.expansions,
        corrected=results.corrected,
        promoted=tuple(summary(practice, query.locale, addresses) for practice in promoted),
        results=tuple(_hit(found, query.locale, addresses) for found in results.found),
        facets={
            facet: tuple(FacetCount(value=v.code, label=v.label, count=v.count) for v in values)
            for facet, values in results.facets.items()
        },
    )


def suggest_answer(
    found: Suggestions,
    limit: int,
    ignored: Iterable[str],
    locale: Locale,
    addresses: Addresses,
) -> SuggestAnswer:
    """Suggestions on the wire, of words no more than `limit`."""
    texts = {practice.slug: practice.text_for(locale) for practice in found.practices}
    return SuggestAnswer(
        query=found.text,
        ignored=tuple(ignored),
        suggestions=tuple(
            SuggestedWords(text=words, url=addresses.search(locale, words))
            for words in found.words[:limit]
        ),
        practices=tuple(
            SuggestedPractice(
                slug=slug, lang=text.locale, title=text.title, url=addresses.page(locale, slug)
            )
            for slug, text in texts.items()
        ),
    )


def practice_document(
    practice: PublicPractice,
    vocabularies: Vocabularies,
    addresses: Addresses,
    public: Collection[str],
) -> PracticeDocument:
    """A whole practice on the wire; of its related ones only those that are `public` too."""
    terms = _Terms(vocabularies)
    return PracticeDocument(
        slug=practice.slug,
        revision=practice.revision_number,
        imported=practice.imported,
        published_at=practice.published_at,
        review_due_on=practice.review_due_on,
        original_language=practice.original_language,
        kind=terms.one("kind", practice.kind),
        countries=terms.all("countries", practice.countries),
        regions=terms.all("regions", practice.regions),
        actor_types=terms.all("actor_types", practice.actor_types),
        themes=terms.all("themes", practice.themes),
        origin=terms.one("origin", practice.origin),
        maturity=terms.one("maturity", practice.maturity),
        evidence=terms.one("evidence", practice.evidence),
        method=terms.one("method", practice.method),
        zone=terms.one("zone", practice.zone),
        cross_border=practice.cross_border,
        women=terms.one("women", practice.women),
        youth=terms.one("youth", practice.youth),
        sdg_targets=terms.all("sdg_targets", practice.sdg_targets),
        caution=_caution(practice, terms),
        texts=_texts(practice),
        sources=tuple(SourceDocument.model_validate(source) for source in practice.sources),
        attachments=tuple(_attachment(a, terms, addresses) for a in practice.attachments),
        related=tuple(slug for slug in practice.related if slug in public),
        credits=_credits(practice),
        licence=_licence(practice.licence, terms),
        links=_links(practice, addresses),
    )


class _Terms:
    """Codes of a field with the labels of its vocabulary."""

    def __init__(self, vocabularies: Vocabularies) -> None:
        self.vocabularies = vocabularies
        self._names: Mapping[str, str] = {**FACETS, **TERM_FIELDS}

    def one(self, field: str, code: str) -> TermRef:
        name = self._names[field]
        return TermRef(
            code=code,
            label=Label(
                fr=self.vocabularies.label(name, code, Locale.FR),
                en=self.vocabularies.label(name, code, Locale.EN),
            ),
        )

    def all(self, field: str, codes: Iterable[str]) -> tuple[TermRef, ...]:
        return tuple(self.one(field, code) for code in codes)


def _echo(query: Query, ignored: Iterable[str]) -> QueryEcho:
    return QueryEcho(
        q=query.text,
        lang=query.locale,
        kind=query.kind,
        sort=query.sort.value,
        exact=query.is_exact,
        filters=dict(query.filters),
        ignored=tuple(ignored),
    )


def _hit(found: Found, locale: Locale, addresses: Addresses) -> Hit:
    return Hit(
        **dict(summary(found.practice, locale, addresses)),
        snippet=str(found.snippet),
        score=round(found.score, SCORE_DIGITS),
    )


def _texts(practice: PublicPractice) -> dict[Locale, TextDocument]:
    return {
        locale: _text(text, practice.translations[locale])
        for locale, text in sorted(practice.texts.items())
    }


def _text(text: PublicText, translation: str) -> TextDocument:
    return TextDocument(
        title=text.title,
        summary=text.summary,
        local_name=text.local_name,
        places=text.places,
        period=text.period,
        communities=text.communities,
        practice_type=text.practice_type,
        translation=translation,
        sections=tuple(
            SectionText(
                key=section.key,
                heading=BY_KEY[section.key].heading[text.locale],
                markdown=section.markdown,
                html=str(section.html),
            )
            for section in text.sections
        ),
    )


def _caution(practice: PublicPractice, terms: _Terms) -> CautionDocument:
    term = terms.vocabularies.term(TERM_FIELDS["caution"], practice.caution)
    return CautionDocument(
        **dict(terms.one("caution", practice.caution)),
        sentence=label(term.sentence) if term else None,
        note=dict(practice.caution_note),
    )


def _licence(code: str, terms: _Terms) -> LicenceDocument:
    term = terms.vocabularies.term(TERM_FIELDS["licence"], code)
    urls = term.source_urls if term else ()
    return LicenceDocument(**dict(terms.one("licence", code)), url=next(iter(urls), None))


def _attachment(
    attachment: PublicAttachment, terms: _Terms, addresses: Addresses
) -> AttachmentDocument:
    return AttachmentDocument(
        url=addresses.media(attachment.address_name),
        media_type=attachment.media_type,
        name=attachment.name,
        size=attachment.size,
        width=attachment.width,
        height=attachment.height,
        alternative_text=dict(attachment.alternative_texts),
        credit=attachment.credit,
        licence=_licence(attachment.licence, terms),
    )


def _credits(practice: PublicPractice) -> Credits:
    return Credits(
        authors=tuple(CreditDocument.model_validate(c) for c in practice.credited_authors),
        reviewers=tuple(CreditDocument.model_validate(c) for c in practice.credited_reviewers),
    )


def _links(practice: PublicPractice, addresses: Addresses) -> PracticeLinks:
    pages = {locale: addresses.page(locale, practice.slug) for locale in Locale}
    return PracticeLinks.model_validate(
        {
            "self": addresses.api(f"/practices/{practice.slug}"),
            "related": addresses.api(f"/practices/{practice.slug}/related"),
            "page": pages,
            "markdown": {locale: f"{url}.md" for locale, url in pages.items()},
            "json": {locale: f"{url}.json" for locale, url in pages.items()},
        }
    )


def label(words: Bilingual | None) -> Label | None:
    """Bilingual words on the wire."""
    return Label(fr=words.fr, en=words.en) if words else None
