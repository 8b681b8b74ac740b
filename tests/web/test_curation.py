"""The pages with which editors steer the search, and what readers see of it."""

import pytest

from kb.accounts.permissions import Role
from kb.practices.lifecycle import State
from kb.practices.queries import practice_by_slug, published_revision
from kb.vocabularies.catalogue import Bilingual, GlossaryEntry
from tests.database import snapshot
from tests.make import add_entry, make_content, make_revision, make_text, make_user
from tests.web.desk import Browser, Desk
from tests.web.html import Element, parse

HOSTILE = '<script>alert("x")</script>\u202e'
WELL = GlossaryEntry(
    id="puits",
    kind="concept",
    fr="puits",
    en="well",
    local=("woyndu",),
    note=Bilingual(fr="Un trou.", en="A hole."),
)
PEUL = GlossaryEntry(id="peul", kind="people", fr="Peul", en="Fulani")
CORRIDOR = GlossaryEntry(id="couloir", kind="concept", fr="couloir", en="corridor")
TEXTS = {
    "a-well": "Autour du puits",
    "another-well": "Le puits des femmes",
    "noise": "Autour du couloir",
}


@pytest.fixture
def desk(sqlite_runtime) -> Desk:
    desk = Desk(sqlite_runtime)
    with desk.runtime.begin() as work:
        for entry in (WELL, PEUL, CORRIDOR):
            add_entry(work, entry)
        for slug, title in TEXTS.items():
            content = make_content(slug, texts={"fr": make_text(slug, title=title)})
            make_revision(work, State.PUBLISHED, content)
    return desk


@pytest.fixture
def editor(desk) -> Browser:
    return browser_of(desk, Role.EDITOR)


@pytest.fixture
def visitor(desk) -> Browser:
    return Browser(desk.app.test_client(), "")


def browser_of(desk: Desk, *roles: Role) -> Browser:
    with desk.runtime.begin() as work:
        actor = make_user(work, *roles)
    return desk.browser(actor)


def send(browser: Browser, address: str, **fields: str):
    return browser.client.post(address, data={"csrf_token": browser.key, **fields})


def values(page: Element) -> dict[str, str]:
    """What the form of an entry would send."""
    main = page.one("main")
    found = {
        each.attributes["name"]: each.attributes.get("value", "")
        for each in main.all("input")
        if each.attributes["name"] != "csrf_token"
    }
    for area in main.all("textarea"):
        if "name" in area.attributes:
            found[area.attributes["name"]] = "".join(map(str, area.children)).strip("\n")
    chosen = [o for o in main.all("option") if "selected" in o.attributes]
    return {**found, "kind": chosen[0].attributes["value"] if chosen else "concept"}


def seek(browser: Browser, *queries: str, path="/fr/practices", **options) -> None:
    """Search, and take the whole answer: only then is anything counted."""
    for query in queries:
        browser.client.get(path, query_string={"q": query}, **options).close()


def reported(editor: Browser) -> list[str]:
    return [h.text for h in editor.get("/fr/search-report").one("main").all("h2")]


def found(browser: Browser, query: str) -> list[str]:
    page = parse(browser.client.get("/fr/practices", query_string={"q": query}).text)
    cards = page.one("main").all("li", class_="card")
    return [card.one("h3").text for card in cards]


def chosen(browser: Browser, query: str, **parameters: str) -> list[str]:
    answer = browser.client.get("/fr/practices", query_string={"q": query, **parameters})
    boxes = parse(answer.text).one("main").all("section", class_="note")
    return [link.text for box in boxes for link in box.all("a")]


def words_of(page: Element) -> list[str]:
    return [h.text for h in page.one("main").all("h3")]


def test_the_list_is_found_by_word_kind_and_state(desk, editor):
    assert words_of(editor.get("/fr/thesaurus")) == ["couloir", "Peul", "puits"]
    assert words_of(editor.get("/en/thesaurus")) == ["corridor", "Fulani", "well"]
    assert words_of(editor.get("/fr/thesaurus?q=WÓYN")) == ["puits"]
    assert words_of(editor.get("/fr/thesaurus?kind=people")) == ["Peul"]
    assert words_of(editor.get("/fr/thesaurus?state=edited")) == []
    fields = values(editor.get("/fr/thesaurus/peul"))
    assert send(editor, "/fr/thesaurus/peul", **fields | {"synonyms": "Fulɓe"}).status_code == 303
    mark = values(editor.get("/fr/thesaurus/couloir/remove"))["mark"]
    assert send(editor, "/fr/thesaurus/couloir/remove", mark=mark).status_code == 303
    assert words_of(editor.get("/fr/thesaurus")) == ["Peul", "puits"]
    assert words_of(editor.get("/fr/thesaurus?state=edited")) == ["Peul"]
    assert words_of(editor.get("/fr/thesaurus?state=removed")) == ["couloir"]
    for odd in ("q=%00", "q=" + "x" * 5000, "page=999999999", "kind=odd&state=odd", "q=%F0%9F"):
        editor.get(f"/fr/thesaurus?{odd}")


def test_an_entry_is_tried_saved_and_used(desk, editor, visitor):
    before = snapshot(desk.runtime)
    fields = values(editor.get("/fr/thesaurus/puits")) | {"synonyms": "kollandi"}
    tried = send(editor, "/en/thesaurus/puits", **fields, do="preview")
    assert tried.status_code == 200
    effect = parse(tried.text).one("main").one("section", id="effect")
    (panel,) = effect.all("section", class_="effect")
    assert panel.one("h3").text == "kollandi"
    assert sorted(li.text for li in panel.all("li")) == [
        "new Autour du puits",
        "new Le puits des femmes",
    ]
    assert values(parse(tried.text)) == fields | {"query": ""}
    assert unsaved(snapshot(desk.runtime)) == unsaved(before)
    assert found(visitor, "kollandi") == []
    saved = send(editor, "/fr/thesaurus/puits", **fields, do="save")
    assert (saved.status_code, saved.location) == (303, "/fr/thesaurus/puits?done=entry-saved")
    assert sorted(found(visitor, "kollandi")) == ["Autour du puits", "Le puits des femmes"]
    assert "kollandi" in parse(visitor.client.get("/fr/glossary").text).one("main").text
    api = visitor.client.get("/api/v1/glossary").json["entries"]
    assert {e["id"]: e["synonyms"] for e in api} == {
        "puits": ["kollandi"],
        "peul": [],
        "couloir": [],
    }


def unsaved(rows):
    """A database but for the sessions, which every page of a member touches."""
    return {name: rows for name, rows in rows.items() if name != "user_sessions"}


def test_a_new_entry_begins_with_the_word_that_was_sought(editor):
    fields = values(editor.get("/fr/thesaurus/new?fr=mare+aux+hippopotames&kind=odd"))
    assert (fields["fr"], fields["en"], fields["kind"]) == ("mare aux hippopotames", "", "concept")
    refused = send(editor, "/fr/thesaurus/new", **fields, do="save")
    assert refused.status_code == 422
    assert parse(refused.text).one("p", id="wrong-en")
    assert values(parse(refused.text)) == fields | {"query": ""}
    saved = send(editor, "/fr/thesaurus/new", **fields | {"en": "hippo pond"})
    assert saved.location == "/fr/thesaurus/mare-aux-hippopotames?done=entry-saved"
    assert send(editor, "/fr/thesaurus/new", **fields, do="preview").status_code == 422


def test_two_editors_at_once_see_both_texts(desk, editor):
    other = browser_of(desk, Role.EDITOR)
    mine = values(editor.get("/fr/thesaurus/puits"))
    theirs = values(other.get("/fr/thesaurus/puits"))
    assert send(other, "/fr/thesaurus/puits", **theirs | {"en": "borehole"}).status_code == 303
    answer = send(editor, "/fr/thesaurus/puits", **mine | {"en": "water hole"})
    assert answer.status_code == 409
    page = parse(answer.text)
    assert page.one("textarea", id="stored-en").text == "borehole"
    assert page.all("textarea", id="stored-fr") == []
    again = values(page)
    assert again["en"] == "water hole"
    assert send(editor, "/fr/thesaurus/puits", **again).status_code == 303
    assert values(editor.get("/fr/thesaurus/puits"))["en"] == "water hole"


def test_removing_asks_first_and_can_be_undone(desk, editor, visitor):
    assert sorted(found(visitor, "woyndu")) == ["Autour du puits", "Le puits des femmes"]
    page = editor.get("/fr/thesaurus/puits/remove")
    assert [h.text for h in page.all("h3")] == ["woyndu"]
    fields = values(page)
    assert send(editor, "/fr/thesaurus/puits/remove", mark="stale").status_code == 409
    removed = send(editor, "/fr/thesaurus/puits/remove", mark=fields["mark"])
    assert removed.location == "/fr/thesaurus?done=entry-removed"
    assert found(visitor, "woyndu") == []
    assert "woyndu" not in visitor.client.get("/fr/glossary").text
    fields = values(editor.get("/fr/thesaurus/puits"))
    assert send(editor, "/fr/thesaurus/puits", **fields).status_code == 303
    assert sorted(found(visitor, "woyndu")) == ["Autour du puits", "Le puits des femmes"]


def test_what_was_sought_in_vain_three_times_is_reported(desk, editor, visitor):
    member = browser_of(desk, Role.MEMBER)
    seek(visitor, "zebu perdu", "rare", "puits", "awa@example.org")
    seek(member, "Zébu perdu")
    assert reported(editor) == []
    seek(visitor, "zebu perdu", HOSTILE, HOSTILE, HOSTILE, *["awa@example.org"] * 3)
    assert sorted(reported(editor)) == [HOSTILE, "zebu perdu"]
    page = editor.get("/fr/search-report")
    assert page.all("script") == []
    assert "/fr/thesaurus/new?fr=zebu+perdu" in page.links()
    assert "/fr/promotions?query=zebu+perdu" in page.links()
    (miss,) = [
        form.one("input", name="miss").attributes["value"]
        for item in page.one("main").all("li")
        if any(h.text == "zebu perdu" for h in item.all("h2"))
        for form in item.all("form")
    ]
    assert send(editor, "/fr/search-report", miss=miss).status_code == 303
    assert "zebu perdu" not in reported(editor)
    assert send(editor, "/fr/search-report", miss=miss).status_code == 404
    for odd in ("", "x", "-1", "9" * 30):
        assert send(editor, "/fr/search-report", miss=odd).status_code == 422


@pytest.mark.parametrize(
    "parameters",
    ["country=NE", "page=2", "exact=1", "kind=lesson", "country=NE&page=7"],
)
def test_what_was_narrowed_is_no_search_in_vain(editor, visitor, parameters):
    for _ in range(4):
        visitor.client.get(f"/fr/practices?q=zebu&{parameters}").close()
    seek(visitor, *["hippopotame"] * 3)
    assert reported(editor) == ["hippopotame"]


def test_what_nobody_asked_for_is_no_search_in_vain(desk, editor, visitor):
    before = unsaved(snapshot(desk.runtime))
    for _ in range(4):
        visitor.client.head("/fr/practices?q=zebu").close()
        visitor.client.get("/fr/practices?q=zebu", headers={"Sec-Purpose": "prefetch"}).close()
        visitor.client.get("/api/v1/practices?q=zebu").close()
        visitor.client.get("/fr/suggest?q=zebu").close()
        visitor.client.get("/fr/practices?q=").close()
    assert unsaved(snapshot(desk.runtime)) == before


def test_looking_changes_nothing_but_the_count(desk, editor, visitor):
    before = unsaved(snapshot(desk.runtime))
    for browser in (editor, visitor):
        for path in ("thesaurus", "thesaurus/new", "thesaurus/puits", "thesaurus/puits/remove"):
            browser.client.get(f"/fr/{path}").close()
        for path in ("search-report", "promotions", "practices?q=puits", "practices?q=zebu"):
            browser.client.get(f"/fr/{path}").close()
    after = unsaved(snapshot(desk.runtime))
    (miss,) = after.pop("search_misses")
    assert before.pop("search_misses") == []
    assert after == before
    assert "zebu" not in repr(miss)


def test_a_busy_database_costs_no_reader_anything(desk, editor, visitor):
    with desk.runtime.begin() as work:
        make_user(work, Role.MEMBER)
        for _ in range(3):
            answer = visitor.client.get("/fr/practices?q=zebu")
            assert answer.status_code == 200
            answer.close()
    assert reported(editor) == []


def choose(editor: Browser, query: str, practice: str):
    return send(editor, "/fr/promotions", do="add", query=query, practice=practice)


def test_a_choice_stands_above_the_results(desk, editor, visitor):
    assert choose(editor, "Gestion de l'eau", "another-well").status_code == 303
    assert choose(editor, "gestion de l’eau", "noise").status_code == 303
    assert choose(editor, "puits", "noise").status_code == 303
    assert chosen(visitor, "GESTION DE L’EAU") == ["Le puits des femmes", "Autour du couloir"]
    assert chosen(visitor, "puits") == ["Autour du couloir"]
    assert chosen(visitor, "eau") == []
    assert chosen(visitor, "puits", exact="1") == ["Autour du couloir"]
    for narrowed in ({"country": "ML"}, {"page": "2"}, {"kind": "lesson"}):
        assert chosen(visitor, "puits", **narrowed) == []
    # Not among the results, and not counted with them.
    assert sorted(found(visitor, "puits")) == ["Autour du puits", "Le puits des femmes"]
    answer = visitor.client.get("/api/v1/practices?q=puits").json
    assert (answer["total"], [p["slug"] for p in answer["promoted"]]) == (2, ["noise"])
    assert visitor.client.get("/api/v1/practices?q=puits&country=ML").json["promoted"] == []
    # What the editors have answered is not sought in vain.
    seek(visitor, *["gestion de l'eau"] * 4)
    assert reported(editor) == []


def test_a_choice_is_moved_and_removed(desk, editor, visitor):
    for slug in TEXTS:
        choose(editor, "zebu", slug)
    page = editor.get("/fr/promotions")
    numbers = [
        form.one("input", name="promotion").attributes["value"]
        for form in page.one("main").all("form", class_="one")
        if form.one("input", name="do").attributes["value"] == "remove"
    ]
    send(editor, "/fr/promotions", do="up", promotion=numbers[2])
    send(editor, "/fr/promotions", do="remove", promotion=numbers[0])
    assert chosen(visitor, "zebu") == ["Autour du couloir", "Le puits des femmes"]
    assert send(editor, "/fr/promotions", do="remove", promotion=numbers[0]).status_code == 404
    assert send(editor, "/fr/promotions", do="up", promotion="x").status_code == 422


def test_a_choice_tells_nobody_of_what_is_hidden(desk, editor, visitor):
    member = browser_of(desk, Role.MEMBER)
    for slug in TEXTS:
        choose(editor, "zebu", slug)
    plain = visitor.client.get("/fr/practices?q=zebu").text
    with desk.runtime.begin() as work:
        for slug, visibility in (("a-well", "members"), ("another-well", "restricted")):
            practice = practice_by_slug(work.session, slug)
            revision = published_revision(work.session, practice.id)
            revision.visibility = visibility
    assert "puits" in plain
    assert chosen(visitor, "zebu") == ["Autour du couloir"]
    assert chosen(member, "zebu") == ["Autour du puits", "Autour du couloir"]
    answer = visitor.client.get("/api/v1/practices?q=zebu")
    assert [p["slug"] for p in answer.json["promoted"]] == ["noise"]
    assert "puits" not in answer.text
    with desk.runtime.begin() as work:
        practice = practice_by_slug(work.session, "noise")
        published_revision(work.session, practice.id).visibility = "restricted"
    gone = visitor.client.get("/fr/practices?q=zebu").text
    never = visitor.client.get("/fr/practices?q=xebu").text
    assert gone.replace("zebu", "xebu") == never


@pytest.mark.parametrize("slug", ["", "nowhere", "secret-one", "a b", "é"])
def test_only_what_is_public_can_be_chosen(desk, editor, slug):
    with desk.runtime.begin() as work:
        content = make_content("secret-one", visibility="restricted")
        make_revision(work, State.PUBLISHED, content)
    options = [
        option.attributes["value"]
        for option in editor.get("/fr/promotions").one("select", name="practice").all("option")
    ]
    assert sorted(options) == ["", *sorted(TEXTS)]
    answer = choose(editor, HOSTILE, slug)
    assert answer.status_code == 422
    page = parse(answer.text)
    assert page.one("p", id="wrong-practice")
    assert page.all("script") == []
    assert page.one("input", name="query").attributes["value"] == HOSTILE


@pytest.mark.parametrize("path", ["nowhere", "nowhere/remove", "a_b", "a%00b", "PUITS"])
def test_what_is_not_there_is_not_found(editor, path):
    assert editor.client.get(f"/fr/thesaurus/{path}").status_code == 404
    assert send(editor, f"/fr/thesaurus/{path}").status_code == 404


def test_hostile_words_are_words(desk, editor, visitor):
    fields = values(editor.get("/fr/thesaurus/puits")) | {"synonyms": HOSTILE, "fr": HOSTILE}
    tried = send(editor, "/fr/thesaurus/puits", **fields, do="preview")
    assert parse(tried.text).all("script") == []
    assert send(editor, "/fr/thesaurus/puits", **fields, do="save").status_code == 303
    for browser, path in (
        (editor, "thesaurus"),
        (editor, "thesaurus/puits"),
        (visitor, "glossary"),
    ):
        page = parse(browser.client.get(f"/fr/{path}").text)
        assert page.all("script") == []
        assert "alert" in page.text or path != "glossary"


def test_the_tools_are_in_the_menu_of_editors_only(desk, editor):
    assert "/fr/thesaurus" in editor.get("/fr/").links()
    for role in Role:
        if role is not Role.EDITOR:
            browser = browser_of(desk, role)
            assert "/fr/thesaurus" not in browser.get("/fr/").links()
            browser.get("/fr/thesaurus", 403)
