"""Vocabularies and the thesaurus."""

from flask import Response, request

from kb.api.addresses import Addresses
from kb.api.answers import JSON, answer, runtime
from kb.api.schemas import (
    GlossaryDocument,
    GlossaryEntryDocument,
    Label,
    VocabularyDocument,
    VocabularyList,
    VocabularySummary,
)
from kb.api.skos import JSON_LD, concept_scheme
from kb.core.errors import NotFound
from kb.core.messages import msg
from kb.vocabularies.catalogue import Vocabularies
from kb.vocabularies.service import load_glossary


def list_vocabularies() -> Response:
    """The vocabularies there are."""
    addresses = Addresses(runtime().settings.base_url)
    return answer(
        VocabularyList(
            vocabularies=tuple(
                VocabularySummary(
                    name=vocabulary.name,
                    label=Label.model_validate(vocabulary.label),
                    terms=len(vocabulary.terms),
                    url=addresses.api(f"/vocabularies/{vocabulary.name}"),
                )
                for vocabulary in _vocabularies().by_name.values()
            )
        )
    )


def get_vocabulary(name: str) -> Response:
    """A vocabulary with its terms; as SKOS for those who prefer JSON-LD."""
    vocabulary = _vocabularies().by_name.get(name)
    if vocabulary is None:
        raise NotFound(msg("There is no such page."))
    if request.accept_mimetypes.best_match([JSON, JSON_LD]) == JSON_LD:
        address = Addresses(runtime().settings.base_url).api(f"/vocabularies/{name}")
        response = answer(concept_scheme(vocabulary, address), JSON_LD)
    else:
        response = answer(VocabularyDocument.model_validate(vocabulary))
    response.vary.add("Accept")
    return response


def get_glossary() -> Response:
    """The thesaurus, whole."""
    with runtime().reading() as session:
        entries = load_glossary(session)
    return answer(
        GlossaryDocument(
            entries=tuple(GlossaryEntryDocument.model_validate(entry) for entry in entries)
        )
    )


def _vocabularies() -> Vocabularies:
    with runtime().reading() as session:
        return runtime().vocabularies.get(session)
