"""Promise 23: the trail cannot be rewritten unnoticed; logs hold no text, name, token or break."""

from collections.abc import Callable, Iterator
from dataclasses import replace
import io
import logging

from flask import Flask
from flask.testing import FlaskClient
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from kb.app import create_app
from kb.core.errors import Conflict
from kb.core.event import Event
from kb.core.logs import JsonFormatter, LineFormatter
from kb.core.ports import IndexUnavailable
from kb.events.types import Consumer
from kb.operations import housekeeping
from kb.operations.doctor import examine
from kb.practices.lifecycle import Action, State, Withdrawal
from kb.practices.models import Practice
from kb.practices.service import create_practice
from kb.runtime import Runtime
from kb.workflow.service import perform
from tests.make import make_content, make_revision, make_text, make_user, make_vocabularies

CANARY = "zacanari"
Factory = Callable[[Runtime], FlaskClient]


@pytest.fixture(params=[LineFormatter(), JsonFormatter()], ids=["text", "json"])
def log(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """Everything that is logged at any level, as the server writes it."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(request.param)
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.setLevel(before)
    root.removeHandler(handler)


@pytest.fixture
def house(sqlite_runtime: Runtime) -> Runtime:
    with sqlite_runtime.begin() as work:
        make_vocabularies(work)
    return sqlite_runtime


@pytest.fixture
def each_house(fresh_runtime: Runtime) -> Runtime:
    """For what depends on how the database puts its complaints."""
    with fresh_runtime.begin() as work:
        make_vocabularies(work)
    return fresh_runtime


def secret_content(slug: str = f"{CANARY}-slug") -> dict[str, object]:
    return make_content(
        slug,
        texts={"fr": make_text(slug, title=CANARY, summary=CANARY, places=[CANARY])},
        sources=[{"id": "S1", "title": CANARY}],
    )


def test_a_whole_life_of_a_practice_is_not_told_to_the_log(each_house, log):
    with each_house.begin() as work:
        revision, people = make_revision(work, State.PUBLISHED, secret_content())
        make_user(work, name=CANARY)
        revision_id = revision.id
    with each_house.begin() as work:
        perform(
            work,
            people["editor"],
            revision_id,
            Action.WITHDRAW,
            CANARY,
            withdrawal=Withdrawal.ERROR,
        )
    with pytest.raises(Conflict), each_house.begin() as work:
        perform(
            work,
            people["editor"],
            revision_id,
            Action.WITHDRAW,
            CANARY,
            withdrawal=Withdrawal.ERROR,
        )
    housekeeping.run_pass(each_house)
    assert CANARY not in log.getvalue()


def test_what_the_database_refuses_is_not_quoted(each_house, log):
    """PostgreSQL quotes the row it refuses, SQLAlchemy the parameters."""

    def consume(work, _entries):
        work.session.add(Practice(slug=CANARY, created_at=work.clock.now()))
        work.session.flush()
        work.session.execute(
            text("UPDATE practices SET slug = '' WHERE slug = :it"), {"it": CANARY}
        )

    failing = replace(each_house, handlers={Consumer.NOTIFICATIONS: consume})
    with failing.begin() as work:
        work.emit(Event("practice.archive"))
    written = log.getvalue()
    assert "consumer notifications failed" in written
    assert "IntegrityError" in written
    assert CANARY not in written
    assert CANARY not in str(statement_error(each_house))


def statement_error(house: Runtime) -> IntegrityError:
    with pytest.raises(IntegrityError) as refusal, house.engine.begin() as connection:
        connection.execute(
            text("INSERT INTO site_facts (name, value) VALUES (:name, NULL)"), {"name": "x"}
        )
    return refusal.value


class Faulty:
    """An index that fails with the words it was asked for in its message."""

    def __init__(self, error: type[Exception]) -> None:
        self._error = error

    def __getattr__(self, _name: str):
        def fail(*arguments: object):
            raise self._error(f"{CANARY} {arguments}")

        return fail


@pytest.mark.parametrize("error", [IndexUnavailable, ValueError, OSError, UnicodeError])
def test_faults_of_a_page_are_told_without_the_readers_words(house, log, error):
    faulty = replace(house, index=Faulty(error))
    client = create_app(faulty).test_client()
    for path in (
        f"/fr/practices?q={CANARY}",
        f"/en/practices?theme={CANARY}",
        f"/api/v1/practices?q={CANARY}",
        "/readyz",
    ):
        answer = client.get(path, headers={"User-Agent": CANARY, "Referer": CANARY})
        assert answer.status_code in {200, 500, 503}
        assert f"{CANARY} (" not in answer.text
    examine(faulty, fix=True)
    assert CANARY not in log.getvalue()


def test_ordinary_visits_are_not_logged_at_all(house, log):
    """Who reads what is nobody's business, an attacker's least of all."""
    with house.begin() as work:
        make_revision(work, State.PUBLISHED, secret_content())
    client = create_app(house).test_client()
    before = log.getvalue()
    for path in (
        f"/fr/practices/{CANARY}-slug",
        f"/fr/practices?q={CANARY}",
        f"/fr/{CANARY}",
        f"/api/v1/practices/{CANARY}",
        f"/feeds/practices.atom?lang={CANARY}",
    ):
        client.get(path)
    assert log.getvalue().removeprefix(before) == ""


def failing_view(house: Runtime) -> Flask:
    app = create_app(house)

    def fail(token: str) -> str:
        raise ValueError(token)

    app.add_url_rule("/fr/password/<token>", "fail", fail)
    return app


def test_an_address_with_a_secret_is_not_logged_when_its_page_fails(house, log):
    """Later pages have tokens in their addresses."""
    answer = failing_view(house).test_client().get(f"/fr/password/{CANARY}")
    assert answer.status_code == 500
    assert "failed" in log.getvalue()
    assert CANARY not in log.getvalue()


@pytest.mark.parametrize("ending", ["%0A", "%0D%0A", "%0D", "%E2%80%A8", "%C2%85"])
def test_no_address_begins_a_line_of_its_own(house, log, ending):
    client = failing_view(house).test_client()
    before = len(log.getvalue().splitlines())
    client.get(f"/fr/password/x{ending}ERROR%20kb%3A%20forged")
    client.get(f"/fr/practices/x{ending}ERROR%20kb%3A%20forged")
    lines = log.getvalue().splitlines()[before:]
    assert len(lines) == 1
    assert [line for line in lines if line.startswith("ERROR kb: forged")] == []


def test_messages_of_errors_hold_no_text(house):
    """They are told to readers and may end up anywhere."""
    with house.begin() as work:
        author = make_user(work, name=CANARY)
        revision, people = make_revision(work, State.PUBLISHED, secret_content())
        slug = revision.practice.slug
    refusals = [
        lambda work: create_practice(work, people["author"], slug, {}),
        lambda work: create_practice(work, author, slug, {}),
        lambda work: perform(
            work, author, revision.id, Action.WITHDRAW, CANARY, withdrawal=Withdrawal.ERROR
        ),
    ]
    for refusal in refusals:
        with pytest.raises(Exception) as told, house.begin() as work:  # noqa: PT011 - any
            refusal(work)
        assert CANARY not in str(told.value)
