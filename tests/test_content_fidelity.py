"""What `content/` says is what the dossiers said, less what `dropped.yaml` lists.

An independent check: it reads the files itself and imports nothing of kb.
"""

from collections import Counter
from functools import cache
import json
from pathlib import Path
import re

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
CONTENT = ROOT / "content"
FIXTURES = ROOT / "tests" / "fixtures" / "content"
PRACTICES = sorted(path.name for path in (CONTENT / "practices").iterdir())
VOCABULARIES = sorted(path.stem for path in (CONTENT / "vocabularies").iterdir())
LANGUAGES = ("en", "fr")

FRONT_MATTER = ("title", "summary", "places", "period", "communities", "practice_type")
HEADINGS = {
    "en": {
        "Context and problem": "context",
        "Actors and their roles": "actors_roles",
        "How it works, step by step": "how_it_works",
        "Results": "results",
        "Conditions of success": "conditions",
        "Limits and risks": "limits_risks",
        "What security actors can do with it": "security_actors",
        "Role of women and youth": "women_youth",
    },
    "fr": {
        "Contexte et problème": "context",
        "Acteurs et rôles": "actors_roles",
        "Comment ça marche, étape par étape": "how_it_works",
        "Résultats": "results",
        "Conditions de réussite": "conditions",
        "Limites et risques": "limits_risks",
        "Ce que les acteurs de sécurité peuvent en faire": "security_actors",
        "Rôle des femmes et des jeunes": "women_youth",
    },
}
SECTIONS = tuple(HEADINGS["en"].values())
REQUIRED = ("context", "actors_roles", "how_it_works", "results", "limits_risks")
VOCABULARY_OF = {
    "kind": "kinds",
    "countries": "countries",
    "regions": "regions",
    "actor_types": "actor_types",
    "themes": "themes",
    "origin": "origins",
    "maturity": "maturities",
    "evidence": "evidence",
    "method": "methods",
    "caution": "cautions",
    "zone": "zones",
    "visibility": "visibilities",
    "location_precision": "location_precisions",
    "licence": "licences",
    "sdg_targets": "sdg_targets",
    "original_language": "languages",
}

MARK = re.compile(r"\[(S\d+)\]")
ANALYSIS = re.compile(r"\[(?:analysis|analyse)\b")
FIGURE = re.compile(r"\d{1,3}(?:[, \u00a0\u202f]\d{3})+(?!\d)|\d+")
WORD = re.compile(r"\w+")
GAP = re.compile(
    r"excerpt|dans l'extrait|les extraits"
    r"|unsourced|non sourc"
    r"|not (?:described|detailed|shown|documented|mentioned|specified)|no mention"
    r"|none (?:is )?(?:described|documented|shown)|(?:women|role)\b[^;.]* described"
    r"|non (?:décrit|détaillé|documenté)|(?:rôle|femme)\b[^;.]*(?:décrit|documenté)"
    r"|aucune mention|(?:pas|non) (?:mentionné|précisé)",
    re.IGNORECASE,
)
E_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.\w+")
PHONE = re.compile(r"\+\d{2,3}[\s.-]?\d|\b00\d{9,}|\b\d{2}(?:[\s.-]\d{2}){3,}\b|\b\d{8,}\b")


# Reading -------------------------------------------------------------------------------------


@cache
def load(path):
    """A YAML file, read once; nobody here changes what comes back."""
    return yaml.safe_load(path.read_text("utf-8"))


def as_list(value):
    return value if isinstance(value, list) else [value]


def practice(slug):
    return load(CONTENT / "practices" / slug / "practice.yaml")


@cache
def text_file(slug, language):
    return (CONTENT / "practices" / slug / f"{language}.md").read_text("utf-8")


@cache
def front_matter(slug, language):
    return yaml.safe_load(text_file(slug, language).split("---\n")[1])


def items_of(body):
    """The paragraph, bullets or numbered steps of a section, one per line."""
    return [re.sub(r"^(?:- |\d+\. )", "", line) for line in body.strip().splitlines() if line]


def sections(slug, language):
    """The sections of a text as lists of items."""
    blocks = text_file(slug, language).split("\n## ")[1:]
    named = (block.split("\n", 1) for block in blocks)
    return {HEADINGS[language][heading]: items_of(body) for heading, body in named}


def parts(slug, language):
    """Front matter and sections alike as lists of items."""
    head = front_matter(slug, language)
    lines = {key: as_list(head[key]) for key in FRONT_MATTER}
    return {**lines, **{section: [] for section in SECTIONS}, **sections(slug, language)}


def whole_text(slug, language):
    return "\n".join(item for items in parts(slug, language).values() for item in items)


def every_text():
    return [(slug, language) for slug in PRACTICES for language in LANGUAGES]


def vocabulary(name):
    return load(CONTENT / "vocabularies" / f"{name}.yaml")


def codes(name):
    return [term["code"] for term in vocabulary(name)["terms"]]


# Counting ------------------------------------------------------------------------------------


def marks(text):
    return Counter(MARK.findall(text))


def figures(text):
    return [int(re.sub(r"\D", "", figure)) for figure in FIGURE.findall(MARK.sub(" ", text))]


def words(text):
    return len(WORD.findall(MARK.sub(" ", text)))


def count(items):
    text = " \n ".join(items)
    return {
        "items": len(items),
        "marks": marks(text),
        "analysis": len(ANALYSIS.findall(text)),
        "figures": Counter(figures(text)),
        "words": words(text),
    }


def plus_dropped(counted, dropped):
    """What was counted before the clause was dropped."""
    clause = count([dropped["words"]])
    clause["items"] = 1 if dropped["kept"] is None else 0
    return {key: counted[key] + clause[key] for key in counted}


def dropped_from(slug, language, section):
    return [
        entry
        for entry in load(FIXTURES / "dropped.yaml")
        if (entry["slug"], entry["language"], entry["section"]) == (slug, language, section)
    ]


def expected(counts):
    return counts | {"marks": Counter(counts["marks"]), "figures": Counter(counts["figures"])}


DOSSIERS = load(FIXTURES / "dossier_counts.yaml")


# The text is the dossier's -------------------------------------------------------------------


def test_there_are_43_write_ups_in_both_languages():
    assert len(PRACTICES) == 43
    assert set(PRACTICES) == set(DOSSIERS)
    for slug, language in every_text():
        assert text_file(slug, language)


@pytest.mark.parametrize(("slug", "language"), every_text())
def test_content_plus_what_was_dropped_equals_the_dossier(slug, language):
    found = parts(slug, language)
    for section, counts in DOSSIERS[slug][language].items():
        counted = count(found[section])
        for entry in dropped_from(slug, language, section):
            counted = plus_dropped(counted, entry)
        assert counted == expected(counts), section


def test_dropped_clauses_are_gone_and_the_rest_of_their_sentence_is_there():
    for entry in load(FIXTURES / "dropped.yaml"):
        items = parts(entry["slug"], entry["language"])[entry["section"]]
        assert not any(entry["words"] in item for item in items), entry
        assert entry["kept"] is None or entry["kept"] in items, entry


def test_a_clause_is_dropped_in_both_languages_or_in_none():
    dropped = load(FIXTURES / "dropped.yaml")
    places = {
        language: [
            (entry["slug"], entry["section"], entry["item"])
            for entry in dropped
            if entry["language"] == language
        ]
        for language in LANGUAGES
    }
    assert places["en"] == places["fr"]


def test_unsourced_clauses_are_kept_in_the_notes():
    for entry in load(FIXTURES / "dropped.yaml"):
        assert (entry["reason"] == "unsourced") == (entry["went_to"] == "notes.yaml")
        if entry["went_to"] == "notes.yaml":
            notes = load(CONTENT / "practices" / entry["slug"] / "notes.yaml")["notes"]
            texts = [note["text"].get(entry["language"], "") for note in notes]
            clause = entry["words"].strip(" ;:.").casefold()
            assert any(clause in text.casefold() for text in texts), entry


def test_what_still_speaks_of_a_gap_was_read_and_kept_on_purpose():
    kept = load(FIXTURES / "kept_gaps.yaml")
    for slug, language in every_text():
        for section, items in sections(slug, language).items():
            for number, item in enumerate(items, 1):
                allowed = [
                    entry[language]
                    for entry in kept
                    if (entry["slug"], entry["section"], entry["item"]) == (slug, section, number)
                ]
                assert bool(GAP.search(item)) == bool(allowed), (slug, language, section, item)
                assert all(clause in item for clause in allowed), (slug, language, section, item)


@pytest.mark.parametrize("slug", PRACTICES)
def test_french_and_english_have_the_same_items_marks_and_figures(slug):
    english, french = parts(slug, "en"), parts(slug, "fr")
    for section in SECTIONS:
        pairs = zip(english[section], french[section], strict=True)
        for first, second in ((count([one]), count([other])) for one, other in pairs):
            assert first | {"words": 0} == second | {"words": 0}, section
    assert len(english["places"]) == len(french["places"])
    assert len(english["communities"]) == len(french["communities"])


# Sources -------------------------------------------------------------------------------------


@pytest.mark.parametrize("slug", PRACTICES)
def test_every_mark_has_its_source_and_every_source_is_cited(slug):
    sources = practice(slug)["sources"]
    ids = [source["id"] for source in sources]
    assert len(ids) == len(set(ids)) == DOSSIERS[slug]["sources"]
    for language in LANGUAGES:
        assert set(marks(whole_text(slug, language))) == set(ids)


def test_sources_say_where_they_are_and_no_year_that_was_not_seen():
    for slug in PRACTICES:
        for source in practice(slug)["sources"]:
            assert source["title"]
            assert source["publisher"]
            assert source["url"].startswith(("http://", "https://"))
            assert re.fullmatch(r"\d{4}", source.get("year", "2000"))


# Metadata ------------------------------------------------------------------------------------


def test_four_lessons_and_five_cautions():
    found = Counter((practice(slug)["kind"], practice(slug)["caution"]) for slug in PRACTICES)
    assert found == {
        ("practice", "none"): 34,
        ("practice", "do-no-harm"): 5,
        ("lesson", "lesson-only"): 4,
    }


@pytest.mark.parametrize("slug", PRACTICES)
def test_codes_are_in_the_vocabularies(slug):
    metadata = practice(slug)
    assert metadata["slug"] == slug
    for key, name in VOCABULARY_OF.items():
        assert set(as_list(metadata.get(key, []))) <= set(codes(name)), key
    assert set(metadata["translations"].values()) <= set(codes("translation_statuses"))
    assert set(metadata["related"]) <= set(PRACTICES) - {slug}


@pytest.mark.parametrize("slug", PRACTICES)
def test_a_caution_coarsens_the_places(slug):
    metadata = practice(slug)
    precise = "commune" if metadata["caution"] == "none" else "region"
    assert metadata["location_precision"] == precise


@pytest.mark.parametrize("slug", PRACTICES)
def test_regions_are_the_decided_ones_and_lie_in_the_countries(slug):
    metadata, decided = practice(slug), load(FIXTURES / "regions_decided.yaml")[slug]
    assert decided["places"] == front_matter(slug, "en")["places"]
    assert metadata.get("regions", []) == decided["codes"]
    assert {code.split("-")[0] for code in decided["codes"]} <= set(metadata["countries"])


@pytest.mark.parametrize("key", ["origin", "maturity"])
def test_origin_and_maturity_rest_on_words_of_the_text(key):
    decided = load(FIXTURES / "origin_maturity_decided.yaml")[key]
    for slug in PRACTICES:
        assert practice(slug)[key] == decided.get(slug, {"value": "unknown"})["value"], slug
    for slug, decision in decided.items():
        assert decision["words"] in "\n".join(parts(slug, "en")[decision["where"]]), slug


# Shape and safety ----------------------------------------------------------------------------


@pytest.mark.parametrize(("slug", "language"), every_text())
def test_texts_follow_the_template(slug, language):
    assert tuple(front_matter(slug, language)) == FRONT_MATTER
    assert len(front_matter(slug, language)["summary"]) <= 600
    found = list(sections(slug, language))
    assert found == [section for section in SECTIONS if section in found]
    assert set(REQUIRED) <= set(found)
    assert all(items for items in sections(slug, language).values())


def test_yaml_is_written_as_the_exporter_writes_it():
    for path in CONTENT.rglob("*.yaml"):
        written = yaml.safe_dump(load(path), sort_keys=False, allow_unicode=True, width=100)
        assert path.read_text("utf-8") == written, path


def test_no_telephone_number_and_no_e_mail_address():
    for path in [*CONTENT.rglob("*.md"), *CONTENT.rglob("*.yaml")]:
        text = re.sub(r"https?://\S+", "", path.read_text("utf-8"))
        assert not E_MAIL.search(text), path
        assert not PHONE.search(text), path


# Vocabularies, thesaurus, map ----------------------------------------------------------------


@pytest.mark.parametrize("name", VOCABULARIES)
def test_vocabularies_are_bilingual_and_whole(name):
    found = vocabulary(name)
    terms = found["terms"]
    assert found["name"] == name
    assert all(found["label"][language] for language in LANGUAGES)
    assert len({term["code"] for term in terms}) == len(terms)
    assert {term["parent"] for term in terms if "parent" in term} <= set(codes(name))
    for term in terms:
        for key in ("label", "definition", "sentence", "note"):
            assert set(term.get(key, dict.fromkeys(LANGUAGES))) == set(LANGUAGES), term["code"]


def test_fifteen_types_of_actors_and_fifteen_themes_all_in_use():
    for key in ("actor_types", "themes"):
        used = {code for slug in PRACTICES for code in practice(slug)[key]}
        assert len(codes(key)) == 15
        assert used == set(codes(key))


def test_the_map_shows_regions_of_the_vocabulary():
    text = (CONTENT / "geo" / "regions.geojson").read_text("utf-8")
    shapes = {shape["id"] for shape in json.loads(text)["features"]}
    assert len(shapes) == 30
    assert set(codes("regions")) - shapes == {"ML-9", "ML-10", "ML-DZ", "ML-BD"}
    assert shapes <= set(codes("regions"))


def test_the_thesaurus_has_152_terms_of_one_shape():
    terms = load(CONTENT / "glossary.yaml")["terms"]
    keys = ["id", "kind", "fr", "en", "local", "synonyms", "note", "sourced", "source_urls"]
    assert len({term["id"] for term in terms}) == len(terms) == 152
    for term in terms:
        assert list(term) == keys
        assert term["fr"]
        assert term["en"]
        assert bool(term["source_urls"]) == term["sourced"], term["id"]
