"""Writing together in the browser: asked, answered, removed; the answer is the same to all."""

import pytest

from kb.accounts.models import User
from kb.practices.models import AuthorInvitation
from tests.make import make_vocabularies
from tests.web.test_contribute import (
    ROOT,
    at,
    draft_of,
    form_data,
    translated_draft_of,
    writer_for,
)


@pytest.fixture
def writer(sqlite_runtime):
    with sqlite_runtime.begin() as work:
        make_vocabularies(work)
    return writer_for(sqlite_runtime)


def address_of(other) -> str:
    with other.runtime.reading() as session:
        return session.get_one(User, other.actor.user_id).email


def invite(writer, revision_id, email, role="writes"):
    return writer.post(at(revision_id, "authors"), author_email=email, role=role)


def numbers(page, action):
    forms = [f for f in page.all("form") if f.attributes.get("action", "").endswith(action)]
    return [form.one("input", name="id").attributes["value"] for form in forms]


def test_an_invitation_from_the_question_to_the_end(writer):
    revision_id = draft_of(writer)
    other = writer_for(writer.runtime)
    answers = [
        invite(writer, revision_id, email) for email in (address_of(other), "x@example.org")
    ]
    assert {(a.status_code, a.location) for a in answers} == {
        (303, f"{at(revision_id, 'authors')}?done=invited")
    }
    page = writer.get(at(revision_id, "authors"))
    assert page.text.count("asked to write, no answer yet") == 2
    asked = other.get(ROOT).one("section", class_="panel")
    assert "asks you to write with them" in asked.one("h2").text
    assert "Titre" not in asked.text  # which text, is told to whoever says yes
    accept = next(f for f in asked.all("form") if "accept" in f.attributes["action"])
    assert other.client.get(at(revision_id)).status_code == 404
    answer = other.post(accept.attributes["action"])
    assert answer.location == f"{at(revision_id)}?done=joined"
    data = form_data(other.get(at(revision_id, "fr")))
    assert other.post(at(revision_id, "fr"), **data | {"title": "Ensemble"}).status_code == 303
    # They see who writes, and have no say in it.
    page = other.get(at(revision_id, "authors"))
    assert numbers(page, "remove") == numbers(page, "uninvite") == []
    assert "x@example.org" not in page.text
    number = str(other.actor.user_id)
    assert number in numbers(writer.get(at(revision_id, "authors")), "remove")
    writer.post(at(revision_id, "authors/remove"), id=number)
    assert other.client.get(at(revision_id)).status_code == 404
    (number,) = numbers(writer.get(at(revision_id, "authors")), "uninvite")
    writer.post(at(revision_id, "authors/uninvite"), id=number)
    with writer.runtime.reading() as session:
        assert session.query(AuthorInvitation).count() == 0


def test_what_is_wrong_is_said_and_what_was_typed_is_kept(writer):
    revision_id = draft_of(writer)
    answer = invite(writer, revision_id, "no address", "translates")
    assert answer.status_code == 422
    assert "This is not an e-mail address." in answer.text
    assert 'value="no address"' in answer.text
    with writer.runtime.reading() as session:
        assert session.query(AuthorInvitation).count() == 0


def test_a_translator_finds_one_page_to_write_on(writer):
    revision_id = translated_draft_of(writer)
    other = writer_for(writer.runtime)
    invite(writer, revision_id, address_of(other), "translates")
    with writer.runtime.reading() as session:
        number = session.query(AuthorInvitation).one().id
    other.post(f"{ROOT}/invitations/{number}/accept")
    for part, may_save in (("about", False), ("fr", False), ("sources", False), ("en", True)):
        buttons = other.get(at(revision_id, part)).one("form", class_="writing").all("button")
        assert bool(buttons) is may_save, part
    data = form_data(other.get(at(revision_id, "fr")))
    assert other.post(at(revision_id, "fr"), **data | {"title": "x"}).status_code == 403
    page = other.get(at(revision_id, "check"))
    assert "its authors submit it" in page.text
    assert other.post(at(revision_id, "check")).status_code == 403
    assert "Give it up" not in other.get(at(revision_id)).text


def test_no_is_an_answer(writer):
    revision_id = draft_of(writer)
    other = writer_for(writer.runtime)
    invite(writer, revision_id, address_of(other))
    with writer.runtime.reading() as session:
        number = session.query(AuthorInvitation).one().id
    answer = other.post(f"{ROOT}/invitations/{number}/decline")
    assert answer.location == f"{ROOT}?done=declined"
    assert other.get(ROOT).all("section", class_="panel") == []
    assert other.client.get(at(revision_id)).status_code == 404


def test_the_news_leads_to_the_question_and_names_no_text(writer):
    revision_id = draft_of(writer)
    other = writer_for(writer.runtime)
    invite(writer, revision_id, address_of(other))
    writer.runtime.deliver()
    page = other.get("/en/notifications").one("ul", class_="notices")
    assert page.one("a").attributes["href"] == ROOT
    assert "You are asked to write or translate with somebody" in page.text
    assert "Titre" not in page.text
