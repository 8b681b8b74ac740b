"""`content check` and `content import` on broken folders: file, line or key, reason; no change."""

from collections.abc import Callable
from pathlib import Path
import shutil

import pytest

from tests.cli.conftest import Run

ROOT = Path(__file__).resolve().parents[2]
SLUG, OTHER = "case-de-la-paix-gao", "cadis-gao-tombouctou"
Breakage = Callable[[Path], object]


def replace(name: str, old: str, new: str) -> Breakage:
    def breakage(practice: Path) -> None:
        path = practice / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))

    return breakage


BROKEN: dict[str, tuple[Breakage, str]] = {
    "broken YAML": (
        replace("practice.yaml", "kind: practice", "kind: [practice"),
        f"practices/{SLUG}/practice.yaml:3: did not find expected ',' or ']'",
    ),
    "a key twice": (
        replace("practice.yaml", "kind: practice", "kind: practice\nkind: practice"),
        f"practices/{SLUG}/practice.yaml:3: the key 'kind' is there twice",
    ),
    "unknown term": (
        replace("practice.yaml", "- reconciliation", "- reconcilliation"),
        f"practices/{SLUG}/practice.yaml: themes: unknown term: reconcilliation",
    ),
    "unknown field": (
        replace("practice.yaml", "kind: practice", "kind: practice\nstatus: published"),
        f"practices/{SLUG}/practice.yaml: status: is not a known field",
    ),
    "missing metadata": (
        lambda practice: (practice / "practice.yaml").unlink(),
        f"practices/{SLUG}/practice.yaml: is missing",
    ),
    "missing section": (
        replace("fr.md", "## Résultats", "## Conditions de réussite"),
        f"practices/{SLUG}/fr.md:",
    ),
    "foreign heading": (
        replace("en.md", "## Results", "## Impact"),
        f"practices/{SLUG}/en.md:32: not a heading of the template: Impact",
    ),
    "unknown source": (
        replace("en.md", "[S1]", "[S9]"),
        f"practices/{SLUG}/practice.yaml: practice: cites a source that is not listed: S9",
    ),
    "summary too long": (
        replace("en.md", "summary: '", f"summary: '{'long ' * 130}"),
        f"practices/{SLUG}/en.md: summary: is longer than 600 characters",
    ),
    "address differs": (
        replace("practice.yaml", f"slug: {SLUG}", f"slug: {OTHER}"),
        f"practices/{SLUG}/practice.yaml: slug: differs from the folder's name",
    ),
    "bad address of a source": (
        replace("practice.yaml", "url: https://", "url: javascript://"),
        f"practices/{SLUG}/practice.yaml: sources.0.url: is not a web address",
    ),
    "not UTF-8": (
        lambda practice: (practice / "fr.md").write_bytes(b"---\ntitle: \xe9t\xe9\n"),
        f"practices/{SLUG}/fr.md: is not UTF-8",
    ),
    "a link instead of a file": (
        lambda practice: (
            (practice / "fr.md").unlink(),
            (practice / "fr.md").symlink_to("/etc/hostname"),
        ),
        f"practices/{SLUG}/fr.md: is not a regular file",
    ),
    "a foreign file": (
        lambda practice: (practice / "page.html").write_text("<script>"),
        f"practices/{SLUG}/page.html: is not a file of a practice",
    ),
    "unknown related practice": (
        replace("practice.yaml", "related: []", "related:\n- never-was"),
        f"practices/{SLUG}/practice.yaml: related: there is no such practice: never-was",
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small content folder: two practices with all vocabularies."""
    target = tmp_path / "content"
    for name in ("vocabularies", f"practices/{SLUG}", f"practices/{OTHER}"):
        shutil.copytree(ROOT / "content" / name, target / name)
    return target


def test_a_good_folder_is_said_to_be_good(palabre: Run, folder: Path) -> None:
    checked = palabre("content", "check", str(folder))
    assert (checked.returncode, checked.stderr) == (0, "")
    assert checked.stdout.endswith(
        "2 practices, 19 vocabularies, 0 glossary entries, no problem.\n"
    )


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_broken_is_named(palabre: Run, folder: Path, case: str) -> None:
    breakage, expected = BROKEN[case]
    breakage(folder / "practices" / SLUG)
    checked = palabre("content", "check", str(folder))
    assert checked.returncode == 1
    assert checked.stdout == ""
    first, *problems = checked.stderr.splitlines()
    assert first == "The content is not valid."
    assert [p for p in problems if p.strip().startswith(expected)], problems
    assert "Traceback" not in checked.stderr


def test_a_broken_vocabulary_is_named(palabre: Run, folder: Path) -> None:
    path = folder / "vocabularies" / "themes.yaml"
    path.write_text(path.read_text().replace("name: themes", "name: topics"))
    problems = palabre("content", "check", str(folder)).stderr
    assert "vocabularies/themes.yaml: name: differs from the file's name" in problems


def test_import_of_a_broken_folder_changes_nothing(palabre: Run, folder: Path) -> None:
    palabre("init", "--empty")
    replace("en.md", "## Results", "## Impact")(folder / "practices" / SLUG)
    refused = palabre("content", "import", str(folder))
    assert refused.returncode == 1
    assert refused.stderr.startswith("The content is not valid; nothing was imported.\n")
    assert palabre("index", "status").stdout.splitlines()[0] == "index: 0 practices, 0 differ"
    partial = palabre("content", "import", str(folder), "--partial")
    assert partial.returncode == 1
    assert partial.stdout == f"added            {OTHER}\n"
    assert "not a heading of the template: Impact" in partial.stderr
    assert palabre("index", "status").stdout.splitlines()[0] == "index: 1 practices, 0 differ"
    again = palabre("content", "import", str(folder), "--partial")
    assert again.stdout == f"unchanged        {OTHER}\n"


def test_what_is_no_content_folder_is_refused(palabre: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    refused = palabre("content", "check", str(tmp_path / "empty"))
    assert refused.returncode == 1
    assert refused.stderr.startswith("This is not a content folder.\n")
