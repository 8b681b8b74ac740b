"""Accounts from the command line: the only way to the first administrator."""

from collections.abc import Iterator
from pathlib import Path
import re

import pytest

from config import load_settings
from kb.accounts.directory import account_of
from kb.accounts.permissions import Role
from kb.app import create_app
from kb.runtime import Runtime
from kb.wiring import build_runtime
from tests.cli.conftest import Run

LINK = re.compile(r"^http://127\.0\.0\.1:8000/(fr|en)/password/([\w-]{43})$", re.MULTILINE)
GOOD = "griot cauri tamarinier huit"


@pytest.fixture
def ready(palabre: Run) -> Run:
    assert palabre("init", "--empty").returncode == 0
    return palabre


@pytest.fixture
def site(ready: Run, tmp_path: Path) -> Iterator[Runtime]:
    runtime = build_runtime(load_settings({"KB_DATA_DIR": str(tmp_path / "data")}))
    yield runtime
    runtime.close()


def test_the_first_administrator(ready: Run, site: Runtime):
    added = ready("users", "add", "Chief@Example.org", "--role", "admin", "--role", "editor")
    assert (added.returncode, added.stderr) == (0, "")
    assert added.stdout.startswith("chief@example.org is invited.")
    ((lang, token),) = LINK.findall(added.stdout)
    assert lang == "en"
    assert ready("users", "list").stdout == "chief@example.org\tadmin,editor\tinvited\n"
    browser = create_app(site).test_client()
    address = f"/en/password/{token}"
    assert browser.post(address, data={"password": GOOD, "repeated": GOOD}).status_code == 303
    listed = ready("users", "list").stdout
    assert listed == "chief@example.org\tadmin,editor\tactive\n"
    assert token not in listed


def test_details_of_a_new_account(ready: Run, site: Runtime):
    more = ("--name", "Awa Traoré", "--lang", "fr", "--country", "ne")
    added = ready("users", "add", "awa@example.org", "--role", "member", *more)
    assert LINK.findall(added.stdout)[0][0] == "fr"
    with site.reading() as session:
        user = account_of(session, "awa@example.org")
        assert (user.name, user.locale, user.country) == ("Awa Traoré", "fr", "NE")
        assert user.as_actor().roles == {Role.MEMBER}


def test_roles_and_doors(ready: Run):
    for email, role in (("a@example.org", "member"), ("b@example.org", "editor")):
        ready("users", "add", email, "--role", role)

    def listed() -> dict[str, str]:
        lines = ready("users", "list").stdout.splitlines()
        return {line.split("\t")[0]: line.partition("\t")[2] for line in lines}

    steps = [
        (("grant", "a@example.org", "--role", "trainer"), "member,trainer\tinvited"),
        (("revoke", "a@example.org", "--role", "member", "--role", "trainer"), "-\tinvited"),
        (("disable", "A@example.org"), "-\tdisabled"),
        (("enable", "a@example.org"), "-\tinvited"),
        (("reset-second-factor", "a@example.org"), "-\tinvited"),
    ]
    for arguments, state in steps:
        done = ready("users", *arguments)
        assert (done.returncode, done.stdout) == (0, "Done.\n")
        assert listed() == {"a@example.org": state, "b@example.org": "editor\tinvited"}


def test_another_link(ready: Run):
    first = LINK.findall(ready("users", "add", "a@example.org", "--role", "member").stdout)
    again = ready("users", "reset-password", "a@example.org")
    second = LINK.findall(again.stdout)
    assert (again.returncode, len(second)) == (0, 1)
    assert first != second


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("add", "nobody", "--role", "admin"), 1, "This is not an e-mail address."),
        (("add", "a@example.org", "--role", "admin"), 1, "has an account already"),
        (("add", "b@example.org"), 2, "--role"),
        (("add", "b@example.org", "--role", "king"), 2, "king"),
        (("grant", "b@example.org", "--role", "admin"), 1, "There is no such account."),
        (("disable", "a@example.org"), 1, "last administrator"),
        (("revoke", "a@example.org", "--role", "admin"), 1, "last administrator"),
    ],
)
def test_refusals_are_one_clear_line(ready: Run, arguments, code, told):
    ready("users", "add", "a@example.org", "--role", "admin")
    before = ready("users", "list").stdout
    refused = ready("users", *arguments)
    assert (refused.returncode, refused.stdout) == (code, "")
    assert told in refused.stderr
    assert "Traceback" not in refused.stderr
    assert ready("users", "list").stdout == before


def test_a_weak_demo_password_is_refused_before_anything_is_made(palabre: Run, tmp_path: Path):
    refused = palabre("demo", "--port", "8999", KB_DEMO_PASSWORD="demo")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        "KB_DEMO_PASSWORD cannot be a password.\n"
        "  KB_DEMO_PASSWORD: A password has at least 12 characters.\n"
    )
    assert not (tmp_path / "data" / "demo" / "palabre.db").exists()
