"""The command line's entry: wires the commands to settings, runtime and application."""

import logging
from pathlib import Path
import sys

from config import ConfigurationError, hand_down, load_settings
from kb.app import create_app
from kb.cli.console import Context
from kb.cli.main import palabre
from kb.core.settings import Settings
from kb.wiring import build_runtime


def _load(data_dir: Path | None) -> Settings:
    return load_settings(data_dir=data_dir)


def main() -> None:
    """Run one command."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    context = Context(_load, build_runtime, create_app, hand_down)
    try:
        palabre(obj=context, prog_name="palabre")
    except (ConfigurationError, ValueError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
