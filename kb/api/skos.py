"""A vocabulary as SKOS in JSON-LD, for other catalogues to link to."""

from typing import Any

from kb.api.schemas import SkosDocument
from kb.core.language import Locale
from kb.vocabularies.catalogue import Bilingual, Term, Vocabulary

JSON_LD = "application/ld+json"
_BY_LANGUAGE = ("prefLabel", "altLabel", "definition", "scopeNote")
_REFERENCES = ("inScheme", "broader", "narrower", "hasTopConcept", "topConceptOf")
CONTEXT: dict[str, Any] = {
    "@version": 1.1,
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "dcterms": "http://purl.org/dc/terms/",
    "Concept": "skos:Concept",
    "ConceptScheme": "skos:ConceptScheme",
    "notation": "skos:notation",
    "source": {"@id": "dcterms:source", "@type": "@id"},
    **{name: {"@id": f"skos:{name}", "@container": "@language"} for name in _BY_LANGUAGE},
    **{name: {"@id": f"skos:{name}", "@type": "@id"} for name in _REFERENCES},
}


def concept_scheme(vocabulary: Vocabulary, address: str) -> SkosDocument:
    """The vocabulary as a concept scheme; its terms are fragments of its address."""
    roots = [term for term in vocabulary.terms if term.parent is None]
    scheme = {
        "@id": address,
        "@type": "ConceptScheme",
        "prefLabel": _words(vocabulary.label),
        "hasTopConcept": [_concept_id(address, term.code) for term in roots],
    }
    concepts = (_concept(term, vocabulary, address) for term in vocabulary.terms)
    return SkosDocument.model_validate({"@context": CONTEXT, "@graph": (scheme, *concepts)})


def _concept(term: Term, vocabulary: Vocabulary, address: str) -> dict[str, Any]:
    narrower = [_concept_id(address, t.code) for t in vocabulary.terms if t.parent == term.code]
    facts: dict[str, Any] = {
        "@id": _concept_id(address, term.code),
        "@type": "Concept",
        "inScheme": address,
        "notation": term.code,
        "prefLabel": _words(term.label),
        "altLabel": _other_words(term),
        "definition": _words(term.definition),
        "scopeNote": _words(term.note),
        "topConceptOf": address if term.parent is None else None,
        "broader": _concept_id(address, term.parent) if term.parent else None,
        "narrower": narrower,
        "source": list(term.source_urls),
    }
    return {name: value for name, value in facts.items() if value}


def _concept_id(address: str, code: str) -> str:
    return f"{address}#{code}"


def _words(words: Bilingual | None) -> dict[str, str]:
    return {locale.value: words[locale] for locale in Locale} if words else {}


def _other_words(term: Term) -> dict[str, list[str]]:
    """Synonyms by language; names of places, old and new, belong to none."""
    words = {locale.value: list(term.synonyms[locale]) for locale in Locale}
    words["@none"] = [*term.former_names, *term.new_names]
    return {language: found for language, found in words.items() if found}
