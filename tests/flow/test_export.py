"""Exporting: what goes out can come in again; the public export holds what is public."""

from pathlib import Path
import shutil
import stat

import pytest
import yaml

from kb.accounts.permissions import Role
from kb.core.errors import Invalid
from kb.operations.content_folder import read_folder
from kb.operations.content_transfer import export_folder, import_folder
from kb.operations.installation import CONTENT
from kb.operations.schema import upgrade
from kb.practices.content import LocationPrecision
from kb.practices.lifecycle import Action, State
from kb.practices.models import RestrictedNote
from kb.practices.queries import public_views
from kb.reviews.rules import Decision, Outcome
from kb.reviews.service import give_verdict, sign_off
from kb.runtime import Runtime
from kb.wiring import build_runtime
from kb.workflow.service import perform
from tests.conftest import FrozenClock, make_settings
from tests.fakes import memory_indexes
from tests.make import (
    ANSWERS,
    RATINGS,
    make_content,
    make_revision,
    make_text,
    make_user,
    make_vocabularies,
)

PUBLIC, COARSE, MEMBERS, RESTRICTED, GATED = (
    "the-public-one",
    "the-coarse-one",
    "the-members-one",
    "the-restricted-one",
    "the-gated-one",
)
HIDDEN = {State.DRAFT, State.IN_REVIEW, State.APPROVED, State.ARCHIVED, State.WITHDRAWN}


def written(slug: str, **changes):
    return make_content(
        slug,
        original_language="fr",
        translations={"fr": "original", "en": "up-to-date"},
        texts={"fr": make_text(slug), "en": make_text(slug, places=["Ansongo town"])},
        related=[PUBLIC, MEMBERS],
        **changes,
    )


@pytest.fixture(scope="module")
def mixed(tmp_path_factory, renderer):
    """An installation with something of every kind."""
    runtime = new_runtime(tmp_path_factory.mktemp("mixed"), renderer)
    with runtime.begin() as work:
        make_vocabularies(work)
        for slug, visibility in (
            (PUBLIC, "public"),
            (MEMBERS, "members"),
            (RESTRICTED, "restricted"),
        ):
            make_revision(work, State.PUBLISHED, written(slug, visibility=visibility))
        for slug, outcome, precision in (
            (COARSE, Outcome.PASS_COARSENED, LocationPrecision.REGION),
            (GATED, Outcome.MEMBERS_ONLY, None),
        ):
            revision, people = make_revision(work, State.IN_REVIEW, written(slug))
            give_verdict(work, people["reviewer"], revision.id, Decision.ACCEPT, ratings=RATINGS)
            sign_off(
                work,
                people["safeguard"],
                revision.id,
                outcome,
                ANSWERS,
                location_precision=precision,
            )
            perform(work, people["editor"], revision.id, Action.APPROVE)
            perform(work, people["editor"], revision.id, Action.PUBLISH)
        for state in HIDDEN:
            make_revision(work, state, written(f"hidden-{state.value.replace('_', '-')}"))
        work.session.add(
            RestrictedNote(
                practice_id=revision.practice_id,
                author_id=make_user(work, Role.EDITOR).user_id,
                origin="desk",
                text={"fr": "a note of the desk"},
                created_at=work.clock.now(),
            )
        )
    yield runtime
    runtime.close()


def new_runtime(folder: Path, renderer) -> Runtime:
    settings = make_settings(folder)
    runtime = build_runtime(
        settings, clock=FrozenClock(), renderer=renderer, indexes=memory_indexes()
    )
    upgrade(runtime.engine)
    return runtime


def write_out(runtime: Runtime, folder: Path, *, desk: bool = False) -> tuple[str, ...]:
    with runtime.reading() as session:
        return export_folder(session, folder, desk=desk)


def bring_in(runtime: Runtime, folder: Path):
    found = read_folder(folder)
    assert found.problems == {}
    with runtime.begin() as work:
        return import_folder(work, found)


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_real_content_goes_out_and_comes_in_again_the_same(runtime, tmp_path):
    slugs = write_out(runtime, tmp_path / "out", desk=True)
    assert len(slugs) == 43
    before, after = read_folder(CONTENT), read_folder(tmp_path / "out")
    assert after.problems == {}
    assert after.practices == before.practices
    assert after.vocabularies == before.vocabularies
    assert after.glossary == before.glossary


def test_an_export_brought_in_where_it_came_from_changes_nothing(content_runtime, tmp_path):
    write_out(content_runtime, tmp_path / "out", desk=True)
    report = bring_in(content_runtime, tmp_path / "out")
    assert set(report.results.values()) == {"unchanged"}


def test_a_public_export_of_the_real_content_lacks_notes_and_exact_places(runtime, tmp_path):
    write_out(runtime, tmp_path / "desk", desk=True)
    write_out(runtime, tmp_path / "public")
    desk, public = contents(tmp_path / "desk"), contents(tmp_path / "public")
    notes = {name for name in desk if name.endswith("/notes.yaml")}
    assert notes
    assert set(public) == set(desk) - notes
    exact = read_folder(tmp_path / "desk").practices
    assert [p.content for p in read_folder(tmp_path / "public").practices] == [
        p.content.coarsened(p.content.location_precision) for p in exact
    ]
    told = {t.places for p in exact for t in p.content.texts.values()}
    assert len(told) > 30
    assert any(p.content.location_precision != "commune" for p in exact)


def test_the_public_export_holds_what_visitors_may_read(mixed, tmp_path):
    assert write_out(mixed, tmp_path) == (COARSE, PUBLIC)
    files = contents(tmp_path)
    assert {name.split("/")[1] for name in files if name.startswith("practices/")} == {
        COARSE,
        PUBLIC,
    }
    assert [name for name in files if name.endswith("notes.yaml")] == []
    everything = "\n".join(files.values())
    secrets = [MEMBERS, RESTRICTED, GATED, "hidden-", "a note of the desk"]
    assert [secret for secret in secrets if secret in everything] == []
    coarse = files[f"practices/{COARSE}/fr.md"] + files[f"practices/{COARSE}/en.md"]
    assert "Ansongo" not in coarse
    assert "Ansongo" in files[f"practices/{PUBLIC}/fr.md"]
    assert (
        yaml.safe_load(files[f"practices/{COARSE}/practice.yaml"])["location_precision"]
        == "region"
    )


def test_the_desk_export_holds_all_that_is_published(mixed, tmp_path):
    assert write_out(mixed, tmp_path / "out", desk=True) == (
        COARSE,
        GATED,
        MEMBERS,
        PUBLIC,
        RESTRICTED,
    )
    files = contents(tmp_path / "out")
    assert "hidden-" not in "\n".join(files.values())
    assert "Ansongo" in files[f"practices/{COARSE}/fr.md"]
    notes = [name for name in files if name.endswith("notes.yaml")]
    assert notes == [f"practices/{GATED}/notes.yaml"]
    assert "a note of the desk" in files[notes[0]]
    # It is for the desk's eyes, not for everybody with an account on the machine.
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o700


@pytest.mark.parametrize("desk", [False, True])
def test_what_was_narrowed_stays_narrow_in_another_installation(mixed, tmp_path, renderer, desk):
    write_out(mixed, tmp_path / "out", desk=desk)
    (tmp_path / "other").mkdir()
    other = new_runtime(tmp_path / "other", renderer)
    report = bring_in(other, tmp_path / "out")
    assert set(report.results.values()) == {"added"}
    with mixed.reading() as here, other.reading() as there:
        ours, theirs = public_views(here), public_views(there)
        assert set(ours) == set(theirs) == {COARSE, PUBLIC}
        for slug, view in ours.items():
            assert theirs[slug].texts == view.texts
            assert theirs[slug].regions == view.regions
    other.close()


def test_an_export_twice_is_the_same(mixed, tmp_path):
    write_out(mixed, tmp_path)
    first = contents(tmp_path)
    write_out(mixed, tmp_path)
    assert contents(tmp_path) == first


def test_a_file_that_a_practice_no_longer_has_is_removed(mixed, tmp_path):
    write_out(mixed, tmp_path)
    first = contents(tmp_path)
    (tmp_path / "practices" / PUBLIC / "notes.yaml").write_text("notes: []")
    write_out(mixed, tmp_path)
    assert contents(tmp_path) == first


def test_a_folder_with_other_practices_is_refused_and_left_alone(mixed, tmp_path):
    """An export made before a withdrawal must not keep what was withdrawn without a word."""
    old = shutil.copytree(
        CONTENT / "practices" / "toguna-hogon-conseil-anciens",
        tmp_path / "practices" / "withdrawn",
    )
    before = contents(tmp_path)
    with pytest.raises(Invalid) as refusal:
        write_out(mixed, tmp_path)
    assert list(refusal.value.problems) == ["practices/withdrawn"]
    assert contents(tmp_path) == before
    assert old.exists()
