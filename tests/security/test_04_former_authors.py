"""Whoever wrote an earlier revision has no say over what was written, and hidden, since."""

from dataclasses import replace

import pytest

from kb.accounts.models import User
from kb.accounts.permissions import Role
from kb.core.errors import Conflict, Forbidden
from kb.practices.draft_service import revise
from kb.practices.lifecycle import Action, State
from kb.practices.models import Revision
from kb.practices.queries import public_slugs
from kb.practices.readers import reader_of
from kb.practices.service import start_revision
from kb.practices.sharing import readers_of, share
from tests.make import (
    client_as,
    make_content,
    make_revision,
    make_user,
    make_vocabularies,
    take_step,
)

PUBLISHING = (Action.SUBMIT, Action.ASSIGN, Action.APPROVE, Action.PUBLISH)


@pytest.fixture
def house(sqlite_runtime):
    with sqlite_runtime.begin() as work:
        make_vocabularies(work)
    settings = replace(sqlite_runtime.settings, second_factor_required=False)
    return replace(sqlite_runtime, settings=settings)


@pytest.fixture
def hidden(house):
    """A practice: public by its owner, revised by a guest, since then restricted by its owner."""
    with house.begin() as work:
        guest = make_user(work, Role.CONTRIBUTOR, Role.REVIEWER)
        first, people = make_revision(work, State.PUBLISHED, make_content())
        practice, text = first.practice, first.working_copy
        middle = start_revision(work, people["editor"], practice, text, author_id=guest.user_id)
        for step in PUBLISHING:
            take_step(work, people | {"author": guest}, middle, step)
        last = start_revision(
            work, people["author"], practice, {**text, "visibility": "restricted"}
        )
        for step in PUBLISHING:
            take_step(work, people, last, step)
        return guest, people, practice.id, middle.id


def test_they_do_not_read_it_by_revising_it(house, hidden):
    guest, people, practice_id, _ = hidden
    with house.reading() as session:
        assert not public_slugs(session, reader_of(guest))
    with house.begin() as work, pytest.raises(Conflict):
        revise(work, guest, practice_id)
    with house.begin() as work:
        assert revise(work, people["author"], practice_id).number == 4


def test_they_let_nobody_read_it(house, hidden, client_of):
    guest, people, practice_id, middle_id = hidden
    with house.begin() as work:
        address = work.session.get_one(User, guest.user_id).email
        version_id = work.session.get_one(Revision, middle_id).version_id
    with house.begin() as work, pytest.raises(Forbidden):
        share(work, guest, practice_id, address)
    browser = client_of(house)
    key = client_as(house, browser, guest.user_id)
    form = {"csrf_token": key, "version_id": version_id, "reader_email": address}
    assert browser.post(f"/fr/review/{middle_id}/share", data=form).status_code == 403
    with house.begin() as work:
        assert not readers_of(work.session, practice_id)
        share(work, people["author"], practice_id, address)
    assert address not in browser.get(f"/fr/review/{middle_id}").text
