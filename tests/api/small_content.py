"""A small site: a practice in two languages, a lesson in one, and one for members only."""

from typing import Any

from kb.operations.content_folder import ContentFolder
from kb.operations.content_transfer import import_folder
from kb.practices.content import PracticeContent
from kb.practices.files import PracticeFiles
from kb.practices.service import TERM_FIELDS
from kb.runtime import Runtime
from kb.vocabularies.catalogue import GlossaryEntry, Vocabulary

PUBLIC, LESSON, SECRET = "puits-partage", "lecon-du-marche", "puits-secret"
ODD_TITLE = 'Le puits <b>& "partagé"'
CODES: dict[str, list[str]] = {
    "countries": ["ML", "NE"],
    "regions": ["ML-5", "ML-DZ"],
    "actor_types": ["women-leaders"],
    "themes": ["water"],
    "kinds": ["practice", "lesson"],
    "origins": ["unknown"],
    "maturities": ["unknown"],
    "evidence": ["thin"],
    "leadership": ["leaders", "addressed", "not-described"],
    "methods": ["desk-study"],
    "cautions": ["none", "lesson-only"],
    "zones": ["core"],
    "licences": ["CC-BY-SA-4.0"],
    "sdg_targets": ["16.1"],
    "languages": ["fr", "en"],
}


def both(text: str) -> dict[str, str]:
    return {"fr": f"{text} (fr)", "en": f"{text} (en)"}


def term(code: str) -> dict[str, Any]:
    found: dict[str, Any] = {"code": code, "label": both(code)}
    if code == "lesson-only":
        found["sentence"] = both("Not to be imitated.")
    if code == "ML-DZ":
        found |= {
            "parent": "ML-5",
            "definition": both("Since 2023"),
            "note": both("Ours"),
            "synonyms": {"fr": ["Douentza-ville"], "en": []},
            "former_names": ["Cercle de Douentza"],
            "source_urls": ["https://example.org/reform"],
        }
    if code == "CC-BY-SA-4.0":
        found["source_urls"] = ["https://example.org/by-sa"]
    return found


VOCABULARIES = tuple(
    Vocabulary.parse({"name": name, "label": both(name), "terms": [term(code) for code in codes]})
    for name, codes in CODES.items()
)
GLOSSARY = (
    GlossaryEntry.parse(
        {"id": "puits", "kind": "thing", "fr": "puits", "en": "well", "local": ["boulli"]}
    ),
)


def text(title: str, body: str) -> dict[str, Any]:
    sections = ("context", "actors_roles", "how_it_works", "results", "limits_risks")
    return {
        "title": title,
        "summary": f"{body} & résumé.",
        "local_name": "Boulli",
        "places": ["Douentza"],
        "period": "2020",
        "communities": ["Dogon"],
        "practice_type": "accord",
        "sections": {key: f"{body} {key} [S1]." for key in sections},
    }


def content(slug: str, **other: object) -> PracticeContent:
    return PracticeContent.parse(
        {
            "slug": slug,
            "countries": ["ML"],
            "regions": ["ML-DZ"],
            "actor_types": ["women-leaders"],
            "themes": ["water"],
            "evidence": "thin",
            "method": "desk-study",
            "sdg_targets": ["16.1"],
            "translations": {"fr": "original"},
            "credited_authors": [{"name": "A. Diallo <x>", "affiliation": "ALG"}],
            "sources": [{"id": "S1", "title": "Rapport", "url": "https://example.org/r?a=1&b=2"}],
            "texts": {"fr": text(f"Titre {slug}", "Corps")},
            **other,
        }
    )


def practices() -> tuple[PracticeContent, ...]:
    return (
        content(
            PUBLIC,
            related=[SECRET, LESSON],
            translations={"fr": "original", "en": "up-to-date"},
            texts={"fr": text(ODD_TITLE, "Corps"), "en": text("The shared well", "Body")},
        ),
        content(
            LESSON,
            kind="lesson",
            caution="lesson-only",
            caution_note={"fr": "Note propre"},
            location_precision="country",
        ),
        content(SECRET, visibility="members", countries=["NE"]),
    )


def publish(runtime: Runtime, *contents: PracticeContent) -> Runtime:
    """Make these the content of an empty site; returns it."""
    files = tuple(PracticeFiles(found) for found in contents)
    with runtime.begin() as work:
        import_folder(work, ContentFolder(VOCABULARIES, GLOSSARY, files, {}))
    return runtime


def label_of(field: str, code: str) -> dict[str, Any]:
    """A term on the wire; the field must be one that holds terms."""
    assert code in CODES[TERM_FIELDS.get(field, "leadership")]
    return {"code": code, "label": both(code)}
