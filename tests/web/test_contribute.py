"""Writing in the browser: what is typed is kept, and only its author gets to see it."""

from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
import pytest
from werkzeug.test import TestResponse

from kb.accounts.models import RoleGrant
from kb.accounts.permissions import Actor, Role
from kb.app import create_app
from kb.attachments.models import Attachment
from kb.core.language import Locale
from kb.practices.draft import Part, names_of
from kb.practices.lifecycle import State
from kb.practices.models import Practice, Revision, RevisionAuthor, Version
from kb.reviews.models import Comment, CommentAudience
from kb.reviews.service import comment
from kb.runtime import Runtime
from kb.web.contribute.examples import EXAMPLES
from kb.web.contribute.fields import groups_of
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

ROOT = "/en/contribute"


@dataclass
class Writer:
    """A contributor at a browser, with forms that carry the right token."""

    runtime: Runtime
    client: FlaskClient
    token: str
    actor: Actor

    def get(self, path: str) -> Element:
        answer = self.client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return parse(answer.text)

    def post(self, path: str, **data: Any) -> TestResponse:
        headers = {"Accept": "application/json"} if data.pop("as_json", False) else {}
        return self.client.post(path, data={"csrf_token": self.token, **data}, headers=headers)


def writer_for(runtime: Runtime, actor: Actor | None = None) -> Writer:
    if actor is None:
        with runtime.begin() as work:
            actor = make_user(work, Role.CONTRIBUTOR)
    client = create_app(runtime).test_client()
    assert actor.user_id is not None
    return Writer(runtime, client, client_as(runtime, client, actor.user_id), actor)


@pytest.fixture
def writer(sqlite_runtime: Runtime) -> Writer:
    with sqlite_runtime.begin() as work:
        make_vocabularies(work)
    return writer_for(sqlite_runtime)


def at(revision_id: int, part: str = "") -> str:
    return f"{ROOT}/revisions/{revision_id}" + (f"/{part}" if part else "")


def draft_of(writer: Writer, state: State = State.DRAFT, **changes: Any) -> int:
    """A revision of this writer in a state, with a complete text."""
    with writer.runtime.begin() as work:
        revision, _ = make_revision(work, state, make_content(**changes))
        revision.practice.owner_id = writer.actor.user_id
        return revision.id


def translated_draft_of(writer: Writer) -> int:
    """A French text with an English one that was imported as up to date."""
    texts = {"fr": make_text("Puits"), "en": make_text("Wells")}
    return draft_of(writer, texts=texts, translations={"fr": "original", "en": "up-to-date"})


def revision_of(writer: Writer, revision_id: int) -> Revision:
    with writer.runtime.reading() as session:
        found = session.get_one(Revision, revision_id)
        _ = found.practice.slug, found.authors
        return found


def form_data(page: Element) -> dict[str, Any]:
    """The form of a page as a browser without JavaScript sends it."""
    form = page.one("form", class_="writing")
    data: dict[str, Any] = {}
    for it in form.all("*"):
        name = it.attributes.get("name")
        if not name or it.tag == "button" or name == "csrf_token":
            continue
        if it.attributes.get("type") in {"checkbox", "radio"}:
            if "checked" in it.attributes:
                data.setdefault(name, []).append(it.attributes["value"])
        elif it.tag == "select":
            chosen = it.all("option", selected="") or it.all("option")
            data[name] = chosen[0].attributes["value"]
        elif it.tag == "textarea":
            data[name] = "".join(map(str, it.children)).removeprefix("\n")
        else:
            data[name] = it.attributes.get("value", "")
    return data


# Beginning


def test_a_new_practice_is_a_draft_of_its_author(writer):
    page = writer.get(f"{ROOT}/new")
    assert page.one("h1").text == "New practice"
    answer = writer.post(
        f"{ROOT}/new", title="The well", language="en", kind="lesson", status="published", slug="x"
    )
    with writer.runtime.reading() as session:
        revision = session.query(Revision).one()
        assert (answer.status_code, answer.location) == (
            303,
            f"{at(revision.id, 'about')}?done=begun",
        )
        assert revision.state is State.DRAFT
        assert revision.practice.slug.startswith("the-well-")
        assert revision.practice.owner_id == writer.actor.user_id
        assert revision.working_copy["texts"] == {"en": {"title": "The well", "sections": {}}}
        assert revision.working_copy["kind"] == "lesson"
    assert "The draft is begun." in writer.get(answer.location).text


def test_without_a_title_nothing_begins_and_the_rest_is_kept(writer):
    answer = writer.post(f"{ROOT}/new", title="", language="en", kind="lesson")
    assert answer.status_code == 422
    page = parse(answer.text)
    assert page.one("p", id="wrong-title").text == "is missing"
    assert page.one("input", name="kind", value="lesson").attributes.get("checked") == ""
    with writer.runtime.reading() as session:
        assert session.query(Practice).count() == 0


def test_my_practices_tell_what_is_needed_next(writer):
    mine = draft_of(writer, State.CHANGES_REQUESTED, slug="mine-abcd")
    with writer.runtime.begin() as work:
        make_revision(work, State.SUBMITTED, make_content("foreign-abcd"))
    page = writer.get(ROOT)
    assert [link.text for link in page.one("ul", class_="items").all("h2")] == ["Titre mine-abcd"]
    entry = page.one("ul", class_="items").text
    for words in ("changes requested", "The reviewers ask for changes.", "because"):
        assert words in entry
    assert at(mine, "about") in page.links()
    assert "foreign-abcd" not in page.text


def test_nothing_written_yet(writer):
    assert "You have not written anything yet." in writer.get(ROOT).text


# The parts


def test_each_part_comes_back_as_it_was_shown(writer):
    content = make_content(
        "rich-abcd",
        caution="do-no-harm",
        caution_note={"fr": "Attention « à ceci »"},
        cross_border=True,
        regions=["ML-7", "NE-6"],
        visibility="members",
        location_precision="region",
        credited_authors=[{"name": "Ada & Co", "affiliation": "X <y>", "orcid": ""}],
        credited_reviewers=[{"name": "Reviewer"}],
        related=["some-practice"],
        texts={"fr": make_text("un"), "en": make_text("two", places=["Téra", "Gao"])},
        translations={"fr": "original", "en": "stale"},
        sources=[
            {"id": "S4", "title": "Four", "note": "a\nb"},
            {"id": "S1", "title": "One", "url": "https://example.org/?a=1&b=2"},
        ],
    )
    revision_id = draft_of(writer, **content)
    before = revision_of(writer, revision_id)
    for part in Part:
        data = form_data(writer.get(at(revision_id, part)))
        answer = writer.post(at(revision_id, part), **data)
        assert (answer.status_code, answer.location) == (
            303,
            f"{at(revision_id, part)}?done=saved",
        )
    after = revision_of(writer, revision_id)
    expected = dict(before.working_copy)
    assert {key: after.working_copy[key] for key in expected} | {
        "sources": [
            {k: v for k, v in source.items() if v} for source in after.working_copy["sources"]
        ],
        "credited_authors": expected["credited_authors"],
        "texts": expected["texts"],
    } == expected
    for locale in ("fr", "en"):
        saved = after.working_copy["texts"][locale]
        assert {key: saved[key] for key in expected["texts"][locale]} == expected["texts"][locale]
    assert after.working_copy["credited_authors"] == expected["credited_authors"]
    assert after.practice.slug == before.practice.slug


def test_the_original_stands_beside_the_translation_with_what_changed(writer):
    texts = {"fr": make_text("Puits"), "en": make_text("Wells")}
    revision_id = draft_of(
        writer, texts=texts, translations={"fr": "original", "en": "up-to-date"}
    )
    page = writer.get(at(revision_id, "en"))
    assert page.one("input", name="translation").attributes.get("checked") == ""
    original = writer.get(at(revision_id, "fr"))
    assert original.all("input", name="translation") == []
    data = form_data(original)
    writer.post(at(revision_id, "fr"), **data | {"context": "Deux puits nouveaux"})
    assert revision_of(writer, revision_id).working_copy["translations"]["en"] == "stale"
    page = writer.get(at(revision_id, "en"))
    assert "checked" not in page.one("input", name="translation").attributes
    assert "Deux puits nouveaux" in [words.text for words in page.all("div", class_="written")]
    links = [link for note in page.all("div", class_="note") for link in note.all("a")]
    assert [link.attributes["href"] for link in links] == ["#changed-context"]
    assert "added: Deux puits nouveaux" in page.one("details", id="changed-context").text
    # Not ticked: the translation is saved, and stays older than the original.
    writer.post(at(revision_id, "en"), **form_data(page) | {"results": "New results"})
    assert revision_of(writer, revision_id).working_copy["translations"]["en"] == "stale"
    data = form_data(writer.get(at(revision_id, "en")))
    writer.post(at(revision_id, "en"), **data | {"translation": "up-to-date"})
    assert revision_of(writer, revision_id).working_copy["translations"]["en"] == "up-to-date"
    assert writer.get(at(revision_id, "en")).all("details", id="changed-context") == []
    steps = writer.get(at(revision_id)).one("nav", **{"aria-label": "Parts of the form"}).text
    assert "Text in French original" in steps
    assert "Text in English up to date" in steps


def test_up_to_date_is_not_said_of_an_original_that_changed_meanwhile(writer):
    texts = {"fr": make_text("Puits"), "en": make_text("Wells")}
    revision_id = draft_of(
        writer, texts=texts, translations={"fr": "original", "en": "up-to-date"}
    )
    opened = form_data(writer.get(at(revision_id, "en")))
    data = form_data(writer.get(at(revision_id, "fr")))
    writer.post(at(revision_id, "fr"), **data | {"context": "Autre chose"})
    writer.post(at(revision_id, "en"), **opened | {"results": "New results"})
    saved = revision_of(writer, revision_id).working_copy
    assert saved["texts"]["en"]["sections"]["results"] == "New results"
    assert saved["translations"]["en"] == "stale"


def test_a_part_is_saved_and_the_others_stay(writer):
    revision_id = draft_of(writer)
    before = revision_of(writer, revision_id).working_copy
    data = form_data(writer.get(at(revision_id, "en")))
    answer = writer.post(
        at(revision_id, "en"),
        **data | {"title": "Wells", "context": "One\r\n\r\n- two", "translation": "stale"},
        then="next",
    )
    assert (answer.status_code, answer.location) == (303, at(revision_id, "sources"))
    after = revision_of(writer, revision_id).working_copy
    assert after["texts"]["fr"] == before["texts"]["fr"]
    assert after["texts"]["en"]["title"] == "Wells"
    assert after["texts"]["en"]["sections"] == {"context": "One\n\n- two"}
    assert after["translations"] == {"fr": "original", "en": "stale"}
    assert {k: v for k, v in after.items() if k not in {"texts", "translations"}} == {
        k: v for k, v in before.items() if k not in {"texts", "translations"}
    }


def test_what_is_not_in_the_form_cannot_be_posted(writer):
    revision_id = draft_of(writer)
    before = revision_of(writer, revision_id)
    smuggled = {
        "status": "published",
        "state": "published",
        "owner_id": "1",
        "version_id": "1",
        "published_at": "2026-01-01",
        "slug": "taken-over",
        "working_copy": "{}",
        "credited_reviewers": "Me",
        "visibility": "restricted",
        "role": "admin",
    }
    data = form_data(writer.get(at(revision_id, "fr"))) | smuggled
    assert writer.post(at(revision_id, "fr"), **data | {"title": "New"}).status_code == 303
    after = revision_of(writer, revision_id)
    assert after.working_copy["texts"]["fr"]["title"] == "New"
    for name in ("state", "version_id", "published_at", "visibility", "imported"):
        assert getattr(after, name) == getattr(before, name), name
    assert after.practice.owner_id == before.practice.owner_id
    assert after.practice.slug == before.practice.slug
    added = set(after.working_copy) - set(before.working_copy)
    assert added == set()


def test_sources_are_added_and_removed_without_javascript(writer):
    revision_id = draft_of(writer)
    page = writer.get(at(revision_id, "sources"))
    assert [legend.text for legend in page.all("legend")] == ["Source S1", "Source S2"]
    data = form_data(page) | {"source_2_title": "Second", "then": "another"}
    answer = writer.post(at(revision_id, "sources"), **data)
    assert answer.location == f"{at(revision_id, 'sources')}?done=saved#field-source_3_title"
    data = form_data(writer.get(at(revision_id, "sources")))
    data |= {"source_1_title": "", "source_1_url": ""}
    writer.post(at(revision_id, "sources"), **data)
    sources = revision_of(writer, revision_id).working_copy["sources"]
    assert [(source["id"], source["title"]) for source in sources] == [("S2", "Second")]
    # S1 is still cited: it is waited for, and its number goes to no other source.
    page = writer.get(at(revision_id, "sources"))
    assert [legend.text for legend in page.all("legend")] == ["Source S2", "Source S1"]


def test_the_address_can_be_corrected(writer):
    revision_id = draft_of(writer, slug="le-chef-untel-abcd")
    page = writer.get(at(revision_id, "about"))
    assert page.one("input", name="address").attributes["value"] == "le-chef-untel"
    writer.post(at(revision_id, "about"), **form_data(page) | {"address": "Un chef"})
    found = revision_of(writer, revision_id)
    assert found.practice.slug.startswith("un-chef-")
    assert found.working_copy["slug"] == found.practice.slug


def test_a_revision_of_a_published_practice_has_a_change_note_and_its_address(writer):
    with writer.runtime.begin() as work:
        published, people = make_revision(work, State.PUBLISHED)
        following = make_next(work, people, published, State.DRAFT)
        for revision in (published, following):
            revision.practice.owner_id = writer.actor.user_id
        revision_id = following.id
    page = writer.get(at(revision_id, "about"))
    assert page.all("input", name="address") == []
    slug = revision_of(writer, revision_id).practice.slug
    writer.post(
        at(revision_id, "about"),
        **form_data(page) | {"change_note": "New figures", "address": "smuggled"},
    )
    refused = revision_of(writer, revision_id)
    assert (refused.practice.slug, refused.change_note) == (slug, "")
    writer.post(at(revision_id, "about"), **form_data(page) | {"change_note": "New figures"})
    assert revision_of(writer, revision_id).change_note == "New figures"


# What cannot be kept


def test_a_section_of_two_megabytes_is_refused_and_everything_typed_is_kept(writer):
    revision_id = draft_of(writer)
    before = revision_of(writer, revision_id)
    data = form_data(writer.get(at(revision_id, "fr")))
    long = "é" * 1_000_000
    answer = writer.post(
        at(revision_id, "fr"), **data | {"context": long, "title": "Kept", "lessons": "Kept too"}
    )
    assert answer.status_code == 422
    page = parse(answer.text)
    assert page.one("p", id="wrong-context").text == "is longer than 200000 characters"
    kept = form_data(page)
    assert (kept["context"], kept["title"], kept["lessons"]) == (long, "Kept", "Kept too")
    assert kept["lock_number"] == data["lock_number"]
    after = revision_of(writer, revision_id)
    assert (after.working_copy, after.lock_number) == (before.working_copy, before.lock_number)


def test_more_than_a_page_can_take_gets_one_sentence(writer):
    revision_id = draft_of(writer)
    answer = writer.post(at(revision_id, "fr"), context="x" * (9 << 20))
    assert answer.status_code == 413
    assert "larger than this page takes" in answer.text


def test_unknown_terms_are_refused_and_the_rest_is_kept(writer):
    revision_id = draft_of(writer)
    before = revision_of(writer, revision_id).working_copy
    data = form_data(writer.get(at(revision_id, "about")))
    answer = writer.post(
        at(revision_id, "about"),
        **data
        | {
            "countries": ["NE", "XX"],
            "visibility": "secret",
            "caution_note_fr": "Prudence",
        },
    )
    assert answer.status_code == 422
    page = parse(answer.text)
    assert page.one("p", id="wrong-countries").text == "unknown term: XX"
    assert page.one("p", id="wrong-visibility").text == (
        "is not one of public, members, restricted"
    )
    kept = form_data(page)
    assert (kept["countries"], kept["caution_note_fr"]) == (["NE"], "Prudence")
    assert revision_of(writer, revision_id).working_copy == before


def test_control_characters_are_left_out(writer):
    revision_id = draft_of(writer)
    data = form_data(writer.get(at(revision_id, "fr")))
    writer.post(at(revision_id, "fr"), **data | {"title": "A\x00B\x1b[0m", "context": "x\x07y"})
    text = revision_of(writer, revision_id).working_copy["texts"]["fr"]
    assert (text["title"], text["sections"]["context"]) == ("AB[0m", "xy")


@pytest.mark.parametrize("part", Part)
def test_a_field_sent_twice_is_refused(writer, part):
    revision_id = draft_of(writer)
    before = revision_of(writer, revision_id).working_copy
    singles, _ = names_of(part, ["source_1_title"])
    answer = writer.post(at(revision_id, part), **{singles[0]: ["one", "two"]})
    assert answer.status_code == 400
    assert revision_of(writer, revision_id).working_copy == before


def test_hostile_words_stay_words(writer):
    revision_id = draft_of(writer)
    data = form_data(writer.get(at(revision_id, "fr")))
    hostile = '</textarea><script>alert(1)</script>"><img src=x onerror=alert(1)>'
    writer.post(at(revision_id, "fr"), **data | {"title": hostile, "context": hostile})
    for path in ("", "fr", "about", "check", "notes", "preview"):
        page = writer.get(at(revision_id, path))
        sources = {script.attributes.get("src", "")[:14] for script in page.all("script")}
        assert sources <= {"/static/draft.", "/static/device"}
        assert [image.attributes for image in page.all("img") if image.attributes] == []
    assert writer.get(ROOT).all("script") == []


# Two at once


def test_a_late_save_gets_both_texts_and_loses_neither(writer):
    revision_id = draft_of(writer)
    first = form_data(writer.get(at(revision_id, "fr")))
    late = dict(first)
    first |= {"title": "Stored title", "context": "Stored\ntext", "results": "Stored only"}
    writer.post(at(revision_id, "fr"), **first)
    stored = revision_of(writer, revision_id)
    answer = writer.post(
        at(revision_id, "fr"),
        **late | {"title": "Typed title", "context": "Typed\ntext", "lessons": "Typed only"},
    )
    assert answer.status_code == 409
    page = parse(answer.text)
    assert page.one("textarea", id="stored-title").text == "Stored title"
    assert page.one("textarea", id="stored-context").text == "Stored text"
    # What only one of them changed is put together already.
    links = [link.text for link in page.one("div", class_="problems").all("a")]
    assert links == ["Title", "Context and problem"]
    assert "data-autosave" not in page.one("form", class_="writing").attributes
    data = form_data(page)
    assert (data["title"], data["context"]) == ("Typed title", "Typed\ntext")
    assert (data["lessons"], data["results"]) == ("Typed only", "Stored only")
    assert revision_of(writer, revision_id).working_copy == stored.working_copy
    # With both before their eyes they choose, and may save.
    chosen = data | {"choice_title": "theirs", "choice_context": "both"}
    assert writer.post(at(revision_id, "fr"), **chosen).status_code == 303
    saved = revision_of(writer, revision_id).working_copy["texts"]["fr"]
    assert saved["title"] == "Stored title"
    assert saved["sections"]["context"] == "Stored\ntext\n\nTyped\ntext"
    assert saved["sections"]["lessons"] == "Typed only"
    assert saved["sections"]["results"] == "Stored only"


def test_what_was_edited_by_hand_on_the_page_of_both_texts_is_saved(writer):
    revision_id = draft_of(writer)
    late = form_data(writer.get(at(revision_id, "fr")))
    writer.post(at(revision_id, "fr"), **late | {"context": "Stored"})
    data = form_data(parse(writer.post(at(revision_id, "fr"), **late | {"context": "Mine"}).text))
    assert data["choice_context"] == ["mine"]
    # A third text meanwhile: asked again, with what was edited.
    third = form_data(writer.get(at(revision_id, "fr")))
    writer.post(at(revision_id, "fr"), **third | {"context": "Third"})
    again = writer.post(at(revision_id, "fr"), **data | {"context": "By hand"})
    assert again.status_code == 409
    page = parse(again.text)
    assert page.one("textarea", id="stored-context").text == "Third"
    assert form_data(page)["context"] == "By hand"
    assert writer.post(at(revision_id, "fr"), **form_data(page)).status_code == 303
    saved = revision_of(writer, revision_id).working_copy["texts"]["fr"]
    assert saved["sections"]["context"] == "By hand"


def test_different_fields_of_one_part_are_put_together(writer):
    revision_id = draft_of(writer)
    late = form_data(writer.get(at(revision_id, "fr")))
    writer.post(at(revision_id, "fr"), **late | {"results": "Stored only"})
    answer = writer.post(at(revision_id, "fr"), **late | {"lessons": "Typed only"})
    assert answer.location == f"{at(revision_id, 'fr')}?done=merged"
    saved = revision_of(writer, revision_id).working_copy["texts"]["fr"]["sections"]
    assert (saved["results"], saved["lessons"]) == ("Stored only", "Typed only")
    assert "together with what somebody else has changed" in writer.get(answer.location).text


def test_without_marks_every_difference_is_asked_about(writer):
    revision_id = draft_of(writer)
    late = form_data(writer.get(at(revision_id, "fr"))) | {"base": ""}
    writer.post(at(revision_id, "fr"), **late | {"results": "Stored only"})
    answer = writer.post(at(revision_id, "fr"), **late | {"lessons": "Typed only"})
    assert answer.status_code == 409
    links = [link.text for link in parse(answer.text).one("div", class_="problems").all("a")]
    assert links == ["Results", "Lessons, and what not to copy"]


def test_choices_and_sources_are_compared_too(writer):
    revision_id = draft_of(writer)
    about = form_data(writer.get(at(revision_id, "about")))
    sources = form_data(writer.get(at(revision_id, "sources")))
    writer.post(at(revision_id, "about"), **about | {"countries": ["BF"]})
    page = parse(writer.post(at(revision_id, "about"), **about | {"countries": ["NE"]}).text)
    sides = [side.text for side in page.one("div", class_="sides").all("p")]
    assert sides == ["BF en", "NE en"]
    data = form_data(page)
    assert data["countries"] == "NE"
    writer.post(at(revision_id, "about"), **data | {"choice_countries": "theirs"})
    assert revision_of(writer, revision_id).working_copy["countries"] == ["BF"]
    # A source is one thing: its fields are not mixed with those of another.
    writer.post(at(revision_id, "sources"), **sources | {"source_2_title": "Theirs"})
    answer = writer.post(
        at(revision_id, "sources"),
        **sources | {"source_2_title": "Mine", "source_2_year": "2020"},
    )
    assert answer.status_code == 409
    data = form_data(parse(answer.text))
    assert (data["source_2_title"], data["source_2_year"]) == ("Mine", "2020")
    writer.post(at(revision_id, "sources"), **data | {"choice_source_2": "theirs"})
    saved = revision_of(writer, revision_id).working_copy["sources"][1]
    assert {key: value for key, value in saved.items() if value} == {"id": "S2", "title": "Theirs"}


def test_the_same_form_sent_twice_is_saved_once(writer):
    revision_id = draft_of(writer)
    data = form_data(writer.get(at(revision_id, "fr"))) | {"title": "Pressed twice"}
    assert [writer.post(at(revision_id, "fr"), **data).status_code for _ in range(2)] == [303, 303]


def test_a_co_author_writes_too(writer):
    revision_id = draft_of(writer)
    other = writer_for(writer.runtime)
    assert other.client.get(at(revision_id, "fr")).status_code == 404
    with writer.runtime.begin() as work:
        work.session.add(RevisionAuthor(revision_id=revision_id, user_id=other.actor.user_id))
    data = form_data(other.get(at(revision_id, "fr")))
    assert other.post(at(revision_id, "fr"), **data | {"title": "Ours"}).status_code == 303
    late = writer.post(at(revision_id, "fr"), **data | {"title": "Mine"})
    assert late.status_code == 409
    assert "Ours" in late.text
    assert "Mine" in late.text


def test_what_was_typed_after_a_submit_is_shown_but_not_saved(writer):
    revision_id = draft_of(writer)
    data = form_data(writer.get(at(revision_id, "fr")))
    assert writer.post(at(revision_id, "check")).status_code == 303
    before = revision_of(writer, revision_id).working_copy
    answer = writer.post(at(revision_id, "fr"), **data | {"title": "Too late"})
    assert answer.status_code == 409
    assert form_data(parse(answer.text))["title"] == "Too late"
    assert parse(answer.text).one("form", class_="writing").all("button") == []
    assert revision_of(writer, revision_id).working_copy == before


# Saving by the way


def test_saving_by_script_goes_on_beside_somebody_else(writer):
    revision_id = draft_of(writer)
    first = form_data(writer.get(at(revision_id, "fr")))
    writer.post(at(revision_id, "fr"), **first | {"results": "Theirs"})
    mine = first | {"lessons": "One"}
    for words in ("Two", "Three"):
        answer = writer.post(at(revision_id, "fr"), **mine, as_json=True)
        assert answer.status_code == 200
        assert "Somebody else has changed other fields" in answer.json["message"]
        told = {name: str(answer.json[name]) for name in ("lock_number", "base")}
        mine |= told | {"lessons": words}
    saved = revision_of(writer, revision_id).working_copy["texts"]["fr"]["sections"]
    assert (saved["results"], saved["lessons"]) == ("Theirs", "Two")
    # Their field, which the page shows as it was, is theirs until somebody chooses.
    late = writer.post(at(revision_id, "fr"), **mine | {"results": "Mine"}, as_json=True)
    assert late.status_code == 409


def test_saving_by_script_answers_with_the_new_number(writer):
    revision_id = draft_of(writer)
    data = form_data(writer.get(at(revision_id, "fr")))
    answer = writer.post(at(revision_id, "fr"), **data | {"title": "By the way"}, as_json=True)
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    number = revision_of(writer, revision_id).lock_number
    assert number == int(data["lock_number"]) + 1
    assert answer.json == {
        "lock_number": number,
        "base": answer.json["base"],
        "saved_at": "2026-03-01T09:00:00+00:00",
        "message": answer.json["message"],
    }
    assert answer.json["message"].startswith("Saved at ")
    late = writer.post(at(revision_id, "fr"), **data | {"title": "Late"}, as_json=True)
    assert late.status_code == 409
    assert late.json == {
        "message": "Somebody else changed this at the same time.",
        "problems": {},
    }
    data["lock_number"] = str(number)
    refused = writer.post(at(revision_id, "fr"), **data | {"title": "x" * 20_000}, as_json=True)
    assert refused.status_code == 422
    assert refused.json["problems"] == {"title": "is longer than 10000 characters"}


def test_the_script_is_on_writing_pages_only(writer):
    revision_id = draft_of(writer)
    for path, is_writing in (("fr", True), ("about", True), ("check", False), ("preview", False)):
        answer = writer.client.get(at(revision_id, path))
        scripts = parse(answer.text).all("script")
        expected = ["/static/draft.", "/static/device"] if is_writing else []
        assert [s.attributes["src"][:14] for s in scripts] == expected
        assert ("script-src 'self'" in answer.headers["Content-Security-Policy"]) is is_writing
        assert answer.headers["Cache-Control"] == "no-store"


# Check, submit, take back, give up


def test_the_check_names_everything_and_links_to_it(writer):
    answer = writer.post(f"{ROOT}/new", title="Bare", language="fr", kind="practice")
    revision_id = int(answer.location.split("/")[4])
    page = writer.get(at(revision_id, "check"))
    found = {
        item.one("a").attributes["href"]: item.text
        for item in page.one("div", class_="problems").all("li")
    }
    assert found == {
        f"{at(revision_id, 'about')}#field-countries": "Countries – is missing",
        f"{at(revision_id, 'about')}#field-actor_types": "Who is involved – is missing",
        f"{at(revision_id, 'about')}#field-themes": "Themes – is missing",
        f"{at(revision_id, 'about')}#field-evidence": "How well it is documented – is missing",
        f"{at(revision_id, 'about')}#field-method": "How it was studied – is missing",
        f"{at(revision_id, 'fr')}#field-summary": "Summary – is missing",
        f"{at(revision_id, 'fr')}#field-context": "Context and problem – is missing",
        f"{at(revision_id, 'fr')}#field-actors_roles": "Actors and their roles – is missing",
        f"{at(revision_id, 'fr')}#field-how_it_works": "How it works, step by step – is missing",
        f"{at(revision_id, 'fr')}#field-results": "Results – is missing",
        f"{at(revision_id, 'fr')}#field-limits_risks": "Limits and risks – is missing",
        f"{at(revision_id, 'sources')}#field-source_1_title": "Source S1 – is missing",
    }
    # Each link leads to a field that is there.
    for link in found:
        path, _, anchor = link.partition("#")
        assert len(writer.get(path).all("*", id=anchor)) == 1, link
    refused = writer.post(at(revision_id, "check"))
    assert refused.status_code == 422
    assert "Context and problem" in parse(refused.text).one("div", class_="problems").text
    found_now = revision_of(writer, revision_id)
    assert (found_now.state, found_now.version_id) == (State.DRAFT, None)


def test_an_image_without_words_stands_in_the_way(writer):
    revision_id = draft_of(writer)
    with writer.runtime.begin() as work:
        work.session.add(
            Attachment(
                revision_id=revision_id,
                uploaded_by_id=writer.actor.user_id,
                content_hash="a" * 64,
                media_type="image/png",
                file_name="puits.png",
                size=10,
                width=3,
                height=2,
                created_at=work.clock.now(),
            )
        )
    expected = [f"{at(revision_id)}/files"]
    for answer in (
        writer.client.get(at(revision_id, "check")),
        writer.post(at(revision_id, "check")),
    ):
        problems = parse(answer.text).one("div", class_="problems")
        assert problems.links() == expected
        assert "puits.png" in problems.text
    assert revision_of(writer, revision_id).state is State.DRAFT
    image = writer.get(at(revision_id, "preview")).one("img")
    assert image.attributes["height"] == "2"


def test_a_complete_text_is_submitted_and_taken_back(writer):
    revision_id = draft_of(writer)
    assert "Nothing is missing: check and submit it." in writer.get(ROOT).text
    assert "Nothing is missing." in writer.get(at(revision_id, "check")).text
    answer = writer.post(at(revision_id, "check"))
    assert (answer.status_code, answer.location) == (303, f"{at(revision_id)}?done=submitted")
    assert revision_of(writer, revision_id).state is State.SUBMITTED
    with writer.runtime.reading() as session:
        assert session.query(Version).count() == 1
    page = writer.get(at(revision_id))
    assert page.one("span", class_="state").text == "submitted"
    assert [form.attributes["action"] for form in page.all("form", class_="one")] == [
        at(revision_id, "recall")
    ]
    assert writer.post(at(revision_id, "check")).status_code == 409
    answer = writer.post(at(revision_id, "recall"))
    assert (answer.status_code, answer.location) == (303, f"{at(revision_id)}?done=recalled")
    assert revision_of(writer, revision_id).state is State.DRAFT


def test_what_is_given_up_stays_so(writer):
    revision_id = draft_of(writer)
    assert writer.post(at(revision_id, "abandon")).status_code == 303
    assert revision_of(writer, revision_id).state is State.ABANDONED
    for path in ("abandon", "recall", "check"):
        assert writer.post(at(revision_id, path)).status_code == 409
    assert "mine" not in writer.get(ROOT).text


def test_a_published_practice_is_revised_from_its_published_text(writer):
    revision_id = draft_of(writer, State.PUBLISHED)
    published = revision_of(writer, revision_id)
    address = f"{ROOT}/practices/{published.practice_id}/revise"
    page = writer.get(at(revision_id))
    assert [form.attributes["action"] for form in page.all("form", class_="one")] == [address]
    answer = writer.post(address)
    with writer.runtime.reading() as session:
        following = session.query(Revision).filter_by(number=2).one()
        assert answer.location == f"{at(following.id)}?done=revised"
        version = session.get_one(Version, published.version_id)
        assert following.working_copy == version.content
    assert revision_of(writer, revision_id).state is State.PUBLISHED
    assert writer.post(address).status_code == 409
    assert writer.get(at(revision_id)).all("form", class_="one") == []


def test_notes_for_the_desk_are_kept_apart(writer):
    revision_id = draft_of(writer)
    answer = writer.post(at(revision_id, "notes"), restricted_note="")
    assert answer.status_code == 422
    answer = writer.post(at(revision_id, "notes"), restricted_note="The village is CANARY")
    assert (answer.status_code, answer.location) == (
        303,
        f"{at(revision_id, 'notes')}?done=note-added",
    )
    assert "CANARY" in writer.get(at(revision_id, "notes")).text
    for path in ("", "about", "fr", "check", "preview"):
        assert "CANARY" not in writer.get(at(revision_id, path)).text


def test_the_author_reads_what_the_desk_says_to_authors_and_answers(writer):
    with writer.runtime.begin() as work:
        revision, people = make_revision(work, State.IN_REVIEW)
        revision.practice.owner_id = writer.actor.user_id
        revision_id = revision.id
        comment(work, people["reviewer"], revision_id, "Which year was it?")
        comment(work, people["editor"], revision_id, "CANARY for the desk", internal=True)
    page = writer.get(at(revision_id))
    assert "Which year was it?" in page.text
    assert "CANARY" not in page.text
    assert writer.post(at(revision_id), comment=" ").status_code == 422
    answer = writer.post(at(revision_id), comment="It was 2019.", internal="1")
    assert (answer.status_code, answer.location) == (303, f"{at(revision_id)}?done=answered")
    assert "It was 2019." in writer.get(at(revision_id)).text
    with writer.runtime.reading() as session:
        kept = session.query(Comment).filter_by(author_id=writer.actor.user_id).one()
        assert (kept.body, kept.audience) == ("It was 2019.", CommentAudience.AUTHORS)


def test_nobody_answers_before_there_is_a_version(writer):
    revision_id = draft_of(writer)
    assert writer.get(at(revision_id)).all("textarea") == []
    assert writer.post(at(revision_id), comment="Hello").status_code == 409
    with writer.runtime.reading() as session:
        assert session.query(Comment).count() == 0


# Preview


def test_the_preview_shows_what_readers_will_see(writer):
    content = make_content(
        "seen-abcd",
        location_precision="region",
        texts={
            "fr": make_text("vu", places=["Lieu exact"])
            | {"sections": make_text("vu")["sections"] | {"lessons": "**Fort** [S1]\n\n- un"}}
        },
    )
    revision_id = draft_of(writer, **content)
    page = writer.get(at(revision_id, "preview"))
    assert page.one("h1").text == "Titre vu"
    lessons = page.one("section", id="lessons")
    assert lessons.one("strong").text == "Fort"
    assert "#S1" in lessons.links()
    assert "Lieu exact" not in page.text
    assert page.one("section", id="sources").text.startswith("Sources")


def test_save_and_preview_of_an_unfinished_text(writer):
    answer = writer.post(f"{ROOT}/new", title="Bare", language="fr", kind="practice")
    revision_id = int(answer.location.split("/")[4])
    data = form_data(writer.get(at(revision_id, "en")))
    answer = writer.post(
        at(revision_id, "en"), **data | {"context": "Only *this* [S7]"}, then="preview"
    )
    assert (answer.status_code, answer.location) == (
        303,
        f"{at(revision_id, 'preview')}?text=en",
    )
    page = writer.get(answer.location)
    assert page.one("h1").text == "Without a title"
    assert page.one("em").text == "this"
    assert writer.get(at(revision_id, "preview?text=fr")).one("h1").text == "Bare"
    assert writer.get(at(revision_id, "preview?text=de")).one("h1").text == "Without a title"


# Others


PATHS = ("", "about", "fr", "en", "sources", "notes", "check", "preview")


def test_foreign_and_missing_revisions_are_the_same_404(writer):
    with writer.runtime.begin() as work:
        draft, _ = make_revision(work, State.DRAFT, make_content("foreign-draft"))
        published, _ = make_revision(work, State.PUBLISHED, make_content("foreign-published"))
        foreign = [draft.id, published.id]
        practices = [draft.practice_id, published.practice_id]
        before = [dict(draft.working_copy), dict(published.working_copy)]
    missing = [999_999, 2**31, 10**30]
    seen = set()
    for revision_id in (*foreign, *missing):
        for path in PATHS:
            answer = writer.client.get(at(revision_id, path))
            seen.add((answer.status_code, answer.text))
        for path in ("", "about", "fr", "sources", "notes", "check", "recall", "abandon"):
            data = {"title": "x", "restricted_note": "x", "comment": "x", "lock_number": 1}
            answer = writer.post(at(revision_id, path), **data)
            seen.add((answer.status_code, answer.text))
    for practice_id in (*practices, *missing):
        answer = writer.post(f"{ROOT}/practices/{practice_id}/revise")
        seen.add((answer.status_code, answer.text))
    assert len(seen) == 1
    status, body = seen.pop()
    assert status == 404
    assert "foreign" not in body
    with writer.runtime.reading() as session:
        assert session.query(Revision).count() == 2
        after = [session.get_one(Revision, number).working_copy for number in foreign]
    assert after == before


def test_bad_input_on_a_foreign_revision_tells_nothing(writer):
    with writer.runtime.begin() as work:
        foreign = make_revision(work, State.DRAFT)[0].id
    for data in ({"context": "x" * 300_000}, {"visibility": "secret"}, {"countries": "XX"}):
        answers = {
            (answer.status_code, answer.text)
            for revision_id in (foreign, 999_999)
            for part in ("about", "fr")
            for answer in [writer.post(at(revision_id, part), **data)]
        }
        assert {status for status, _ in answers} == {404}
        assert len(answers) == 1


@pytest.mark.parametrize("path", ["de", "status", "submit", "publish", "about/x", "FR"])
def test_unknown_parts_are_no_pages(writer, path):
    revision_id = draft_of(writer)
    assert writer.client.get(at(revision_id, path)).status_code == 404
    assert writer.post(at(revision_id, path)).status_code == 404
    assert revision_of(writer, revision_id).state is State.DRAFT


def test_a_lost_role_acts_at_the_next_request(writer):
    revision_id = draft_of(writer)
    data = form_data(writer.get(at(revision_id, "fr")))
    before = revision_of(writer, revision_id).working_copy
    with writer.runtime.begin() as work:
        work.session.query(RoleGrant).filter_by(user_id=writer.actor.user_id).delete()
        work.session.add(
            RoleGrant(user_id=writer.actor.user_id, role=Role.MEMBER, granted_at=work.clock.now())
        )
    assert writer.client.get(at(revision_id, "fr")).status_code == 403
    assert writer.post(at(revision_id, "fr"), **data | {"title": "x"}).status_code == 403
    assert writer.client.get(ROOT).status_code == 403
    assert revision_of(writer, revision_id).working_copy == before


def test_visitors_are_asked_to_sign_in(writer):
    revision_id = draft_of(writer)
    visitor = create_app(writer.runtime).test_client()
    for path in (ROOT, f"{ROOT}/new", at(revision_id, "fr"), at(999_999, "fr")):
        answer = visitor.get(path)
        assert answer.status_code == 302
        assert answer.location.startswith("/en/login?next=")


def test_looking_changes_nothing(writer):
    revision_id = draft_of(writer)
    before = revision_of(writer, revision_id)
    for path in PATHS:
        writer.get(at(revision_id, path))
        assert writer.client.head(at(revision_id, path)).status_code == 200
    for path in ("recall", "abandon"):
        assert writer.client.get(at(revision_id, path)).status_code == 405
    after = revision_of(writer, revision_id)
    assert (after.lock_number, after.working_copy, after.state) == (
        before.lock_number,
        before.working_copy,
        before.state,
    )


def test_pages_in_french_speak_of_the_same_draft(writer):
    revision_id = draft_of(writer)
    page = parse(writer.client.get(f"/fr/contribute/revisions/{revision_id}/en").text)
    assert page.one("html").attributes["lang"] == "fr"
    assert page.one("textarea", name="context").attributes["lang"] == "en"
    assert page.one("label", for_="field-context").text.startswith("Contexte et problème")
    assert f"/en/contribute/revisions/{revision_id}/en" in page.links()


def test_every_field_has_help_and_an_example(writer):
    revision_id = draft_of(writer)
    fields = {
        each.name: each
        for part in Part
        for group in groups_of(part, Locale.EN)
        for each in group.fields
    }
    assert set(EXAMPLES) == set(fields)
    assert [name for name, field in fields.items() if field.help is None] == []
    page = writer.get(at(revision_id, "fr"))
    assert len(page.all("details", class_="example")) == len(names_of(Part.FR, ())[0]) - 1


# What is too much


def test_a_section_of_two_megabytes_is_refused_and_the_rest_of_the_form_kept(writer):
    revision_id = draft_of(writer)
    data = form_data(writer.get(at(revision_id, "fr")))
    before = revision_of(writer, revision_id).working_copy
    answer = writer.post(
        at(revision_id, "fr"), **data | {"context": "x" * 2_000_000, "title": "Kept"}
    )
    assert answer.status_code == 422
    page = parse(answer.text)
    assert page.one("p", id="wrong-context").text == "is longer than 200000 characters"
    kept = form_data(page)
    assert (kept["title"], len(kept["context"])) == ("Kept", 2_000_000)
    assert revision_of(writer, revision_id).working_copy == before


def test_10_000_lists_in_each_other_are_kept_as_written_and_harm_nobody(writer):
    revision_id = draft_of(writer)
    nested = "\n".join(f"{' ' * (level % 20)}- {'- ' * (level % 9)}x" for level in range(10_000))
    data = form_data(writer.get(at(revision_id, "fr")))
    answer = writer.post(at(revision_id, "fr"), **data | {"context": nested, "title": "Kept"})
    assert answer.status_code in {303, 422}
    looked_at = writer.post(at(revision_id, "preview/section"), markdown=nested)
    assert looked_at.status_code == 200
    if answer.status_code == 303:
        page = writer.get(at(revision_id, "preview"))
        assert page.one("h1").text == "Kept"
        assert form_data(writer.get(at(revision_id, "fr")))["context"] == nested.strip()


def test_a_section_is_previewed_through_the_one_door(writer):
    revision_id = draft_of(writer)
    answer = writer.post(
        at(revision_id, "preview/section"), markdown="**bold** <script>alert(1)</script>"
    )
    assert answer.status_code == 200
    assert "<strong>bold</strong>" in answer.text
    assert "<script" not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    other = writer_for(writer.runtime)
    assert other.post(at(revision_id, "preview/section"), markdown="x").status_code == 404
