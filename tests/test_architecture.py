"""The house rules that no other tool checks."""

import ast
from collections.abc import Iterator
import configparser
from pathlib import Path
import re
import subprocess
import sys

import pytest

from kb.cli.main import palabre
from kb.events.types import EventType
from kb.practices.lifecycle import Action, State, diagram

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted((ROOT / "kb").rglob("*.py"))
DOCUMENTS = "\n".join(
    path.read_text() for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
)
MODULE_LINES = 300
FUNCTION_LINES = 40
FORBIDDEN_NAMES = {"utils", "helpers", "common", "misc", "base"}


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_import_contracts_are_kept() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    checked = subprocess.run(
        [program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout


def test_modules_and_functions_are_small() -> None:
    long_modules = {
        str(path.relative_to(ROOT)): lines
        for path in [*MODULES, ROOT / "palabre", ROOT / "config.py"]
        if (lines := path.read_text().count("\n")) > MODULE_LINES
    }
    long_functions = {
        f"{path.relative_to(ROOT)}:{node.name}": size
        for path in MODULES
        for node in functions(path)
        if (size := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES
    }
    assert long_modules == {}
    assert long_functions == {}


def test_no_module_is_a_junk_drawer() -> None:
    names = {path.stem for path in MODULES} | {path.parent.name for path in MODULES}
    assert names & FORBIDDEN_NAMES == set()


def test_no_import_inside_a_function() -> None:
    hidden = [
        f"{path.relative_to(ROOT)}:{inner.lineno}"
        for path in MODULES
        for node in functions(path)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert hidden == []


def test_only_the_database_layer_commits() -> None:
    committing = {
        str(path.relative_to(ROOT)) for path in MODULES if ".commit(" in path.read_text()
    } - {str(p.relative_to(ROOT)) for p in (ROOT / "kb/adapters/whoosh_index").glob("*.py")}
    assert committing == set()
    beginning = {
        str(path.relative_to(ROOT)) for path in MODULES if "session.begin()" in path.read_text()
    }
    assert beginning == {"kb/core/database.py"}


def test_templates_never_mark_text_as_safe() -> None:
    templates = sorted((ROOT / "kb/web/templates").rglob("*.html"))
    assert templates
    marked = [
        str(path.relative_to(ROOT))
        for path in templates
        if re.search(r"\|\s*safe\b|autoescape\s+false|Markup\(", path.read_text())
    ]
    assert marked == []


def test_sql_is_made_of_expressions() -> None:
    """Text SQL stands only where no expression exists: pragmas, probes, the schema's version."""
    literal = {
        str(path.relative_to(ROOT))
        for path in MODULES
        if re.search(r"\btext\(\s*f?\"|exec_driver_sql\(|\.execute\(\s*f?\"", path.read_text())
    }
    assert literal == {
        "kb/core/database.py",
        "kb/operations/backup.py",
        "kb/operations/doctor.py",
        "kb/operations/postgresql.py",
        "kb/operations/schema.py",
        "kb/operations/schema_version.py",
        # The conditions of partial indexes.
        "kb/practices/models.py",
        "kb/reviews/models.py",
    }


def settings_read() -> set[str]:
    return set(re.findall(r'"(KB_[A-Z_]+)"', (ROOT / "config.py").read_text()))


@pytest.mark.parametrize("name", sorted(settings_read()))
def test_every_setting_is_documented(name: str) -> None:
    assert f"`{name}`" in DOCUMENTS


@pytest.mark.parametrize("name", sorted(palabre.commands))
def test_every_command_is_documented(name: str) -> None:
    command = palabre.commands[name]
    for full in [f"{name} {sub}" for sub in getattr(command, "commands", {})] or [name]:
        assert re.search(rf"`{full}[ `]", DOCUMENTS), full


def test_the_launcher_names_the_commands_there_are() -> None:
    told = re.findall(r"^  (\w+)  ", (ROOT / "palabre").read_text(), re.MULTILINE)
    shown = {name for name, command in palabre.commands.items() if not command.hidden}
    # The test run is the launcher's own.
    assert sorted(told) == sorted(shown | {"test"})


@pytest.mark.parametrize("kind", sorted(EventType))
def test_every_event_is_documented(kind: EventType) -> None:
    assert f"`{kind}`" in DOCUMENTS


def test_every_action_has_its_event() -> None:
    workflow = {
        kind.removeprefix("practice.") for kind in EventType if kind.startswith("practice.")
    }
    assert workflow == set(Action) | {"created", "shared", "unshared", "note_added"}


def test_the_state_diagram_is_generated() -> None:
    drawn = re.search(r"```mermaid\n(.*?)\n```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert drawn is not None
    assert drawn[1] == diagram()
    assert all(state in drawn[1] for state in State)


def test_dependencies_are_locked_with_hashes() -> None:
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg")
    runtime = (ROOT / "requirements/runtime.txt").read_text()
    development = (ROOT / "requirements/dev.txt").read_text()
    for lock, wanted in (
        (runtime, parser["options"]["install_requires"]),
        (development, parser["options"]["install_requires"]),
        (development, parser["options.extras_require"]["dev"]),
    ):
        locked = {re.split(r"[=\[]", line)[0] for line in lock.splitlines() if "==" in line}
        names = {re.split(r"[\[>=<,]", line)[0] for line in wanted.split()}
        assert names <= locked
    pinned = re.findall(r"^\S+==\S+.*$", runtime, re.MULTILINE)
    assert pinned
    assert all(line.endswith("\\") for line in pinned), "every pin is followed by its hashes"
    assert "index-url" not in runtime + development
    assert re.search(r"^whoosh==2\.7\.4 ", runtime, re.MULTILINE)


def test_no_path_of_a_machine_is_tracked() -> None:
    pattern = re.compile(r"/(?:root|home|Users)/[a-z]")
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in tracked()
        if path.suffix in {".py", ".md", ".cfg", ".txt", ".toml", ".html", ".css", ".yaml", ".po"}
        and path.name != Path(__file__).name
        and path.exists()
        and (match := pattern.search(path.read_text()))
    ]
    assert found == []
