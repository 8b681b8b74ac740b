"""One Whoosh document per practice: which fields there are and what they hold."""

from array import array
from collections.abc import Iterator, Mapping
from typing import NamedTuple
import unicodedata

from whoosh import fields, formats, versionstring

from kb.adapters.whoosh_index.analysis import Words, occurrences_in, runs, sort_key, tidy
from kb.adapters.whoosh_index.codec import RECORD, field_name
from kb.adapters.whoosh_index.documents import Card
from kb.adapters.whoosh_index.records import FIELDS, pack
from kb.core.language import Locale
from kb.core.ports import SearchDocument, SearchText

# Raise it whenever an index written before would answer differently: analysis, fields, card.
EDITION = 2
FORMAT = f"palabre {EDITION}; whoosh {versionstring()}; unicode {unicodedata.unidata_version}"
INDEX = "palabre"


class Weight(NamedTuple):
    """How much a word counts in a field, and how much less in a long one (0 not, 1 fully)."""

    boost: float
    length_norm: float


WEIGHTS: dict[str, Weight] = {
    "title": Weight(10.0, 0.4),
    "local_name": Weight(10.0, 0.4),
    "summary": Weight(4.0, 0.4),
    "tags": Weight(2.5, 0.2),
    "body": Weight(1.0, 0.75),
}


class Occurrences(formats.Format):  # type: ignore[misc]  # whoosh has no types
    """Where a term stands in a document: positions as an array, no pickle."""

    posting_size = -1


class AnalysedText(fields.FieldType):  # type: ignore[misc]
    """A text that was analysed before: takes term -> positions."""

    def __init__(self) -> None:
        # Lengths are on the card.
        super().__init__(format=Occurrences(), analyzer=None, scorable=False)

    def index(
        self, value: Mapping[str, list[int]], **options: object
    ) -> Iterator[tuple[bytes, int, float, bytes]]:
        for term, positions in value.items():
            times = len(positions)
            yield term.encode(), times, float(times), array("I", positions).tobytes()


def schema() -> fields.Schema:
    """A new schema; Whoosh wants one per index."""
    return fields.Schema(
        **{RECORD: fields.STORED()},
        **{field_name(field, locale): AnalysedText() for field in FIELDS for locale in Locale},
    )


def texts_of(document: SearchDocument) -> dict[Locale, SearchText]:
    """The texts as they are kept: fit to be shown and encoded."""
    return {
        locale: SearchText(**{field: tidy(getattr(text, field)) for field in FIELDS})
        for locale, text in document.texts.items()
    }


def words_of(text: SearchText) -> Words:
    """The words of a text, found once for all that is made of them."""
    return {field: list(runs(getattr(text, field))) for field in FIELDS}


def whoosh_document(
    document: SearchDocument, texts: Mapping[Locale, SearchText], words: Mapping[Locale, Words]
) -> dict[str, object]:
    """What Whoosh is given to index and keep."""
    analysed = {
        (locale, field): occurrences_in(found[field], locale)
        for locale, found in words.items()
        for field in FIELDS
    }
    card = Card(
        slug=document.slug,
        stamp=document.stamp,
        published_at=document.published_at.timestamp(),
        titles={locale: sort_key(text.title) for locale, text in texts.items()},
        facets={facet: sorted(set(values)) for facet, values in document.facets.items()},
        lengths={
            locale: [sum(map(len, analysed[locale, field].values())) for field in FIELDS]
            for locale in texts
        },
    )
    records = {locale: pack(text, words[locale], locale) for locale, text in texts.items()}
    return {
        RECORD: (card, records),
        **{field_name(field, locale): terms for (locale, field), terms in analysed.items()},
    }
