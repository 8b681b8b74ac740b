"""Importing the content folder: complete, idempotent, careful with what was decided here."""

from collections.abc import Callable
from pathlib import Path
import shutil

import pytest
from sqlalchemy import func, select
import yaml

from kb.accounts.permissions import Role
from kb.core.errors import Invalid
from kb.operations.content_folder import read_folder
from kb.operations.content_transfer import Report, Result, import_folder
from kb.operations.installation import CONTENT, set_up
from kb.practices.lifecycle import Action, State, Withdrawal
from kb.practices.models import Practice, RestrictedNote, Revision, Version
from kb.practices.queries import practice_by_slug, public_views, published_revision
from kb.practices.service import create_practice, start_revision
from kb.runtime import Runtime
from kb.vocabularies.service import load_glossary
from kb.workflow.service import perform
from tests.database import changes, entries, snapshot
from tests.make import PATHS, make_user, take_step

ONE, TWO = "sinankunya-griots-mediateurs-mali", "rakire-alliance-a-plaisanterie-burkina"
THREE = "cadis-gao-tombouctou"


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of three of the real practices; the third has restricted notes."""
    folder = tmp_path_factory.mktemp("content")
    shutil.copytree(CONTENT / "vocabularies", folder / "vocabularies")
    shutil.copy(CONTENT / "glossary.yaml", folder)
    for slug in (ONE, TWO, THREE):
        target = folder / "practices" / slug
        shutil.copytree(CONTENT / "practices" / slug, target)
        edit(target / "practice.yaml", related=[])
    return folder


@pytest.fixture
def folder(small: Path, tmp_path: Path) -> Path:
    """The same, to be changed by the test."""
    return Path(shutil.copytree(small, tmp_path / "content"))


def edit(path: Path, **fields: object) -> None:
    data = yaml.safe_load(path.read_text())
    path.write_text(yaml.safe_dump(data | fields, allow_unicode=True))


def retitle(folder: Path, slug: str, title: str) -> None:
    path = folder / "practices" / slug / "fr.md"
    lines = path.read_text().splitlines()
    (number,) = [n for n, line in enumerate(lines) if line.startswith("title:")]
    lines[number] = f"title: {title}"
    path.write_text("\n".join(lines) + "\n")


def bring_in(runtime: Runtime, folder: Path, **options: bool) -> Report:
    with runtime.begin() as work:
        return import_folder(work, read_folder(folder), **options)


def titles(runtime: Runtime) -> dict[str, str]:
    with runtime.reading() as session:
        return {slug: view.texts["fr"].title for slug, view in public_views(session).items()}


def results(report: Report) -> dict[str, str]:
    return {slug: result.value for slug, result in report.results.items()}


def test_the_whole_content_is_published_as_imports(runtime):
    folder = read_folder(CONTENT)
    assert folder.problems == {}
    with runtime.reading() as session:
        views = public_views(session)
        assert len(views) == len(folder.practices) == 43
        assert {p.content.slug: p.content for p in folder.practices} == {
            revision.practice.slug: revision.version.parsed()
            for revision in session.scalars(select(Revision))
        }
        states = session.execute(select(Revision.state, Revision.imported).distinct()).all()
        assert states == [(State.PUBLISHED, True)]
        assert {view.kind for view in views.values()} == {"practice", "lesson"}
        assert sum(view.kind == "lesson" for view in views.values()) == 4
        notes = session.scalar(select(func.count()).select_from(RestrictedNote))
        assert notes == sum(len(practice.notes) for practice in folder.practices) > 0
        assert session.scalar(select(Practice.id).where(Practice.owner_id.is_not(None))) is None
    kinds = {entry.type for entry in entries(runtime)}
    assert kinds == {"vocabularies.replaced", "practice.created", "practice.import"}


def test_an_import_makes_no_verdict_and_no_sign_off(runtime):
    rows = snapshot(runtime)
    assert (rows["verdicts"], rows["sign_offs"], rows["assignments"]) == ([], [], [])


def test_a_second_import_changes_nothing(fresh_runtime, folder):
    assert results(bring_in(fresh_runtime, folder)) == dict.fromkeys((ONE, THREE, TWO), "added")
    before = snapshot(fresh_runtime)
    fresh_runtime.clock.advance(days=1)
    again = bring_in(fresh_runtime, folder)
    assert results(again) == dict.fromkeys((ONE, THREE, TWO), "unchanged")
    assert results(bring_in(fresh_runtime, folder, replace=True)) == results(again)
    assert snapshot(fresh_runtime) == before


def test_a_changed_text_becomes_a_new_revision_and_the_others_stay(fresh_runtime, folder):
    bring_in(fresh_runtime, folder)
    before, last = snapshot(fresh_runtime), len(entries(fresh_runtime))
    retitle(folder, TWO, "Un autre titre")
    fresh_runtime.clock.advance(days=1)
    assert results(bring_in(fresh_runtime, folder)) == {
        ONE: "unchanged",
        THREE: "unchanged",
        TWO: "updated",
    }
    assert titles(fresh_runtime)[TWO] == "Un autre titre"
    grown = changes(before, snapshot(fresh_runtime))
    assert (grown["revisions"], grown["versions"], grown["rendered_texts"]) == (1, 1, 2)
    assert "practices" not in grown
    assert [entry.type for entry in entries(fresh_runtime, after=last)] == [
        "practice.created",
        "practice.supersede",
        "practice.import",
    ]
    with fresh_runtime.reading() as session:
        practice = practice_by_slug(session, TWO)
        assert [(r.number, r.state, r.imported) for r in practice.revisions] == [
            (1, State.SUPERSEDED, True),
            (2, State.PUBLISHED, True),
        ]


def test_changed_terms_are_announced_once(fresh_runtime, folder):
    bring_in(fresh_runtime, folder)
    last = len(entries(fresh_runtime))
    path = folder / "vocabularies" / "themes.yaml"
    data = yaml.safe_load(path.read_text())
    data["terms"][0]["label"]["fr"] = "Un autre nom"
    path.write_text(yaml.safe_dump(data, allow_unicode=True))
    bring_in(fresh_runtime, folder)
    bring_in(fresh_runtime, folder)
    assert [e.type for e in entries(fresh_runtime, after=last)] == ["vocabularies.replaced"]
    with fresh_runtime.reading() as session:
        themes = fresh_runtime.vocabularies.get(session).by_name["themes"]
    assert themes.terms[0].label.fr == "Un autre nom"


def test_changed_notes_are_taken_over_and_those_written_here_stay(fresh_runtime, folder):
    bring_in(fresh_runtime, folder)
    with fresh_runtime.begin() as work:
        practice = practice_by_slug(work.session, THREE)
        author = make_user(work, Role.EDITOR)
        work.session.add(
            RestrictedNote(
                practice_id=practice.id,
                author_id=author.user_id,
                origin="desk",
                text={"fr": "écrite ici"},
                created_at=work.clock.now(),
            )
        )
    notes = folder / "practices" / THREE / "notes.yaml"
    notes.write_text("notes:\n- {text: {fr: nouvelle}, origin: archive}\n")
    before = entries(fresh_runtime)
    assert results(bring_in(fresh_runtime, folder))[THREE] == "unchanged"
    assert notes_of(fresh_runtime, THREE) == [("desk", "écrite ici"), ("archive", "nouvelle")]
    notes.unlink()
    bring_in(fresh_runtime, folder)
    assert notes_of(fresh_runtime, THREE) == [("desk", "écrite ici")]
    assert len(entries(fresh_runtime)) == len(before)


def notes_of(runtime: Runtime, slug: str) -> list[tuple[str, str]]:
    with runtime.reading() as session:
        return [(n.origin, n.text["fr"]) for n in practice_by_slug(session, slug).notes]


def edit_here(runtime: Runtime, slug: str, state: State, title: str) -> None:
    """Somebody starts a revision of an imported practice and brings it so far."""
    with runtime.begin() as work:
        people = {
            "author": make_user(work, Role.CONTRIBUTOR),
            "reviewer": make_user(work, Role.REVIEWER),
            "safeguard": make_user(work, Role.SAFEGUARD),
            "editor": make_user(work, Role.EDITOR),
        }
        practice = practice_by_slug(work.session, slug)
        # What nobody here wrote has no owner: the desk has given it one.
        practice.owner_id = people["author"].user_id
        data = dict(published_revision(work.session, practice.id).working_copy)
        data["texts"]["fr"]["title"] = title
        revision = start_revision(work, people["author"], practice, data)
        for step in PATHS[state]:
            take_step(work, people, revision, step)


@pytest.mark.parametrize("replace", [False, True])
def test_what_was_edited_here_is_skipped_unless_told_to_replace(fresh_runtime, folder, replace):
    bring_in(fresh_runtime, folder)
    edit_here(fresh_runtime, ONE, State.PUBLISHED, "Titre d'ici")
    retitle(folder, ONE, "Titre du dossier")
    report = bring_in(fresh_runtime, folder, replace=replace)
    assert results(report)[ONE] == ("updated" if replace else "edited-here")
    assert titles(fresh_runtime)[ONE] == ("Titre du dossier" if replace else "Titre d'ici")


OPEN = [State.DRAFT, State.SUBMITTED, State.IN_REVIEW, State.CHANGES_REQUESTED, State.APPROVED]


@pytest.mark.parametrize("state", OPEN)
def test_an_unfinished_text_is_never_overwritten(sqlite_runtime, folder, state):
    bring_in(sqlite_runtime, folder)
    edit_here(sqlite_runtime, ONE, state, "Titre d'ici")
    retitle(folder, ONE, "Titre du dossier")
    before = snapshot(sqlite_runtime)
    for replace in (False, True):
        assert results(bring_in(sqlite_runtime, folder, replace=replace))[ONE] == "edited-here"
    assert snapshot(sqlite_runtime) == before


def test_a_draft_of_the_same_name_is_left_alone(sqlite_runtime, folder):
    with sqlite_runtime.begin() as work:
        author = make_user(work, Role.CONTRIBUTOR)
        create_practice(work, author, ONE, {"slug": ONE, "title": "not finished"})
    for replace in (False, True):
        report = bring_in(sqlite_runtime, folder, replace=replace)
        assert results(report)[ONE] == "edited-here"
    assert set(titles(sqlite_runtime)) == {TWO, THREE}


@pytest.mark.parametrize("action", [Action.WITHDRAW, Action.ARCHIVE])
@pytest.mark.parametrize("changed", [False, True])
def test_what_was_taken_down_here_is_not_brought_back(sqlite_runtime, folder, action, changed):
    bring_in(sqlite_runtime, folder)
    with sqlite_runtime.begin() as work:
        editor = make_user(work, Role.EDITOR)
        practice = practice_by_slug(work.session, ONE)
        revision_id = published_revision(work.session, practice.id).id
        perform(work, editor, revision_id, action, "in danger", withdrawal=Withdrawal.SAFETY)
    if changed:
        retitle(folder, ONE, "Un autre titre")
    before = snapshot(sqlite_runtime)
    for replace in (False, True):
        assert results(bring_in(sqlite_runtime, folder, replace=replace)) == {
            ONE: Result.TAKEN_DOWN_HERE,
            THREE: Result.UNCHANGED,
            TWO: Result.UNCHANGED,
        }
    assert snapshot(sqlite_runtime) == before
    assert set(titles(sqlite_runtime)) == {TWO, THREE}


def test_what_was_narrowed_here_stays_narrow(sqlite_runtime, folder):
    bring_in(sqlite_runtime, folder)
    with sqlite_runtime.begin() as work:
        revision = published_revision(work.session, practice_by_slug(work.session, ONE).id)
        revision.location_precision = "country"
        revision = published_revision(work.session, practice_by_slug(work.session, TWO).id)
        revision.visibility = "members"
    for slug in (ONE, TWO):
        retitle(folder, slug, "Un autre titre")
    bring_in(sqlite_runtime, folder)
    with sqlite_runtime.reading() as session:
        views = public_views(session)
        assert set(views) == {ONE, THREE}
        assert (views[ONE].regions, views[ONE].texts["fr"].places) == ((), ())
        assert views[ONE].texts["fr"].title == "Un autre titre"


def test_a_folder_that_is_narrower_narrows(sqlite_runtime, folder):
    bring_in(sqlite_runtime, folder)
    edit(folder / "practices" / ONE / "practice.yaml", visibility="restricted")
    edit(folder / "practices" / TWO / "practice.yaml", location_precision="country")
    bring_in(sqlite_runtime, folder)
    with sqlite_runtime.reading() as session:
        views = public_views(session)
        assert set(views) == {TWO, THREE}
        assert views[TWO].regions == ()


def spoil_yaml(folder: Path) -> None:
    (folder / "practices" / TWO / "practice.yaml").write_text("slug: [")


def spoil_term(folder: Path) -> None:
    edit(folder / "practices" / TWO / "practice.yaml", themes=["nonsense"])


def spoil_section(folder: Path) -> None:
    path = folder / "practices" / TWO / "en.md"
    path.write_text(path.read_text().replace("## Results", "## Outcome"))


def spoil_related(folder: Path) -> None:
    edit(folder / "practices" / TWO / "practice.yaml", related=["never-existed"])


def spoil_vocabulary(folder: Path) -> None:
    (folder / "vocabularies" / "unused.yaml").write_text("name: other\n")


def spoil_glossary(folder: Path) -> None:
    (folder / "glossary.yaml").write_text("terms: none\n")


SPOILERS = [
    spoil_yaml,
    spoil_term,
    spoil_section,
    spoil_related,
    spoil_vocabulary,
    spoil_glossary,
]


@pytest.mark.parametrize("spoil", SPOILERS, ids=lambda f: f.__name__)
def test_any_failure_changes_nothing_at_all(
    sqlite_runtime: Runtime, folder: Path, spoil: Callable[[Path], None]
):
    bring_in(sqlite_runtime, folder)
    retitle(folder, ONE, "Un autre titre")
    spoil(folder)
    before = snapshot(sqlite_runtime)
    with pytest.raises(Invalid) as refusal:
        bring_in(sqlite_runtime, folder)
    assert str(refusal.value.message) == "The content is not valid; nothing was imported."
    assert refusal.value.problems
    assert snapshot(sqlite_runtime) == before


def test_partial_imports_what_is_valid_and_names_the_rest(fresh_runtime, folder):
    spoil_section(folder)
    report = bring_in(fresh_runtime, folder, partial=True)
    assert results(report) == {ONE: "added", THREE: "added"}
    (place,) = report.problems
    assert place.startswith(f"practices/{TWO}/en.md:")
    assert set(titles(fresh_runtime)) == {ONE, THREE}


def test_partial_keeps_what_was_there_of_the_invalid(sqlite_runtime, folder):
    bring_in(sqlite_runtime, folder)
    spoil_term(folder)
    assert set(results(bring_in(sqlite_runtime, folder, partial=True))) == {ONE, THREE}
    assert set(titles(sqlite_runtime)) == {ONE, TWO, THREE}


def test_a_fault_in_the_middle_rolls_everything_back(sqlite_runtime, folder, monkeypatch):
    """Not a problem of the folder but of the machine, after some practices were written."""
    done: list[str] = []

    def fail_at_third(work, *arguments, **options):
        if len(done) == 2:
            raise OSError("disk full")
        done.append("one more")
        return perform(work, *arguments, **options)

    monkeypatch.setattr("kb.operations.content_transfer.perform", fail_at_third)
    before = snapshot(sqlite_runtime)
    with pytest.raises(OSError, match="disk full"):
        bring_in(sqlite_runtime, folder)
    assert snapshot(sqlite_runtime) == before
    monkeypatch.undo()
    assert set(results(bring_in(sqlite_runtime, folder)).values()) == {"added"}


def test_a_practice_that_left_the_folder_stays_here(sqlite_runtime, folder):
    """An import adds and updates; taking down is a decision of its own, with a reason."""
    bring_in(sqlite_runtime, folder)
    shutil.rmtree(folder / "practices" / ONE)
    bring_in(sqlite_runtime, folder)
    assert set(titles(sqlite_runtime)) == {ONE, TWO, THREE}


def test_versions_are_numbered_and_hashed(sqlite_runtime, folder):
    bring_in(sqlite_runtime, folder)
    with sqlite_runtime.reading() as session:
        rows = session.execute(select(Version.number, Version.content_hash)).all()
    assert [number for number, _ in rows] == [1, 1, 1]
    assert len({digest for _, digest in rows}) == 3


def test_broken_terms_are_not_missing_terms(fresh_runtime, folder):
    """One typing error must not empty the thesaurus, nor take a vocabulary away."""
    bring_in(fresh_runtime, folder)
    with fresh_runtime.reading() as session:
        before = fresh_runtime.vocabularies.get(session).by_name, load_glossary(session)
    for name in ("vocabularies/regions.yaml", "glossary.yaml"):
        path = folder / name
        if path.exists():
            path.write_text(path.read_text() + "\nbroken: [")
    bring_in(fresh_runtime, folder, partial=True)
    (folder / "vocabularies" / "regions.yaml").unlink()
    (folder / "glossary.yaml").unlink(missing_ok=True)
    bring_in(fresh_runtime, folder, partial=True)
    with fresh_runtime.reading() as session:
        after = fresh_runtime.vocabularies.get(session).by_name, load_glossary(session)
    assert after == before


def test_a_restart_does_not_undo_what_the_operator_corrected(sqlite_runtime, folder):
    def restart():
        set_up(sqlite_runtime, lambda _message: None, content=folder)

    restart()
    shipped = (folder / "practices" / ONE / "fr.md").read_text()
    retitle(folder, ONE, "Titre corrigé")
    bring_in(sqlite_runtime, folder)
    (folder / "practices" / ONE / "fr.md").write_text(shipped)
    restart()
    assert titles(sqlite_runtime)[ONE] == "Titre corrigé"
    retitle(folder, ONE, "Titre de la version suivante")
    restart()
    assert titles(sqlite_runtime)[ONE] == "Titre de la version suivante"
