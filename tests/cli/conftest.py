"""The commands as an operator types them, run in this process for speed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
import logging
from pathlib import Path
import shutil

import pytest

from kb.__main__ import main
from kb.runtime import Runtime


@dataclass(frozen=True)
class Done:
    """How a command ended and what it printed."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


@pytest.fixture
def palabre(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Run]:
    """Run `palabre ARGUMENTS` on a data directory of the test's own."""
    monkeypatch.setenv("KB_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("KB_DEFAULT_LOCALE", "en")
    handlers = list(logging.root.handlers)

    def run(*arguments: str, **more: str) -> Done:
        with monkeypatch.context() as patch:
            for name, value in more.items():
                patch.setenv(name, value)
            code = exit_code(arguments)
        printed = capsys.readouterr()
        if isinstance(code, str):
            return Done(1, printed.out, f"{printed.err}{code}\n")
        return Done(code, printed.out, printed.err)

    yield run
    logging.root.handlers[:] = handlers


@pytest.fixture
def installed_palabre(palabre: Run, runtime: Runtime, tmp_path: Path) -> Run:
    """The same on an installation with all of content/."""
    shutil.copytree(runtime.settings.data_dir, tmp_path / "data")
    return palabre


def exit_code(arguments: tuple[str, ...]) -> int | str:
    """What the interpreter would be told: a number, or a sentence for standard error."""
    try:
        main(arguments)
    except SystemExit as stop:
        return stop.code or 0
    return 0
