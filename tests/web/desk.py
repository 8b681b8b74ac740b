"""An installation with a desk, and browsers of the people around one text."""

from dataclasses import dataclass, replace
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kb.accounts.permissions import Actor, Role
from kb.app import create_app
from kb.core.unit_of_work import UnitOfWork
from kb.practices.models import Revision, RevisionAuthor
from kb.runtime import Runtime
from tests.make import client_as, make_user, make_vocabularies
from tests.web.html import Element, parse

People = dict[str, Actor]


@dataclass
class Desk:
    """The application, without the second factor, which has tests of its own."""

    runtime: Runtime

    def __post_init__(self) -> None:
        settings = replace(self.runtime.settings, second_factor_required=False)
        self.runtime = replace(self.runtime, settings=settings)
        self.app = create_app(self.runtime)
        with self.runtime.begin() as work:
            make_vocabularies(work)

    def browser(self, actor: Actor) -> "Browser":
        client = self.app.test_client()
        key = "" if actor.user_id is None else client_as(self.runtime, client, actor.user_id)
        return Browser(client, key)


@dataclass
class Browser:
    client: FlaskClient
    key: str

    def get(self, address: str, status: int = 200) -> Element:
        response = self.client.get(address)
        assert response.status_code == status, (address, response.status_code)
        return parse(response.text)

    def post(self, revision: tuple[int, int | None], verb: str, **fields: Any) -> TestResponse:
        """Send a form of the page of a revision, which is its number and that of its version."""
        number, version = revision
        data = {"csrf_token": self.key, "version_id": version or "", **fields}
        return self.client.post(f"/fr/review/{number}/{verb}", data=data)


def add_bystanders(work: UnitOfWork, revision: Revision, people: People) -> None:
    """Everybody who has nothing to do with this text, and an editor who wrote part of it."""
    people |= {
        "visitor": Actor(),
        "member": make_user(work, Role.MEMBER),
        "trainer": make_user(work, Role.TRAINER),
        "admin": make_user(work, Role.ADMIN),
        "other contributor": make_user(work, Role.CONTRIBUTOR),
        "other reviewer": make_user(work, Role.REVIEWER),
        "editor-author": make_user(
            work, Role.EDITOR, Role.CONTRIBUTOR, Role.REVIEWER, Role.SAFEGUARD
        ),
    }
    revision.authors.append(RevisionAuthor(user_id=people["editor-author"].user_id))
    work.session.flush()
