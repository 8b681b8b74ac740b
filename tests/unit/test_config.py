"""Settings: defaults, every variable, and a clear word for every bad value."""

from pathlib import Path
import re
import stat

import pytest

import config
from config import ConfigurationError, load_settings
from kb.core.language import Locale
from kb.core.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


def test_defaults(tmp_path):
    settings = load_settings({"KB_DATA_DIR": str(tmp_path)})
    assert settings == Settings(
        data_dir=tmp_path,
        database_url=f"sqlite:///{tmp_path}/palabre.db",
        search_url=f"whoosh:{tmp_path}/index",
        secret_key=(tmp_path / "secret_key").read_text(),
        base_url="http://127.0.0.1:8000",
        default_locale=Locale.FR,
        proxy_hops=0,
        review_quorum=1,
        log_format="text",
        mail_url=f"file:{tmp_path}/mail",
        max_upload_mb=10,
        demo_password="",
        second_factor_required=True,
    )


def test_the_default_data_directory_is_var_beside_the_code():
    assert config.default_data_dir({}) == ROOT / "var"


def test_every_setting(tmp_path):
    settings = load_settings(
        {
            "KB_DATA_DIR": str(tmp_path),
            "KB_DATABASE_URL": "postgresql+psycopg://db/x",
            "KB_SEARCH_URL": "whoosh:/elsewhere",
            "KB_SECRET_KEY": "given",
            "KB_BASE_URL": "https://example.org/",
            "KB_DEFAULT_LOCALE": "en",
            "KB_PROXY_HOPS": "2",
            "KB_REVIEW_QUORUM": "3",
            "KB_LOG_FORMAT": "json",
            "KB_MAIL_URL": "smtp://mail.example.org:25",
            "KB_MAX_UPLOAD_MB": "5",
            "KB_DEMO_PASSWORD": "a long pass phrase",
            "KB_SECOND_FACTOR": "optional",
        }
    )
    assert settings == Settings(
        data_dir=tmp_path,
        database_url="postgresql+psycopg://db/x",
        search_url="whoosh:/elsewhere",
        secret_key="given",
        base_url="https://example.org",
        default_locale=Locale.EN,
        proxy_hops=2,
        review_quorum=3,
        log_format="json",
        mail_url="smtp://mail.example.org:25",
        max_upload_mb=5,
        demo_password="a long pass phrase",
        second_factor_required=False,
    )
    assert not (tmp_path / "secret_key").exists()


def test_a_demonstration_touches_no_configured_database(tmp_path):
    settings = load_settings(
        {
            "KB_DATA_DIR": "/elsewhere",
            "KB_DATABASE_URL": "postgresql+psycopg://real/data",
            "KB_SEARCH_URL": "whoosh:/real",
            "KB_MAIL_URL": "smtp://mail.example.org",
        },
        data_dir=tmp_path,
    )
    assert settings.mail_url == f"file:{tmp_path}/mail"
    assert settings.data_dir == tmp_path
    assert settings.database_url == f"sqlite:///{tmp_path}/palabre.db"
    assert settings.search_url == f"whoosh:{tmp_path}/index"


BAD = [
    *[("KB_DEFAULT_LOCALE", value, "must be fr or en") for value in ("de", "FR", " fr", "fr_FR")],
    *[
        ("KB_PROXY_HOPS", value, "must be a number from 0 to 10")
        for value in ("-1", "11", "one", "1.5", "٣", " 1")
    ],
    *[
        ("KB_REVIEW_QUORUM", value, "must be a number from 1 to 10")
        for value in ("0", "11", "-1", "two")
    ],
    *[
        ("KB_MAX_UPLOAD_MB", value, "must be a number from 1 to 100")
        for value in ("0", "101", "-1", "ten")
    ],
    *[
        ("KB_MAIL_URL", value, "must begin with file:, smtp:// or smtps://")
        for value in ("mail.example.org", "http://mail.example.org", "imap://x")
    ],
    ("KB_SECOND_FACTOR", "no", "must be one of: required, optional"),
    *[("KB_LOG_FORMAT", value, "must be one of: text, json") for value in ("xml", "JSON")],
]


@pytest.mark.parametrize(("name", "value", "why"), BAD)
def test_a_bad_value_names_the_setting(tmp_path, name, value, why):
    with pytest.raises(ConfigurationError) as refusal:
        load_settings({"KB_DATA_DIR": str(tmp_path), name: value})
    assert str(refusal.value) == f"{name} {why}"


@pytest.mark.parametrize(
    "name",
    ["KB_BASE_URL", "KB_DEFAULT_LOCALE", "KB_PROXY_HOPS", "KB_REVIEW_QUORUM", "KB_LOG_FORMAT"],
)
def test_an_empty_value_is_the_default(tmp_path, name):
    plain = load_settings({"KB_DATA_DIR": str(tmp_path)})
    assert load_settings({"KB_DATA_DIR": str(tmp_path), name: ""}) == plain


def test_the_secret_key_is_made_once_and_is_nobody_elses(tmp_path):
    data = tmp_path / "data"
    first = load_settings({"KB_DATA_DIR": str(data)}).secret_key
    assert len(first) == 64
    assert load_settings({"KB_DATA_DIR": str(data)}).secret_key == first
    assert stat.S_IMODE((data / "secret_key").stat().st_mode) == 0o600
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    other = load_settings({"KB_DATA_DIR": str(tmp_path / "other")}).secret_key
    assert other != first


def test_an_empty_secret_key_is_not_replaced_in_silence(tmp_path):
    (tmp_path / "secret_key").write_text("\n")
    with pytest.raises(ConfigurationError) as refusal:
        load_settings({"KB_DATA_DIR": str(tmp_path)})
    assert str(refusal.value) == f"{tmp_path}/secret_key is empty: delete it or restore it"


def test_settings_are_handed_down_to_child_processes(tmp_path, monkeypatch):
    for name in ("KB_DATA_DIR", "KB_DATABASE_URL", "KB_SEARCH_URL", "KB_BASE_URL"):
        monkeypatch.setenv(name, "before")
    settings = load_settings({"KB_DATA_DIR": "/elsewhere"}, data_dir=tmp_path)
    config.hand_down(settings)
    assert load_settings() == settings


def test_every_variable_of_the_environment_is_tested_here():
    named = set(re.findall(r"KB_[A-Z_]+", (ROOT / "config.py").read_text()))
    tested = set(re.findall(r"KB_[A-Z_]+", Path(__file__).read_text()))
    assert named - tested == set()
