"""What an operator may choose; `config.py` reads it from the environment."""

from dataclasses import dataclass
from pathlib import Path

from kb.core.language import Locale


@dataclass(frozen=True, slots=True)
class Settings:
    """Immutable settings, handed down from the composition root."""

    data_dir: Path
    database_url: str
    search_url: str
    secret_key: str
    base_url: str = "http://127.0.0.1:8000"
    default_locale: Locale = Locale.FR
    proxy_hops: int = 0
    review_quorum: int = 1
    log_format: str = "text"
    mail_url: str = ""
    max_upload_mb: int = 10
    demo_password: str = ""
    second_factor_required: bool = True

    @property
    def files_dir(self) -> Path:
        """Where uploaded files are kept."""
        return self.data_dir / "files"
