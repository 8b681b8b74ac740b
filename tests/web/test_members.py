"""What members and the desk find on the public pages, beyond what a visitor does."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask.testing import FlaskClient
import pytest

from kb.accounts.models import User
from kb.accounts.permissions import Role
from kb.app import create_app
from kb.practices.lifecycle import Action, State, Withdrawal
from kb.practices.models import Practice, PracticeReader
from kb.runtime import Runtime
from kb.workflow.service import perform
from tests.make import (
    client_as,
    make_content,
    make_next,
    make_revision,
    make_text,
    make_user,
    make_vocabularies,
)
from tests.web.html import Element, parse
from tests.web.test_without_index import DeadIndex

As = Callable[..., FlaskClient]
WORD = "zakeyword"
HISTORY = "/fr/practices/{}/history"
SLUGS = {"public": "the-open-one", "members": "the-inner-one", "restricted": "the-closed-one"}


@pytest.fixture
def house(sqlite_runtime: Runtime) -> Runtime:
    """A practice of each visibility; what only members may read differs in all its facets."""
    runtime = replace(
        sqlite_runtime, settings=replace(sqlite_runtime.settings, second_factor_required=False)
    )
    with runtime.begin() as work:
        make_vocabularies(work)
        for visibility, slug in SLUGS.items():
            only: dict[str, Any] = {"countries": ["NE"], "regions": ["NE-6"]}
            texts = {"fr": make_text(slug, title=f"Titre {slug} {WORD}")}
            shown = {} if visibility == "public" else only
            content = make_content(slug, texts=texts, visibility=visibility, **shown)
            make_revision(work, State.PUBLISHED, content)
    return runtime


@pytest.fixture
def as_(house: Runtime) -> As:
    """A browser of somebody with these roles; of a visitor without any."""

    def browser(*roles: Role, user_id: int | None = None) -> FlaskClient:
        client = create_app(house).test_client()
        if roles and user_id is None:
            with house.begin() as work:
                user_id = make_user(work, *roles).user_id
        if user_id is not None:
            client_as(house, client, user_id)
        return client

    return browser


def page(client: FlaskClient, address: str, status: int = 200) -> Element:
    response = client.get(address)
    assert response.status_code == status, address
    return parse(response.text)


def slugs_of(found: Element) -> set[str]:
    """The practices that a page links to."""
    links = {link.partition("?")[0] for link in found.links()}
    return {slug for slug in SLUGS.values() if f"/fr/practices/{slug}" in links}


def limits(found: Element) -> list[str]:
    return [mark.text for mark in found.all("p", class_="limits")]


READABLE: dict[tuple[Role, ...], set[str]] = {
    (): {"public"},
    (Role.MEMBER,): {"public", "members"},
    (Role.ADMIN,): {"public", "members"},
    (Role.REVIEWER,): {"public", "members"},
    (Role.EDITOR,): {"public", "members", "restricted"},
    (Role.SAFEGUARD,): {"public", "members", "restricted"},
}
ADDRESSES = ("/fr/practices/{}", "/en/practices/{}", "/fr/practices/{}.md", HISTORY)


@pytest.mark.parametrize("roles", READABLE, ids=str)
def test_each_reads_what_is_theirs_and_nothing_tells_of_the_rest(as_: As, roles) -> None:
    client = as_(*roles)
    for address in ADDRESSES:
        never = client.get(address.format("never-existed"))
        assert never.status_code == 404
        for visibility, slug in SLUGS.items():
            response = client.get(address.format(slug))
            if visibility in READABLE[roles]:
                assert response.status_code == 200
                assert slug in response.text
            else:
                assert response.status_code == 404
                assert response.text.replace(slug, "never-existed") == never.text


@pytest.mark.parametrize("roles", READABLE, ids=str)
def test_each_finds_and_counts_what_is_theirs(as_: As, roles) -> None:
    client = as_(*roles)
    indexed = {SLUGS[v] for v in READABLE[roles] - {"restricted"}}
    total = {1: "1 pratique", 2: "2 pratiques"}[len(indexed)]
    for address in ("/fr/practices", f"/fr/practices?q={WORD}"):
        found = page(client, address).one("section", class_="results")
        assert slugs_of(found) == indexed
        assert found.one("h2", class_="total").text == total
    home = page(client, "/fr/")
    assert home.one("p", class_="count").text == total
    assert slugs_of(home) == {SLUGS[v] for v in READABLE[roles]}
    # The same for facets: a visitor's page has no country that only members may know of.
    assert ("NE fr" in home.text) == (len(indexed) > 1)


def test_suggestions_and_related_come_from_what_the_reader_may_read(as_: As, house) -> None:
    almost = "/fr/practices?q=zakeywrod+the-inner-one"
    one = "/fr/practices/the-open-one"
    with house.begin() as work:
        content = make_content("another", texts={"fr": make_text("another")})
        make_revision(work, State.PUBLISHED, content)
    assert slugs_of(page(as_(Role.MEMBER), one).one("ul", class_="related")) == {SLUGS["members"]}
    assert slugs_of(page(as_(), one).one("ul", class_="related")) == set()
    hinted = "/fr/practices?q=inneer"
    corrected = page(as_(Role.MEMBER), hinted)
    assert "« inner »" in corrected.one("p", class_="widened").text
    assert slugs_of(corrected) == {SLUGS["members"]}
    assert page(as_(), hinted).all("p", class_="widened") == []
    assert page(as_(Role.MEMBER), f"{hinted}&exact=1").one("p", class_="suggestion").links()
    assert page(as_(), f"{hinted}&exact=1").all("p", class_="suggestion") == []
    assert page(as_(), almost).one("section", class_="results")


def test_what_is_not_for_everybody_says_so(as_: As) -> None:
    editor, member = as_(Role.EDITOR), as_(Role.MEMBER)
    assert limits(page(editor, "/fr/practices/the-open-one")) == []
    for address in ("/en/practices/the-inner-one", "/en/practices/the-inner-one/history"):
        assert limits(page(member, address)) == ["Members only"]
    assert limits(page(editor, "/en/practices/the-closed-one")) == ["Restricted"]
    assert limits(page(member, "/en/practices")) == ["Members only"]
    assert limits(page(as_(), "/en/practices")) == []


@pytest.mark.parametrize("visibility", ["members", "restricted"])
def test_it_is_not_offered_for_passing_on(as_: As, visibility: str) -> None:
    found = page(as_(Role.EDITOR), f"/en/practices/{SLUGS[visibility]}")
    links = found.links()
    assert not [link for link in links if link.startswith(("https://wa.me", "mailto:"))]
    assert not [link for link in links if link.endswith(".json")]
    assert found.one("meta", name="robots").attributes["content"] == "noindex"
    assert found.all("link", rel="canonical") == found.all("meta", property="og:title") == []
    assert "do not pass it on" in found.one("article").all("div", class_="note")[0].text
    public = page(as_(Role.EDITOR), f"/en/practices/{SLUGS['public']}")
    assert [link for link in public.links() if link.startswith("https://wa.me")]
    assert [link for link in public.links() if link.endswith(".json")]
    assert public.one("link", rel="canonical")


def test_pages_of_members_are_kept_nowhere(as_: As) -> None:
    for address in ("/fr/", "/fr/practices", "/fr/practices/the-inner-one"):
        assert as_(Role.MEMBER).get(address).headers["Cache-Control"] == "no-store"
    assert as_().get("/fr/practices").headers["Cache-Control"] == "public, no-cache"


@pytest.mark.parametrize("address", ["/api/v1/practices/{}", "/fr/practices/{}.json"])
def test_the_interfaces_know_no_members(as_: As, address: str) -> None:
    editor = as_(Role.EDITOR)
    for visibility, slug in SLUGS.items():
        response = editor.get(address.format(slug))
        assert response.status_code == (200 if visibility == "public" else 404)
    assert editor.get("/api/v1/practices?kind=all").json["total"] == 1


def test_restricted_practices_are_listed_for_those_who_may_read_them(as_: As, house) -> None:
    with house.begin() as work:
        closed = work.session.query(Practice).filter_by(slug=SLUGS["restricted"]).one()
        named = make_user(work, Role.MEMBER).user_id
        work.session.add(
            PracticeReader(
                practice_id=closed.id,
                user_id=named,
                granted_by_id=closed.owner_id,
                granted_at=work.clock.now(),
            )
        )
    client = as_(user_id=named)
    assert slugs_of(page(client, "/fr/").one("section", id="restricted")) == {SLUGS["restricted"]}
    assert "/fr/#restricted" in page(client, "/fr/practices").links()
    assert page(client, f"/fr/practices/{SLUGS['restricted']}").one("h1")
    other = as_(Role.MEMBER)
    assert page(other, "/fr/").all("section", id="restricted") == []
    assert "/fr/#restricted" not in page(other, "/fr/practices").links()


def test_a_role_taken_away_acts_at_the_next_page(as_: As, house) -> None:
    with house.begin() as work:
        user_id = make_user(work, Role.EDITOR).user_id
    client = as_(user_id=user_id)
    closed, inner = (f"/fr/practices/{SLUGS[v]}" for v in ("restricted", "members"))
    assert client.get(closed).status_code == 200
    with house.begin() as work:
        user = work.session.get_one(User, user_id)
        user.grants.clear()
    assert (client.get(closed).status_code, client.get(inner).status_code) == (404, 404)


def test_without_the_second_factor_the_desk_reads_as_any_member(house) -> None:
    strict = replace(house, settings=replace(house.settings, second_factor_required=True))
    client = create_app(strict).test_client()
    with house.begin() as work:
        user_id = make_user(work, Role.EDITOR).user_id
    client_as(strict, client, user_id)
    closed, inner = (f"/fr/practices/{SLUGS[v]}" for v in ("restricted", "members"))
    assert (client.get(closed).status_code, client.get(inner).status_code) == (404, 200)
    assert page(client, "/fr/").all("section", id="restricted") == []
    with house.begin() as work:
        work.session.get_one(User, user_id).totp_secret = "JBSWY3DPEHPK3PXP"
    assert client.get(closed).status_code == 200


def test_without_an_index_each_gets_the_list_of_what_is_theirs(house) -> None:
    dead = replace(house, index=DeadIndex(), member_index=DeadIndex())
    client = create_app(dead).test_client()
    found = page(client, "/fr/practices", 503).one("ul", class_="plain-list")
    assert slugs_of(found) == {SLUGS["public"]}
    with house.begin() as work:
        user_id = make_user(work, Role.MEMBER).user_id
    client_as(dead, client, user_id)
    found = page(client, "/fr/practices", 503).one("ul", class_="plain-list")
    assert slugs_of(found) == {SLUGS["public"], SLUGS["members"]}


# What was withdrawn, and what went before.


def withdraw(house: Runtime, slug: str, reason: Withdrawal) -> None:
    with house.begin() as work:
        content = make_content(slug, texts={"fr": make_text(slug, title="Un titre")})
        revision, people = make_revision(work, State.PUBLISHED, content)
        perform(
            work, people["editor"], revision.id, Action.WITHDRAW, "Le motif.", withdrawal=reason
        )


@pytest.mark.parametrize("roles", [(), (Role.MEMBER,), (Role.EDITOR,)], ids=str)
def test_a_withdrawn_practice_leaves_a_sentence_and_no_title(as_: As, house, roles) -> None:
    withdraw(house, "taken-back", Withdrawal.CONSENT)
    client = as_(*roles)
    for address in ("/en/practices/{}", "/en/practices/{}.md", "/en/practices/{}/history"):
        response = client.get(address.format("taken-back"))
        assert response.status_code == 410
        main = parse(response.text).one("main")
        assert main.one("h1").text == "This page has been withdrawn"
        assert "somebody concerned no longer agrees" in main.text
        for word in ("Un titre", "Le motif.", "taken-back", "Résumé"):
            assert word not in response.text
    problem = client.get("/api/v1/practices/taken-back?lang=en")
    assert (problem.status_code, problem.mimetype) == (410, "application/problem+json")
    assert problem.json["title"] == "Gone"
    assert problem.json["detail"] == (
        "Withdrawn: somebody concerned no longer agrees to its publication."
    )
    assert client.get("/api/v1/practices/taken-back/related").status_code == 410
    assert client.get("/en/practices/taken-back.json").status_code == 410


def test_what_was_withdrawn_for_safety_is_answered_like_what_never_was(as_: As, house) -> None:
    withdraw(house, "in-danger", Withdrawal.SAFETY)
    for client in (as_(), as_(Role.EDITOR)):
        for address in (*ADDRESSES, "/api/v1/practices/{}", "/fr/practices/{}.json"):
            danger = client.get(address.format("in-danger"))
            never = client.get(address.format("never-existed"))
            assert (danger.status_code, never.status_code) == (404, 404)
            assert danger.text.replace("in-danger", "never-existed") == never.text


def test_the_withdrawn_is_in_no_list(as_: As, house) -> None:
    withdraw(house, "taken-back", Withdrawal.RIGHTS)
    for address in ("/sitemap.xml", "/feeds/practices.atom", "/fr/practices", "/api/v1/practices"):
        assert "taken-back" not in as_().get(address).text


def test_the_history_tells_when_and_what_but_no_text(as_: As, house) -> None:
    with house.begin() as work:
        content = make_content("changed", texts={"fr": make_text("changed", title="Avant")})
        revision, people = make_revision(work, State.PUBLISHED, content)
        revision.working_copy = revision.working_copy | {
            "texts": {"fr": make_text("changed", title="Maintenant")}
        }
        following = make_next(work, people, revision, State.PUBLISHED)
        following.change_note = "<b>Une</b> date corrigée."
        draft = make_next(work, people, following, State.SUBMITTED)
        draft.change_note = "Pas encore publié."
    found = page(as_(), "/en/practices/changed/history")
    entries = found.one("ul", class_="plain-list").all("li")
    assert [[words.text for words in entry.all("p")] for entry in entries] == [
        ["1 March 2026, revision 2 (present text)", "<b>Une</b> date corrigée."],
        ["1 March 2026, revision 1", "First text."],
    ]
    assert "Avant" not in found.text
    assert "Pas encore" not in found.text
    assert "/fr/practices/changed/history" in page(as_(), "/fr/practices/changed").links()
    assert "/en/practices/changed" in found.one("main").links()


def test_suggestions_while_typing_come_from_what_the_reader_may_read(as_: As, house) -> None:
    """Members have their own on the page; the interface that the script asks is for visitors."""
    address = f"/fr/suggest?q={WORD[:4]}"
    hidden = "/fr/suggest?q=the-inner"
    assert slugs_of(page(as_(), address)) == {SLUGS["public"]}
    assert slugs_of(page(as_(), hidden)) == set()
    member = as_(Role.MEMBER)
    assert slugs_of(page(member, address)) == {SLUGS["public"], SLUGS["members"]}
    assert slugs_of(page(member, hidden)) == {SLUGS["members"]}
    for browser in (as_(), member, as_(Role.EDITOR)):
        answer = browser.get(f"/api/v1/suggest?lang=fr&q={WORD[:4]}").json
        assert [found["slug"] for found in answer["practices"]] == [SLUGS["public"]]
        assert [found["text"] for found in answer["suggestions"]] == [WORD]
        answer = browser.get("/api/v1/suggest?lang=fr&q=the-inner").json
        assert (answer["suggestions"], answer["practices"]) == ([], [])
