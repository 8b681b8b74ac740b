"""Settings from the environment: the only place that reads it."""

from collections.abc import Mapping
from dataclasses import replace
import os
from pathlib import Path
import secrets
from urllib.parse import urlsplit

from kb.core.language import Locale
from kb.core.settings import Settings

ROOT = Path(__file__).resolve().parent


class ConfigurationError(Exception):
    """A setting has a value that cannot be used; the text names it."""


def load_settings(
    environment: Mapping[str, str] = os.environ, data_dir: Path | None = None
) -> Settings:
    """The settings for this process; `data_dir` overrides KB_DATA_DIR (for `demo`)."""
    settings = look_at_settings(environment, data_dir)
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    secret_key = environment.get("KB_SECRET_KEY") or _kept_secret(settings.data_dir)
    return replace(settings, secret_key=secret_key)


def look_at_settings(
    environment: Mapping[str, str] = os.environ, data_dir: Path | None = None
) -> Settings:
    """The same without the secret key, which is not made either: nothing is written."""
    data = data_dir or default_data_dir(environment)
    return Settings(
        data_dir=data,
        database_url=_unless_moved(environment, "KB_DATABASE_URL", data_dir)
        or f"sqlite:///{data / 'palabre.db'}",
        search_url=_unless_moved(environment, "KB_SEARCH_URL", data_dir)
        or f"whoosh:{data / 'index'}",
        secret_key="",
        base_url=_base_url(environment.get("KB_BASE_URL") or "http://127.0.0.1:8000"),
        default_locale=_locale(environment.get("KB_DEFAULT_LOCALE") or "fr"),
        proxy_hops=_number(environment, "KB_PROXY_HOPS", 0, 0, 10),
        review_quorum=_number(environment, "KB_REVIEW_QUORUM", 1, 1, 10),
        log_format=_one_of(environment, "KB_LOG_FORMAT", ("text", "json")),
        mail_url=_mail_url(
            _unless_moved(environment, "KB_MAIL_URL", data_dir) or f"file:{data / 'mail'}"
        ),
        max_upload_mb=_number(environment, "KB_MAX_UPLOAD_MB", 10, 1, 100),
        demo_password=environment.get("KB_DEMO_PASSWORD") or "",
        second_factor_required=_one_of(environment, "KB_SECOND_FACTOR", ("required", "optional"))
        == "required",
    )


def default_data_dir(environment: Mapping[str, str] = os.environ) -> Path:
    """Where everything is kept that is not code or shipped content."""
    return Path(environment.get("KB_DATA_DIR") or ROOT / "var").resolve()


def hand_down(settings: Settings) -> None:
    """Give these settings to the processes this one starts."""
    os.environ["KB_DATA_DIR"] = str(settings.data_dir)
    os.environ["KB_DATABASE_URL"] = settings.database_url
    os.environ["KB_SEARCH_URL"] = settings.search_url
    os.environ["KB_BASE_URL"] = settings.base_url
    os.environ["KB_MAIL_URL"] = settings.mail_url
    os.environ["KB_SECOND_FACTOR"] = "required" if settings.second_factor_required else "optional"


def _kept_secret(data_dir: Path) -> str:
    """The secret key of this data directory, made once and readable by its owner only."""
    path = data_dir / "secret_key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = path.read_text().strip()
        if key:
            return key
        raise ConfigurationError(f"{path} is empty: delete it or restore it") from None
    key = secrets.token_urlsafe(48)
    with os.fdopen(descriptor, "w") as file:
        file.write(key)
    return key


def _unless_moved(environment: Mapping[str, str], name: str, data_dir: Path | None) -> str | None:
    """The setting, unless a data directory of its own was asked for: a demo touches no other."""
    return None if data_dir else environment.get(name)


def _base_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise ConfigurationError("KB_BASE_URL must begin with http:// or https://")
    return value.rstrip("/")


def _mail_url(value: str) -> str:
    if value.partition(":")[0] not in {"file", "smtp", "smtps"}:
        raise ConfigurationError("KB_MAIL_URL must begin with file:, smtp:// or smtps://")
    return value


def _locale(value: str) -> Locale:
    try:
        return Locale(value)
    except ValueError:
        raise ConfigurationError("KB_DEFAULT_LOCALE must be fr or en") from None


def _number(environment: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    value = environment.get(name) or str(default)
    if not value.isascii() or not value.isdigit() or not low <= int(value) <= high:
        raise ConfigurationError(f"{name} must be a number from {low} to {high}")
    return int(value)


def _one_of(environment: Mapping[str, str], name: str, values: tuple[str, ...]) -> str:
    value = environment.get(name) or values[0]
    if value not in values:
        raise ConfigurationError(f"{name} must be one of: {', '.join(values)}")
    return value
