"""The command line's entry: wires the commands to settings, runtime and application."""

from collections.abc import Sequence
from pathlib import Path
import sys

from sqlalchemy.exc import OperationalError

from config import ConfigurationError, hand_down, load_settings, look_at_settings
from kb.app import create_app
from kb.cli.console import Context
from kb.cli.main import palabre
from kb.core.logs import configure_logging
from kb.core.settings import Settings
from kb.wiring import build_runtime


def _load(data_dir: Path | None) -> Settings:
    settings = load_settings(data_dir=data_dir)
    configure_logging(settings.log_format)
    return settings


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command; whatever the machine refuses is one line and exit code 1."""
    context = Context(_load, build_runtime, create_app, hand_down, look_at_settings)
    try:
        palabre(arguments, obj=context, prog_name="palabre")
    except OperationalError as error:
        sys.exit(f"palabre: the database does not answer: {error.orig}")
    except (ConfigurationError, ValueError, OSError) as error:
        sys.exit(f"palabre: {error}")


if __name__ == "__main__":
    main()
