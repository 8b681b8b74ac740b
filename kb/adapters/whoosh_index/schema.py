"""One Whoosh document per practice: which fields there are and what they hold."""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
import json
from typing import NamedTuple
import unicodedata

from whoosh import columns, fields, formats, versionstring
from whoosh.codec.whoosh3 import W3Codec

from kb.adapters.whoosh_index.analysis import occurrences, sort_key, tidy
from kb.core.language import Locale
from kb.core.ports import SearchDocument, SearchText

# Raise it whenever an index written before would answer differently: analysis, fields, card.
EDITION = 1
FORMAT = f"palabre {EDITION}; whoosh {versionstring()}; unicode {unicodedata.unidata_version}"


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


@dataclass(frozen=True, slots=True)
class Card:
    """What is known of every document without looking anything up."""

    slug: str
    stamp: str
    published: str
    titles: Mapping[str, str]
    facets: Mapping[str, Sequence[str]]
    lengths: Mapping[str, int]

    @classmethod
    def load(cls, dumped: bytes) -> "Card":
        return cls(**json.loads(dumped))

    def dump(self) -> bytes:
        return json.dumps(asdict(self)).encode()

    @property
    def published_at(self) -> float:
        """Seconds since 1970."""
        return datetime.fromisoformat(self.published).timestamp()


class Occurrences(formats.Format):  # type: ignore[misc]  # whoosh has no types
    """Where a term stands in a document: positions as an array, no pickle."""

    posting_size = -1


class Codec(W3Codec):  # type: ignore[misc]
    """Whoosh's own, but for lengths, which it would look for on disk with every posting."""

    length_stats = False


class AnalysedText(fields.FieldType):  # type: ignore[misc]
    """A text that was analysed before: takes (term, positions) pairs."""

    def __init__(self) -> None:
        # Lengths are on the card: exact, and not one more file per field.
        super().__init__(format=Occurrences(), analyzer=None, scorable=False)

    def index(
        self,
        value: Sequence[tuple[str, Sequence[int]]],
        **options: object,
    ) -> Iterator[tuple[bytes, int, float, bytes]]:
        for term, positions in value:
            packed = array("I", positions).tobytes()
            yield term.encode(), len(positions), float(len(positions)), packed


def positions_of(packed: bytes) -> "array[int]":
    """The positions as AnalysedText wrote them."""
    return array("I", packed)


def field_name(field: str, locale: Locale) -> str:
    """The Whoosh field that holds a text field in a language."""
    return f"{field}_{locale.value}"


def schema() -> fields.Schema:
    """A new schema; Whoosh wants one per index."""
    return fields.Schema(
        card=fields.COLUMN(columns.VarBytesColumn()),
        texts=fields.STORED(),
        **{field_name(field, locale): AnalysedText() for field in WEIGHTS for locale in Locale},
    )


def texts_of(document: SearchDocument) -> dict[Locale, SearchText]:
    """The texts as they are kept: fit to be shown and encoded."""
    return {
        locale: SearchText(**{field: tidy(getattr(text, field)) for field in WEIGHTS})
        for locale, text in document.texts.items()
    }


def whoosh_document(
    document: SearchDocument, texts: Mapping[Locale, SearchText]
) -> dict[str, object]:
    """What Whoosh is given to index and keep."""
    analysed = {
        field_name(field, locale): list(occurrences(getattr(text, field), locale).items())
        for locale, text in texts.items()
        for field in WEIGHTS
    }
    card = Card(
        slug=document.slug,
        stamp=document.stamp,
        published=document.published_at.isoformat(),
        titles={locale.value: sort_key(text.title) for locale, text in texts.items()},
        facets={facet: sorted(set(values)) for facet, values in document.facets.items()},
        lengths={
            name: sum(len(positions) for _, positions in terms)
            for name, terms in analysed.items()
            if terms
        },
    )
    kept = {
        locale.value: [getattr(text, field) for field in WEIGHTS] for locale, text in texts.items()
    }
    return {
        "card": card.dump(),
        "texts": kept,
        **{name: terms for name, terms in analysed.items() if terms},
    }


def texts_from(kept: Mapping[str, Sequence[str]]) -> dict[Locale, SearchText]:
    """The texts as `whoosh_document` put them away."""
    return {
        Locale(locale): SearchText(**dict(zip(WEIGHTS, values, strict=True)))
        for locale, values in kept.items()
    }
