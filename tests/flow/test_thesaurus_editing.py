"""Editing the thesaurus: checked, guarded against each other, and safe from the next import."""

from pathlib import Path
import string

from hypothesis import given
from hypothesis import strategies as st
import pytest

from kb.accounts.permissions import Actor, Role
from kb.core.errors import Conflict, Forbidden, Invalid, NotFound
from kb.core.language import Locale
from kb.operations.content_folder import ContentFolder, read_folder
from kb.operations.content_transfer import export_folder, import_folder
from kb.practices.lifecycle import State
from kb.search.preview import Comparison, queries_of
from kb.search.service import Query, search
from kb.search.thesaurus import ThesaurusCache, thesaurus_of
from kb.vocabularies.catalogue import Bilingual, GlossaryEntry
from kb.vocabularies.editing import (
    FIELDS,
    entry_of,
    fields_of,
    remove_entry,
    save_entry,
    stored_entries,
    stored_entry,
    with_entry,
)
from kb.vocabularies.service import load_glossary
from tests.database import entries, snapshot
from tests.make import make_content, make_revision, make_text, make_user, make_vocabularies

WELL = GlossaryEntry(id="puits", kind="concept", fr="puits", en="well", local=("woyndu",))
NOISE = GlossaryEntry(id="couloir", kind="concept", fr="couloir", en="corridor")
SHIPPED = (WELL, NOISE)


def given_folder(*glossary: GlossaryEntry) -> ContentFolder:
    """A content folder that has a thesaurus and nothing else."""
    return ContentFolder((), glossary, (), {})


def bring_in(runtime, *glossary, replace=False) -> tuple[str, ...]:
    with runtime.begin() as work:
        return import_folder(work, given_folder(*glossary), replace=replace).kept_entries


def glossary(runtime) -> dict[str, GlossaryEntry]:
    with runtime.reading() as session:
        return {entry.id: entry for entry in load_glossary(session)}


def mark(runtime, code) -> str:
    with runtime.reading() as session:
        return stored_entry(session, code).mark


def typed(entry: GlossaryEntry, **changes: str) -> dict[str, str]:
    return {**fields_of(entry), **changes}


def save(runtime, actor, entry, code=None, seen="", **changes) -> str:
    with runtime.begin() as work:
        return save_entry(work, actor, code, seen, typed(entry, **changes))


def change(runtime, actor, entry, **changes) -> str:
    return save(runtime, actor, entry, entry.id, mark(runtime, entry.id), **changes)


def remove(runtime, actor, code):
    seen = mark(runtime, code)
    with runtime.begin() as work:
        remove_entry(work, actor, code, seen)


@pytest.fixture
def editor(fresh_runtime) -> Actor:
    with fresh_runtime.begin() as work:
        make_vocabularies(work)
        actor = make_user(work, Role.EDITOR)
    bring_in(fresh_runtime, *SHIPPED)
    return actor


def test_a_change_is_kept_with_its_time_and_its_event(fresh_runtime, editor, clock):
    last = entries(fresh_runtime)[-1].id
    clock.advance(hours=1)
    assert change(fresh_runtime, editor, WELL, synonyms="forage\n\n forage \npompe ") == "puits"
    with fresh_runtime.reading() as session:
        stored, other = stored_entry(session, "puits"), stored_entry(session, "couloir")
    assert stored.entry == WELL.model_copy(update={"synonyms": ("forage", "pompe")})
    assert (stored.edited_at, other.edited_at) == (clock.now(), None)
    (event,) = entries(fresh_runtime, last)
    assert (event.type, event.actor_id) == ("thesaurus.saved", editor.user_id)
    assert list(event.data) == ["entry_id"]
    before = snapshot(fresh_runtime)
    change(fresh_runtime, editor, stored.entry)
    assert snapshot(fresh_runtime) == before


def test_a_new_entry_gets_a_code_of_its_own(fresh_runtime, editor):
    made = [
        save(fresh_runtime, editor, WELL, fr=fr, en=en)
        for fr, en in (
            ("Éleveur d’été", "herder"),
            ("éleveur d'été", "cattle owner"),
            ("new", "new"),
            ("☺", "smile"),
            ("x" * 200, "long"),
        )
    ]
    assert made == ["eleveur-d-ete", "eleveur-d-ete-2", "new-2", "entry", "x" * 76]
    remove(fresh_runtime, editor, "entry")
    assert save(fresh_runtime, editor, WELL, fr="☂", en="umbrella") == "entry-2"


def test_one_concept_has_one_entry(fresh_runtime, editor):
    with pytest.raises(Invalid) as refusal:
        save(fresh_runtime, editor, WELL, fr="PUITS", en="Well")
    assert told(refusal) == {"fr": "is in the thesaurus already"}
    assert save(fresh_runtime, editor, WELL, fr="puits", en="borehole") == "puits-2"
    remove(fresh_runtime, editor, "puits")
    assert save(fresh_runtime, editor, WELL, fr="puits", en="well") == "puits-3"


def told(refusal) -> dict[str, str]:
    return {name: str(why) for name, why in refusal.value.problems.items()}


@pytest.mark.matrix
@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({"fr": " "}, {"fr": "is missing"}),
        (
            {"fr": "", "en": "\x00", "note_fr": "Une note."},
            {"fr": "is missing", "en": "is missing", "note_en": "is missing"},
        ),
        ({"fr": "x" * 201}, {"fr": "is longer than 200 characters"}),
        (
            {"local": "court\n" + "x" * 201},
            {"local": "is longer than 200 characters"},
        ),
        (
            {"synonyms": "\n".join(map(str, range(31)))},
            {"synonyms": "has more than 30 lines"},
        ),
        (
            {"source_urls": "https://example.org\njavascript:alert(1)"},
            {"source_urls": "is not a web address"},
        ),
        ({"note_en": "x" * 501, "note_fr": "Ici."}, {"note_en": "is longer than 500 characters"}),
        ({"kind": "person"}, {"kind": "is not one of concept, people, language"}),
        ({"kind": ""}, {"kind": "is missing"}),
    ],
)
def test_what_is_not_an_entry_is_told_field_by_field(fresh_runtime, editor, changes, problems):
    before = snapshot(fresh_runtime)
    for code, seen in ((None, ""), ("puits", mark(fresh_runtime, "puits"))):
        with pytest.raises(Invalid) as refusal:
            save(fresh_runtime, editor, WELL, code, seen, **changes)
        assert told(refusal) == problems
    assert snapshot(fresh_runtime) == before


def test_nobody_writes_over_what_they_have_not_seen(fresh_runtime, editor):
    seen = mark(fresh_runtime, "puits")
    change(fresh_runtime, editor, WELL, synonyms="forage")
    before = snapshot(fresh_runtime)
    with pytest.raises(Conflict):
        save(fresh_runtime, editor, WELL, "puits", seen, synonyms="pompe")
    with pytest.raises(Conflict), fresh_runtime.begin() as work:
        remove_entry(work, editor, "puits", seen)
    # The very same twice is nothing to choose between.
    save(fresh_runtime, editor, WELL, "puits", seen, synonyms="forage")
    assert snapshot(fresh_runtime) == before
    now = mark(fresh_runtime, "puits")
    remove(fresh_runtime, editor, "puits")
    with pytest.raises(Conflict):
        save(fresh_runtime, editor, WELL, "puits", now, synonyms="forage")


def test_what_is_removed_is_gone_and_can_be_brought_back(fresh_runtime, editor):
    last = entries(fresh_runtime)[-1].id
    remove(fresh_runtime, editor, "puits")
    assert set(glossary(fresh_runtime)) == {"couloir"}
    remove(fresh_runtime, editor, "puits")
    assert [entry.type for entry in entries(fresh_runtime, last)] == ["thesaurus.removed"]
    with fresh_runtime.reading() as session:
        assert [(s.entry.id, s.is_removed) for s in stored_entries(session)] == [
            ("puits", True),
            ("couloir", False),
        ]
    change(fresh_runtime, editor, WELL)
    assert glossary(fresh_runtime) == {"puits": WELL, "couloir": NOISE}


def test_an_import_leaves_what_was_decided_here(fresh_runtime, editor):
    change(fresh_runtime, editor, WELL, synonyms="forage")
    remove(fresh_runtime, editor, "couloir")
    save(fresh_runtime, editor, WELL, fr="mare", en="pond", local="")
    here = glossary(fresh_runtime)
    newer = WELL.model_copy(update={"synonyms": ("newer",)})
    another = GlossaryEntry(id="peul", kind="people", fr="Peul", en="Fulani")
    assert bring_in(fresh_runtime, newer, NOISE, another) == ("puits", "couloir")
    assert glossary(fresh_runtime) == {**here, "peul": another}
    before = snapshot(fresh_runtime)
    assert bring_in(fresh_runtime, newer, NOISE, another) == ("puits", "couloir")
    assert snapshot(fresh_runtime) == before
    # What nobody touched here follows the folder, also out of it.
    assert bring_in(fresh_runtime, newer) == ("puits",)
    assert glossary(fresh_runtime) == here


def test_an_import_can_be_told_to_replace(fresh_runtime, editor):
    change(fresh_runtime, editor, WELL, synonyms="forage")
    remove(fresh_runtime, editor, "couloir")
    save(fresh_runtime, editor, WELL, fr="mare", en="pond", local="")
    made = glossary(fresh_runtime)["mare"]
    assert bring_in(fresh_runtime, *SHIPPED, replace=True) == ()
    assert glossary(fresh_runtime) == {"puits": WELL, "couloir": NOISE, "mare": made}
    with fresh_runtime.reading() as session:
        assert {s.entry.id: s.edited_at is None for s in stored_entries(session)} == {
            "puits": True,
            "couloir": True,
            "mare": False,
        }


def test_a_folder_without_a_thesaurus_changes_none(fresh_runtime, editor):
    change(fresh_runtime, editor, WELL, synonyms="forage")
    remove(fresh_runtime, editor, "couloir")
    before = snapshot(fresh_runtime)
    for replace in (False, True):
        with fresh_runtime.begin() as work:
            import_folder(work, ContentFolder((), None, (), {}), replace=replace)
        assert snapshot(fresh_runtime) == before


def test_an_export_has_what_was_decided_here(fresh_runtime, editor, tmp_path: Path):
    change(fresh_runtime, editor, WELL, synonyms="forage", note_fr="Un trou.", note_en="A hole.")
    remove(fresh_runtime, editor, "couloir")
    with fresh_runtime.reading() as session:
        export_folder(session, tmp_path / "out")
    (tmp_path / "out" / "practices").mkdir(exist_ok=True)
    assert read_folder(tmp_path / "out").glossary == (
        WELL.model_copy(
            update={"synonyms": ("forage",), "note": Bilingual(fr="Un trou.", en="A hole.")}
        ),
    )


def publish(runtime, slug, title, **changes):
    with runtime.begin() as work:
        content = make_content(slug, texts={"fr": make_text(slug, title=title)}, **changes)
        make_revision(work, State.PUBLISHED, content)


def found(runtime, text, thesaurus) -> list[str]:
    with runtime.reading() as session:
        vocabularies = runtime.vocabularies.get(session)
        query = Query(text=text)
        results = search(session, runtime.index, vocabularies, query, thesaurus=thesaurus)
    return [each.practice.slug for each in results.found]


def test_searches_use_it_at_once_in_every_process(fresh_runtime, editor):
    publish(fresh_runtime, "a-well", "Autour du puits")
    publish(fresh_runtime, "noise", "Autour du couloir")
    caches = ThesaurusCache(), ThesaurusCache()

    def both() -> list[list[str]]:
        with fresh_runtime.reading() as session:
            return [found(fresh_runtime, "kollandi", cache.get(session)) for cache in caches]

    assert both() == [[], []]
    change(fresh_runtime, editor, WELL, synonyms="kollandi")
    assert both() == [["a-well"], ["a-well"]]
    remove(fresh_runtime, editor, "puits")
    assert both() == [[], []]


def test_the_effect_is_seen_before_it_is_there(fresh_runtime, editor):
    publish(fresh_runtime, "a-well", "Autour du puits")
    publish(fresh_runtime, "another-well", "Le puits des femmes")
    publish(fresh_runtime, "noise", "Autour du couloir")
    # What is not public is neither counted nor shown, whoever looks.
    publish(fresh_runtime, "for-members", "Le puits des membres", visibility="members")
    publish(fresh_runtime, "hidden", "Le puits cache", visibility="restricted")
    changed = WELL.model_copy(update={"synonyms": ("kollandi",)})
    before = snapshot(fresh_runtime)
    with fresh_runtime.reading() as session:
        vocabularies = fresh_runtime.vocabularies.get(session)
        now = load_glossary(session)
        comparison = Comparison(session, fresh_runtime.index, vocabularies, Locale.FR)
        effects = comparison.effects(
            queries_of(changed, "couloir"),
            thesaurus_of(now, vocabularies),
            thesaurus_of(with_entry(now, "puits", changed), vocabularies),
        )
    assert {e.text: (e.before.total, e.after.total, e.is_same) for e in effects} == {
        "couloir": (1, 1, True),
        "puits": (2, 2, True),
        "well": (2, 2, True),
        "woyndu": (2, 2, True),
        "kollandi": (0, 2, False),
    }
    last = effects[-1]
    assert [(p.slug, last.is_new(p)) for p in last.after.first] == [
        *((slug, True) for slug in sorted(p.slug for p in last.after.first))
    ]
    assert {p.slug for p in last.after.first} == {"a-well", "another-well"}
    assert snapshot(fresh_runtime) == before


def test_only_editors_edit(fresh_runtime, editor):
    before, seen = snapshot(fresh_runtime), mark(fresh_runtime, "puits")
    for actor in (Actor(), Actor(1, frozenset(Role) - {Role.EDITOR}), Actor(is_operator=True)):
        for code in (None, "puits", "nowhere"):
            with pytest.raises(Forbidden):
                save(fresh_runtime, actor, WELL, code, seen, fr="autre")
        with pytest.raises(Forbidden), fresh_runtime.begin() as work:
            remove_entry(work, actor, "puits", seen)
    for code in ("nowhere", "", "a\0b"):
        with pytest.raises((NotFound, Invalid)):
            save(fresh_runtime, editor, WELL, code or "-", seen)
    assert snapshot(fresh_runtime) == before


# Words as a form brings them: trimmed, on one line, some with accents and hooks.
WORD = st.text(string.ascii_letters + "éèçœɓɗŋ’- ", min_size=1, max_size=20).map(str.strip)
WORDS = st.lists(WORD.filter(bool), max_size=5, unique=True).map(tuple)


@given(
    fr=WORD.filter(bool),
    en=WORD.filter(bool),
    local=WORDS,
    synonyms=WORDS,
    note=st.none() | st.builds(Bilingual, fr=WORD.filter(bool), en=WORD.filter(bool)),
)
def test_an_entry_survives_its_form(fr, en, local, synonyms, note):
    entry = GlossaryEntry(
        id="a", kind="people", fr=fr, en=en, local=local, synonyms=synonyms, note=note
    )
    fields = fields_of(entry)
    assert set(fields) == set(FIELDS)
    assert entry_of("a", fields) == entry


@given(fields=st.fixed_dictionaries(dict.fromkeys(FIELDS, st.text(max_size=300))))
def test_anything_typed_is_an_entry_or_told(fields):
    problems: dict[str, object] = {}
    try:
        entry = entry_of("a", fields)
    except Invalid as error:
        problems = dict(error.problems)
    else:
        assert entry_of("a", fields_of(entry)) == entry
        return
    assert problems
    assert set(problems) <= set(FIELDS)
