"""Nobody is let in by default: no account, no password, no way to the first admin by HTTP."""

from pathlib import Path

from flask import Flask
import pytest
from sqlalchemy import func, select
from werkzeug.routing import Rule

from kb.accounts.models import RoleGrant, User
from kb.accounts.permissions import Role
from kb.core.errors import Conflict, Invalid
from kb.core.messages import Message
from kb.operations.demo_accounts import check_demo_password, email_of, make_demo_accounts
from kb.operations.installation import set_up
from kb.rendering.renderer import ChildRenderer
from kb.runtime import Runtime
from kb.wiring import build_runtime
from tests.conftest import FrozenClock, make_settings
from tests.make import quick, sign_in


def accounts(runtime: Runtime) -> int:
    with runtime.reading() as session:
        return session.scalar(select(func.count(User.id))) or 0


def test_an_installation_begins_without_accounts(runtime: Runtime):
    assert accounts(runtime) == 0


def any_value(rule: Rule, name: str) -> str:
    """One of the words an address takes there, or a number."""
    return next(iter(sorted(getattr(rule._converters[name], "items", []))), "1")


def test_no_page_makes_an_account(sqlite_runtime: Runtime, client_of):
    """Every address that takes a form, with everything a first admin would be made of."""
    browser = client_of(sqlite_runtime)
    app: Flask = browser.application
    wanted = {
        "email": "me@example.org",
        "name": "Me",
        "password": "griot cauri tamarinier sept",
        "repeated": "griot cauri tamarinier sept",
        "organisation": "Mine",
        "country": "ML",
        "purpose": "To own it",
        "locale": "fr",
        "role": "admin",
        "roles": "admin",
        "is_admin": "1",
    }
    sample = {"lang": "fr", "slug": "a-slug", "token": "made-up"}
    called = 0
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()):
            continue
        with app.test_request_context():
            values = {name: sample.get(name) or any_value(rule, name) for name in rule.arguments}
            address = app.url_for(rule.endpoint, **values)
        assert browser.post(address, data=wanted).status_code < 500, address
        called += 1
    assert called >= 4
    assert accounts(sqlite_runtime) == 0


@pytest.fixture
def demo(tmp_path: Path, renderer: ChildRenderer, request: pytest.FixtureRequest):
    def build(password: str = "") -> Runtime:
        settings = make_settings(tmp_path)
        object.__setattr__(settings, "demo_password", password)
        runtime = quick(build_runtime(settings, clock=FrozenClock(), renderer=renderer))
        request.addfinalizer(runtime.close)
        return runtime

    return build


def test_demo_accounts_are_for_demonstrations(demo):
    runtime = demo()
    set_up(runtime, print, content=None)
    with pytest.raises(Conflict):
        make_demo_accounts(runtime, print)
    assert accounts(runtime) == 0


def test_one_demo_account_per_role_with_passwords_told_once(demo, client_of):
    runtime, told = demo(), []
    set_up(runtime, print, content=None, demo=True)
    make_demo_accounts(runtime, told.append)
    passwords = [str(line).split()[-1] for line in told if "@palabre.example" in str(line)]
    assert len(set(passwords)) == len(Role) == 7
    with runtime.reading() as session:
        grants = session.execute(
            select(User.email, RoleGrant.role).join(RoleGrant, RoleGrant.user_id == User.id)
        ).all()
        hashes = list(session.scalars(select(User.password_hash)))
    assert sorted(grants) == sorted((email_of(role), role) for role in Role)
    assert not any(password in kept for password in passwords for kept in hashes)
    for role, password in zip(Role, passwords, strict=True):
        assert sign_in(client_of(runtime), email_of(role), password).status_code == 303
    again: list[Message] = []
    make_demo_accounts(runtime, again.append)
    assert not any(password in str(line) for password in passwords for line in again)
    assert accounts(runtime) == 7
    assert sign_in(client_of(runtime), email_of(Role.ADMIN), passwords[-1]).status_code == 303


def test_the_demo_password_of_the_environment(demo, client_of):
    runtime = demo("une mangue pour chaque juge")
    set_up(runtime, print, content=None, demo=True)
    make_demo_accounts(runtime, lambda _: None)
    answer = sign_in(client_of(runtime), email_of(Role.EDITOR), "une mangue pour chaque juge")
    assert answer.status_code == 303
    other = demo("autre chose que la mangue")
    make_demo_accounts(other, lambda _: None)
    assert accounts(other) == 7
    for password, status in (
        ("une mangue pour chaque juge", 422),
        ("autre chose que la mangue", 303),
    ):
        answer = sign_in(client_of(other), email_of(Role.EDITOR), password)
        assert answer.status_code == status


@pytest.mark.parametrize("password", ["demo", "motdepasse2026", "palabre.example"])
def test_a_weak_demo_password_is_refused(password):
    with pytest.raises(Invalid) as refused:
        check_demo_password(password)
    assert set(refused.value.problems) == {"KB_DEMO_PASSWORD"}
