"""The list of what somebody was told: titles only as far as its reader may see them now."""

from dataclasses import dataclass, replace

from flask.testing import FlaskClient
import pytest
from sqlalchemy import delete, select

from kb.accounts.models import RoleGrant, User
from kb.accounts.permissions import Actor, Role
from kb.app import create_app
from kb.core.event import Event
from kb.core.language import Locale
from kb.events.types import EventType
from kb.notifications.models import MailPreference, Notification
from kb.practices.lifecycle import Action, State
from kb.practices.models import Revision
from kb.practices.sharing import share, unshare
from kb.reviews.service import unassign
from kb.runtime import Runtime
from kb.workflow.service import perform
from tests.make import (
    client_as,
    make_content,
    make_revision,
    make_text,
    make_user,
    make_vocabularies,
    take_step,
)
from tests.web.html import Element, parse

TITLE = "Titre zacanari"
LIST = "/fr/notifications"


@dataclass
class House:
    """An installation with one text in review, and browsers on it."""

    runtime: Runtime
    people: dict[str, Actor]
    revision: int
    slug: str

    def __post_init__(self) -> None:
        self.app = create_app(self.runtime)

    def browser(self, who: str) -> tuple[FlaskClient, str]:
        client = self.app.test_client()
        number = self.people[who].user_id
        assert number is not None
        return client, client_as(self.runtime, client, number)

    def page(self, who: str, address: str = LIST) -> Element:
        response = self.browser(who)[0].get(address)
        assert response.status_code == 200
        assert response.headers["Cache-Control"] == "no-store"
        return parse(response.text)

    def lines(self, who: str, lang: str = "en") -> list[tuple[str, str]]:
        """Sentence and link of each notification."""
        found = []
        for item in self.page(who, f"/{lang}/notifications").one("ul", class_="notices").all("li"):
            sentence, *rest = item.all("p")
            found.append((sentence.text, " ".join(link for p in rest for link in p.links())))
        return found


@pytest.fixture
def house(sqlite_runtime: Runtime) -> House:
    settings = replace(sqlite_runtime.settings, second_factor_required=False)
    runtime = replace(sqlite_runtime, settings=settings)
    content = make_content(texts={"fr": make_text("x", title=TITLE)})
    with runtime.begin() as work:
        make_vocabularies(work)
        # Noise: another text, whose people get notifications of their own.
        make_revision(work, State.PUBLISHED)
    with runtime.begin() as work:
        revision, people = make_revision(work, State.SUBMITTED, content)
        number = revision.id
        people["member"] = make_user(work, Role.MEMBER)
        people["admin"] = make_user(work, Role.ADMIN)
    with runtime.begin() as work:
        take_step(work, people, work.session.get_one(Revision, number), Action.ASSIGN)
    return House(runtime, people, number, content["slug"])


def move(house: House, who: str, action: Action) -> None:
    with house.runtime.begin() as work:
        perform(work, house.people[who], house.revision, action, "because")


def tell(house: House, who: str, kind: EventType) -> None:
    with house.runtime.begin() as work:
        work.emit(Event(kind, data={"user_id": house.people[who].user_id}))


def test_a_visitor_is_asked_to_sign_in(house: House):
    answer = house.app.test_client().get(LIST)
    assert answer.status_code == 302
    assert answer.location == "/fr/login?next=/fr/notifications"


def test_nothing_yet(house: House):
    page = house.page("member")
    assert page.all("ul", class_="notices") == []
    assert page.all("form") == []
    assert page.one("h1").text == page.one("title").text.partition(" – ")[0]


def test_the_desk_sees_the_title_and_goes_to_the_review(house: House):
    page = house.page("reviewer")
    assert TITLE in page.text
    assert f"/fr/review/{house.revision}" in page.links()
    assert len(house.lines("reviewer")) == 1
    assert house.lines("safeguard") == [
        (sentence, f"/en/review/{house.revision}") for sentence, _ in house.lines("safeguard")
    ]


def test_the_author_goes_to_their_own_page(house: House):
    move(house, "editor", Action.REQUEST_CHANGES)
    ((sentence, link),) = house.lines("author")
    assert sentence.startswith("New The editorial desk asks you to change a text.")
    assert link == f"/en/contribute/revisions/{house.revision}"
    assert TITLE in house.page("author").text


def test_the_title_is_in_its_own_language(house: House):
    item = house.page("reviewer", "/en/notifications").one("a", class_="do")
    assert (item.text, item.attributes["lang"]) == (TITLE, "fr")
    assert "lang" not in house.page("reviewer").one("a", class_="do").attributes


def test_a_reviewer_who_was_released_learns_no_title_any_more(house: House):
    with house.runtime.begin() as work:
        reviewer = house.people["reviewer"].user_id or 0
        unassign(work, house.people["editor"], house.revision, reviewer)
    page = house.page("reviewer")
    assert TITLE not in page.text
    assert f"/review/{house.revision}" not in " ".join(page.links())
    assert house.slug not in page.text
    assert len(house.lines("reviewer")) == 1


def test_a_role_that_was_taken_away_takes_the_titles_with_it(house: House):
    with house.runtime.begin() as work:
        safeguard = house.people["safeguard"].user_id
        work.session.execute(delete(RoleGrant).where(RoleGrant.user_id == safeguard))
        work.session.add(
            RoleGrant(user_id=safeguard, role=Role.MEMBER, granted_at=work.clock.now())
        )
    page = house.page("safeguard")
    assert TITLE not in page.text
    assert [link for _, link in house.lines("safeguard")] == [""]


def test_a_named_reader_finds_the_practice_until_the_name_is_taken_off(house: House):
    content = make_content(
        visibility="restricted", texts={"fr": make_text("r", title="Titre zasecret")}
    )
    with house.runtime.begin() as work:
        revision, people = make_revision(work, State.PUBLISHED, content)
        number = revision.practice_id
        email = work.session.get_one(User, house.people["member"].user_id).email
        share(work, people["editor"], number, email)
    ((sentence, link),) = house.lines("member")
    assert sentence.startswith("New A practice was shared with you.")
    assert link == f"/en/practices/{content['slug']}"
    assert "Titre zasecret" in house.page("member").text
    with house.runtime.begin() as work:
        unshare(work, people["editor"], number, house.people["member"].user_id or 0)
    page = house.page("member")
    assert "zasecret" not in page.text
    assert content["slug"] not in str(page.links())
    assert [link for _, link in house.lines("member")] == [""]


def test_what_is_about_the_account_leads_to_the_account(house: House):
    tell(house, "member", EventType.PASSWORD_CHANGED)
    ((sentence, link),) = house.lines("member")
    assert sentence.startswith("New Your password was changed.")
    assert link == "/en/account"


def test_requests_lead_to_those_who_decide(house: House):
    with house.runtime.begin() as work:
        work.emit(Event(EventType.ACCESS_REQUESTED, data={"request_id": 1}))
    assert house.lines("editor")[0][1] == "/en/admin/requests"
    assert house.lines("admin")[0][1] == "/en/admin/requests"
    with house.runtime.begin() as work:
        admin = house.people["admin"].user_id
        work.session.execute(delete(RoleGrant).where(RoleGrant.user_id == admin))
        work.session.add(RoleGrant(user_id=admin, role=Role.MEMBER, granted_at=work.clock.now()))
    assert house.lines("admin")[0][1] == ""


def unread(house: House, who: str) -> int:
    with house.runtime.reading() as session:
        query = select(Notification).where(
            Notification.user_id == house.people[who].user_id, Notification.read_at.is_(None)
        )
        return len(session.scalars(query).all())


def test_looking_changes_nothing_and_the_button_marks_what_was_shown(house: House):
    tell(house, "member", EventType.ROLE_GRANTED)
    tell(house, "editor", EventType.ROLE_GRANTED)
    client, key = house.browser("member")
    page = parse(client.get(LIST).text)
    assert unread(house, "member") == 1
    (form,) = [form for form in page.all("form") if form.all("input", name="up_to")]
    up_to = form.one("input", name="up_to").attributes["value"]
    tell(house, "member", EventType.ROLE_REVOKED)  # arrives meanwhile
    others = unread(house, "editor")
    answer = client.post(
        form.attributes["action"], data={"csrf_token": key, "up_to": up_to, "user_id": "1"}
    )
    assert (answer.status_code, answer.location) == (303, f"{LIST}?done=all-read")
    assert (unread(house, "member"), unread(house, "editor")) == (1, others)
    assert [("New" in sentence) for sentence, _ in house.lines("member")] == [True, False]


@pytest.mark.parametrize("up_to", ["", "x", "-1", "9" * 40, "1e3"])
def test_what_is_no_number_marks_nothing(house: House, up_to: str):
    tell(house, "member", EventType.ROLE_GRANTED)
    client, key = house.browser("member")
    answer = client.post(f"{LIST}/read", data={"csrf_token": key, "up_to": up_to})
    assert answer.status_code == 303
    assert unread(house, "member") == 1


def test_a_form_of_another_site_marks_nothing(house: House):
    tell(house, "member", EventType.ROLE_GRANTED)
    client, _ = house.browser("member")
    answer = client.post(f"{LIST}/read", data={"up_to": "999"})
    assert answer.status_code == 403
    assert unread(house, "member") == 1


def test_a_long_list_has_pages(house: House):
    for _ in range(21):
        tell(house, "member", EventType.ROLE_GRANTED)
    first, second = (house.page("member", f"{LIST}?page={number}") for number in (1, 2))
    assert [len(page.one("ul", class_="notices").all("li")) for page in (first, second)] == [20, 1]
    assert f"{LIST}?page=2" in first.links()
    client, _ = house.browser("member")
    assert client.get(f"{LIST}?page=3").status_code == 404
    assert client.get(f"{LIST}?page=x").status_code == 200


def test_the_words_are_in_the_language_of_the_page(house: House):
    tell(house, "member", EventType.PASSWORD_CHANGED)
    with house.runtime.begin() as work:
        work.session.get_one(User, house.people["member"].user_id).locale = Locale.FR
    (english,) = house.lines("member", "en")
    (french,) = house.lines("member", "fr")
    assert english != french
    assert "Votre mot de passe" in french[0]


# What is to do.


def test_only_what_is_to_do_is_shown_on_request(house: House):
    tell(house, "reviewer", EventType.ROLE_GRANTED)
    tell(house, "editor", EventType.ROLE_GRANTED)
    page = house.page("reviewer", f"{LIST}?show=to-do")
    (line,) = page.one("ul", class_="notices").all("li")
    assert TITLE in line.text
    assert len(house.lines("reviewer")) == 2
    whole = house.page("reviewer")
    assert f"{LIST}?show=to-do" in whole.links()
    assert LIST in page.one("main").links()
    # Nothing to do: said so, and no way to an empty list.
    assert house.page("member", f"{LIST}?show=to-do").all("ul", class_="notices") == []
    assert f"{LIST}?show=to-do" not in house.page("member").links()


def test_pages_of_what_is_to_do_stay_with_it(house: House):
    for number in range(21):
        with house.runtime.begin() as work:
            work.emit(Event(EventType.ACCESS_REQUESTED, data={"request_id": number}))
        tell(house, "admin", EventType.ROLE_GRANTED)
    first = house.page("admin", f"{LIST}?show=to-do")
    assert len(first.one("ul", class_="notices").all("li")) == 20
    (following,) = [link for link in first.links() if "page=2" in link]
    second = house.page("admin", following)
    assert len(second.one("ul", class_="notices").all("li")) == 1


def test_the_button_marks_one_as_done(house: House):
    client, key = house.browser("reviewer")
    (form,) = [
        f for f in parse(client.get(LIST).text).all("form") if "done" in f.attributes["action"]
    ]
    number = form.one("input", name="notification").attributes["value"]
    stranger, strangers_key = house.browser("member")
    data = {"csrf_token": strangers_key, "notification": number}
    assert stranger.post(f"{LIST}/done", data=data).status_code == 303
    assert "to do" in house.lines("reviewer")[0][0]
    assert client.post(f"{LIST}/done", data={"notification": number}).status_code == 403
    answer = client.post(f"{LIST}/done", data={"csrf_token": key, "notification": number})
    assert answer.location == f"{LIST}?show=to-do&done=to-do-done"
    sentence, _ = house.lines("reviewer")[0]
    assert "to do" not in sentence
    assert "done" in sentence
    assert house.page("reviewer", f"{LIST}?show=to-do").all("ul", class_="notices") == []


def test_reports_lead_to_those_who_deal_with_them(house: House):
    with house.runtime.begin() as work:
        revision = work.session.get_one(Revision, house.revision)
        data = {"report_id": 1}
        work.emit(Event(EventType.DANGER_REPORTED, None, revision.practice_id, revision.id, data))
    for who in ("editor", "safeguard"):
        assert house.lines(who)[0][1] == "/en/reports"
        assert TITLE not in house.page(who).one("ul", class_="notices").all("li")[0].text
    with house.runtime.begin() as work:
        editor = house.people["editor"].user_id
        work.session.execute(delete(RoleGrant).where(RoleGrant.user_id == editor))
        work.session.add(RoleGrant(user_id=editor, role=Role.MEMBER, granted_at=work.clock.now()))
    assert house.lines("editor")[0][1] == ""


# Which mails.


def test_everybody_chooses_their_mails_on_their_account(house: House):
    client, key = house.browser("member")

    def chosen() -> list[str]:
        page = parse(client.get("/fr/account").text)
        radios = [each for name in ("level", "rhythm") for each in page.all("input", name=name)]
        return [each.attributes["value"] for each in radios if "checked" in each.attributes]

    assert chosen() == ["all", "at-once"]
    data = {"csrf_token": key, "what": "mails", "level": "to-do", "rhythm": "daily"}
    answer = client.post("/fr/account", data={**data, "user_id": "1"})
    assert (answer.status_code, answer.location) == (303, "/fr/account?done=saved")
    assert chosen() == ["to-do", "daily"]
    refused = client.post("/fr/account", data={**data, "rhythm": "hourly"})
    assert refused.status_code == 422
    assert parse(refused.text).one("p", class_="wrong").attributes["id"] == "wrong-rhythm"
    assert chosen() == ["to-do", "daily"]
    assert client.post("/fr/account", data={**data, "csrf_token": ""}).status_code == 403
    with house.runtime.reading() as session:
        (row,) = session.scalars(select(MailPreference)).all()
    assert row.user_id == house.people["member"].user_id
