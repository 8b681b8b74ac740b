"""The administration: who gets in, what each button does to database and trail, what is told."""

from dataclasses import replace
import re

from flask import Flask
import pytest
from sqlalchemy import select

from kb.accounts import sessions
from kb.accounts.models import AccessRequest, OneTimeLink, Organisation, RecoveryCode, User
from kb.accounts.permissions import Role
from kb.accounts.sessions import token_hash
from kb.app import create_app
from kb.core.language import Locale
from kb.events.models import AuditEntry
from kb.practices.lifecycle import State
from tests.database import entries
from tests.make import (
    client_as,
    make_account,
    make_content,
    make_revision,
    make_text,
    make_vocabularies,
    quick,
)

HOSTILE = '<script>alert("x")</script>\u202e'
PAGES = (
    "/fr/admin",
    "/fr/admin/state",
    "/fr/admin/audit",
    "/fr/admin/audit/check",
    "/fr/admin/users",
    "/fr/admin/invite",
    "/fr/admin/organisations",
)
SECRETS = ("zacanari", "murmure-cache", "note-de-bureau")


@pytest.fixture
def house(sqlite_runtime):
    settings = replace(sqlite_runtime.settings, second_factor_required=False)
    runtime = quick(replace(sqlite_runtime, settings=settings))
    with runtime.begin() as work:
        make_vocabularies(work)
    return runtime


@pytest.fixture
def app(house) -> Flask:
    return create_app(house)


@pytest.fixture
def somebody(house):
    """Make an account with roles; returns its number."""

    def make(*roles, name=""):
        with house.begin() as work:
            return make_account(work, *roles, name=name).id

    return make


@pytest.fixture
def browser(house, app):
    """A browser signed in as an account, that posts forms as its pages would."""

    def make(user_id):
        client = app.test_client()
        key = client_as(house, client, user_id)

        def post(path, **fields):
            return client.post(path, data={"csrf_token": key, **fields})

        return client, post

    return make


@pytest.fixture
def admin(browser, somebody):
    """The administrator's browser: reading and posting."""
    return browser(somebody(Role.ADMIN, name="Awa Admin"))


def last(runtime, number=1):
    return [(entry.type, entry.actor_id, entry.data) for entry in entries(runtime)[-number:]]


def load(runtime, user_id):
    with runtime.reading() as session:
        user = session.get_one(User, user_id)
        return {grant.role for grant in user.grants}, user


def shown_link(answer):
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"].startswith("no-store")
    link = r'class="secret">https://palabre.example(/\w\w/password/([\w-]+))<'
    found = re.search(link, answer.text)
    assert found, answer.text
    return found[1], found[2]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_no_page_is_for_anybody_else(house, browser, somebody, role):
    client, post = browser(somebody(role))
    other = somebody(Role.MEMBER)
    numbered = [f"/fr/admin/users/{other}", "/fr/admin/users/999", "/fr/admin/organisations/1"]
    for page in (*PAGES, *numbered):
        assert client.get(page).status_code == 403
    before = entries(house)
    fields = {"what": "grant", "role": "admin"}
    assert post(f"/fr/admin/users/{other}", **fields).status_code == 403
    invitation = {"email": "a@b.example", "name": "A", "locale": "fr", "roles": "admin"}
    assert post("/fr/admin/invite", **invitation).status_code == 403
    organisation = {"name": "A", "type": "police", "country": "ML"}
    assert post("/fr/admin/organisations", **organisation).status_code == 403
    assert len(entries(house)) == len(before)
    requests = client.get("/fr/admin/requests")
    assert requests.status_code == (200 if role is Role.EDITOR else 403)


def test_a_visitor_is_sent_to_the_sign_in(app):
    client = app.test_client()
    for page in (*PAGES, "/fr/admin/requests", "/fr/admin/users/1"):
        answer = client.get(page)
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/fr/login?next=")


def test_every_page_opens_for_an_admin(admin, somebody):
    client, _ = admin
    other = somebody(Role.MEMBER, name=HOSTILE)
    for page in (*PAGES, "/fr/admin/requests", f"/fr/admin/users/{other}"):
        for language in ("fr", "en"):
            answer = client.get(page.replace("/fr/", f"/{language}/"))
            assert answer.status_code == 200
            assert answer.text.count("<h1>") == 1
            assert "<script>" not in answer.text
            assert answer.headers["Cache-Control"].startswith("no-store")
    assert "&lt;script&gt;" in client.get("/fr/admin/users").text
    assert client.get("/fr/admin/users/999").status_code == 404
    assert client.get("/fr/admin/users/99999999999999999999").status_code == 404
    assert client.get("/fr/admin/organisations/999").status_code == 404


def test_no_page_shows_what_is_restricted(house, admin):
    """Numbers are shown; no text, title, place, name in a text or address of a practice is."""
    with house.begin() as work:
        for number, visibility in enumerate(("public", "members", "restricted")):
            slug = f"zacanari-{number}"
            text = make_text(slug, title="murmure-cache", summary="note-de-bureau")
            content = make_content(slug, visibility=visibility, texts={"fr": text})
            make_revision(work, list(State)[number], content)
            make_revision(work, State.PUBLISHED, make_content(f"zacanari-1{number}"))
    client, _ = admin
    for page in (*PAGES, "/fr/admin/requests", "/fr/admin/audit?page=2"):
        text = client.get(page).text
        assert [secret for secret in SECRETS if secret in text.lower()] == []
    assert "practice 1" in client.get("/en/admin/audit").text


def test_an_invitation_is_shown_once_and_kept_nowhere(house, admin, app):
    client, post = admin
    answer = post(
        "/fr/admin/invite",
        email=" New@Example.org ",
        name=f"Moussa {HOSTILE}",
        locale="en",
        roles=["reviewer", "member", "wizard"],
        country="ML",
    )
    path, token = shown_link(answer)
    assert path.startswith("/en/")
    with house.reading() as session:
        user = session.scalars(select(User).where(User.email == "new@example.org")).one()
        assert {grant.role for grant in user.grants} == {Role.REVIEWER, Role.MEMBER}
        assert (user.locale, user.country, user.password_hash) == (Locale.EN, "ML", None)
        hashes = session.scalars(select(OneTimeLink.token_hash)).all()
        inviter = {grant.granted_by_id for grant in user.grants}
    assert token_hash(token) in hashes
    kept = b"".join(
        path.read_bytes() for path in house.settings.data_dir.rglob("*") if path.is_file()
    )
    assert b"new@example.org" in kept
    assert token.encode() not in kept
    (kind, actor, data), *_ = last(house, 1)
    assert (kind, data) == ("account.invited", {"user_id": user.id})
    assert inviter == {actor}
    assert app.test_client().get(path).status_code == 200
    assert token not in client.get(f"/fr/admin/users/{user.id}").text
    assert "&lt;script&gt;" in answer.text


def test_invited_twice(house, admin, somebody):
    _, post = admin
    _, there = load(house, somebody(Role.MEMBER))
    values = {"email": there.email, "name": "Fanta", "locale": "fr", "roles": "member"}
    before = len(entries(house))
    answer = post("/en/admin/invite", **values)
    assert answer.status_code == 409
    assert "This e-mail address has an account already." in answer.text
    assert 'value="Fanta"' in answer.text
    assert len(entries(house)) == before


def test_what_was_typed_is_kept_when_something_is_wrong(house, admin):
    _, post = admin
    good = {"email": "a@b.example", "name": "Fanta", "locale": "fr", "roles": "trainer"}
    wrong = {
        "email": ("not an address", "This is not an e-mail address."),
        "name": ("", "Write a name."),
        "locale": ("de", "Choose a language."),
        "roles": ("wizard", "Choose at least one role."),
        "organisation": ("77", "There is no such organisation."),
        "country": ("XX", "Choose a country."),
    }
    for field, (value, sentence) in wrong.items():
        answer = post("/en/admin/invite", **{**good, field: value})
        assert answer.status_code == 422
        assert sentence in answer.text
        for name in {"email", "name"} - {field}:
            assert f'value="{good[name]}"' in answer.text
        assert ('value="trainer" checked' in answer.text) == (field != "roles")
    doubled = {**good, "email": ["a@b.example", "c@d.example"]}
    assert post("/en/admin/invite", **doubled).status_code == 400
    with house.reading() as session:
        assert session.scalar(select(User).where(User.name == "Fanta")) is None


def test_roles_are_given_and_taken_and_act_at_once(house, admin, browser, somebody):
    _, post = admin
    user_id = somebody(Role.MEMBER)
    theirs, _ = browser(user_id)
    page = f"/fr/admin/users/{user_id}"
    assert theirs.get("/fr/admin/requests").status_code == 403
    given = post(page, what="grant", role="editor")
    assert (given.status_code, given.headers["Location"]) == (303, f"{page}?done=role-granted")
    assert theirs.get("/fr/admin/requests").status_code == 200
    assert load(house, user_id)[0] == {Role.MEMBER, Role.EDITOR}
    post(page, what="revoke", role="editor")
    assert theirs.get("/fr/admin/requests").status_code == 403
    assert load(house, user_id)[0] == {Role.MEMBER}
    assert [(kind, data) for kind, _, data in last(house, 2)] == [
        ("account.role_granted", {"user_id": user_id, "role": "editor"}),
        ("account.role_revoked", {"user_id": user_id, "role": "editor"}),
    ]
    before = len(entries(house))
    for fields in ({"what": "grant", "role": "wizard"}, {"what": "explode"}, {"role": "admin"}):
        assert post(page, **fields).status_code == 422
    assert post("/fr/admin/users/999", what="grant", role="member").status_code == 404
    assert post(page, what=["grant", "revoke"], role="editor").status_code == 400
    assert len(entries(house)) == before


def test_there_is_always_an_administrator(house, admin, browser, somebody):
    client, post = admin
    with house.reading() as session:
        own = session.scalars(select(User.id).where(User.name == "Awa Admin")).one()
    page = f"/en/admin/users/{own}"
    assert "Take away: Administrator" not in client.get(page).text
    assert "Disable the account" not in client.get(page).text
    assert post(page, what="revoke", role="admin").status_code == 409
    assert post(page, what="disable").status_code == 409
    second = somebody(Role.ADMIN)
    _, second_post = browser(second)
    assert second_post(page, what="revoke", role="admin").status_code == 303
    assert client.get(page).status_code == 403
    assert second_post(f"/en/admin/users/{second}", what="revoke", role="admin").status_code == 409
    assert load(house, second)[0] == {Role.ADMIN}


def test_disabling_ends_what_is_open_and_can_be_undone(house, admin, browser, somebody):
    client, post = admin
    user_id = somebody(Role.MEMBER)
    theirs, _ = browser(user_id)
    page = f"/en/admin/users/{user_id}"
    assert "Signed-in browsers: 1" in client.get(page).text
    assert post(page, what="disable").status_code == 303
    assert theirs.get("/fr/account").status_code == 302
    assert "disabled" in client.get(page).text
    assert post(page, what="enable").status_code == 303
    assert load(house, user_id)[1].disabled_at is None
    assert theirs.get("/fr/account").status_code == 302
    assert [kind for kind, _, _ in last(house, 2)] == ["account.disabled", "account.enabled"]


def test_signing_somebody_out_everywhere(house, admin, browser, somebody):
    _, post = admin
    user_id = somebody(Role.MEMBER)
    phone, _ = browser(user_id)
    bystander, _ = browser(somebody(Role.MEMBER))
    assert phone.get("/fr/account").status_code == 200
    assert post(f"/fr/admin/users/{user_id}", what="sign-out").status_code == 303
    assert phone.get("/fr/account").status_code == 302
    assert bystander.get("/fr/account").status_code == 200
    kind, actor, data = last(house)[0]
    assert (kind, data) == ("account.sessions_ended", {"user_id": user_id})
    assert actor not in {None, user_id}


def test_a_password_is_reset_by_a_link_shown_once(house, admin, browser, somebody, app):
    client, post = admin
    user_id = somebody(Role.MEMBER)
    theirs, _ = browser(user_id)
    page = f"/fr/admin/users/{user_id}"
    path, token = shown_link(post(page, what="reset"))
    assert load(house, user_id)[1].password_hash is None
    assert theirs.get("/fr/account").status_code == 302
    assert token not in client.get(page).text
    database = b"".join(p.read_bytes() for p in house.settings.data_dir.glob("palabre.db*"))
    assert token.encode() not in database
    assert app.test_client().get(path).status_code == 200
    # Without a password yet: another invitation takes the place of that link.
    again, _ = shown_link(post(page, what="invite"))
    assert app.test_client().get(path).status_code == 404
    assert app.test_client().get(again).status_code == 200


def test_an_invitation_is_not_repeated_to_who_has_a_password(house, admin, somebody):
    _, post = admin
    before = len(entries(house))
    assert post(f"/en/admin/users/{somebody(Role.MEMBER)}", what="invite").status_code == 409
    assert len(entries(house)) == before


def test_a_lost_second_factor_is_taken_away(house, admin, browser, somebody):
    client, post = admin
    user_id = somebody(Role.EDITOR)
    with house.begin() as work:
        work.session.get_one(User, user_id).totp_secret = "ZACANARI"
        work.session.add(RecoveryCode(user_id=user_id, code_hash="0" * 64))
    theirs, _ = browser(user_id)
    page = f"/en/admin/users/{user_id}"
    shown = client.get(page).text
    assert "Take the second factor away" in shown
    assert "ZACANARI" not in shown
    assert post(page, what="second-factor").status_code == 303
    assert load(house, user_id)[1].totp_secret is None
    assert theirs.get("/fr/account").status_code == 302
    with house.reading() as session:
        assert session.scalars(select(RecoveryCode)).all() == []


def test_privileged_pages_ask_for_the_password_again(house, admin, somebody, clock):
    """After a quarter of an hour; and the form that was sent is not carried out."""
    client, post = admin
    user_id = somebody(Role.MEMBER)
    clock.advance(minutes=16)
    assert client.get("/fr/admin/users").status_code == 403
    assert post(f"/fr/admin/users/{user_id}", what="grant", role="admin").status_code == 403
    assert load(house, user_id)[0] == {Role.MEMBER}


def test_a_form_from_elsewhere_does_nothing(house, app, somebody):
    client = app.test_client()
    client_as(house, client, somebody(Role.ADMIN))
    user_id = somebody(Role.MEMBER)
    for key in ({}, {"csrf_token": "made up"}):
        fields = {"what": "grant", "role": "admin", **key}
        assert client.post(f"/fr/admin/users/{user_id}", data=fields).status_code == 403
    assert load(house, user_id)[0] == {Role.MEMBER}


def test_accounts_are_found_by_words_and_role(admin, house, somebody):
    client, _ = admin
    names = [f"Person {number:02}" for number in range(25)]
    for name in names:
        somebody(Role.MEMBER, name=name)
    somebody(Role.TRAINER, name="100% Aïssata_x")

    def listed(query):
        text = client.get(f"/en/admin/users?{query}").text
        return re.findall(r"<h3><a[^>]*><bdi>([^<]*)</bdi>", text)

    assert listed("q=aïssata") == ["100% Aïssata_x"]
    assert listed("q=%25") == ["100% Aïssata_x"]
    assert listed("q=AWA") == ["Awa Admin"]
    assert listed("role=trainer&q=Aïs") == ["100% Aïssata_x"]
    assert listed("role=editor") == []
    assert listed("q=Person") == names[:20]
    assert listed("q=Person&page=2") == names[20:]
    assert listed("q=Person&page=9") == listed("q=nobody") == []
    assert listed("q=Person&page=x") == names[:20]
    for strange in ("q=%00", "q=" + "x" * 3000, "page=99999999999999999999", "role=%27"):
        assert client.get(f"/en/admin/users?{strange}").status_code == 200


def ask(runtime, **changes):
    values = {
        "email": "asks@example.org",
        "name": f"Oumar {HOSTILE}",
        "organisation": f"Unit {HOSTILE}",
        "country": "NE",
        "purpose": "Line one.\nLine two.",
        "locale": Locale.FR,
        "requested_at": runtime.clock.now(),
        **changes,
    }
    with runtime.begin() as work:
        request = AccessRequest(**values)
        work.session.add(request)
        work.session.flush()
        return request.id


@pytest.mark.parametrize("role", [Role.EDITOR, Role.ADMIN])
def test_a_request_is_granted(house, browser, somebody, role):
    client, post = browser(somebody(role))
    number = ask(house)
    shown = client.get("/en/admin/requests").text
    assert "&lt;script&gt;" in shown
    assert "<script>" not in shown
    assert ('value="reviewer"' in shown) == (role is Role.ADMIN)
    path, _ = shown_link(
        post("/fr/admin/requests", request=number, decision="grant", roles=["member", "trainer"])
    )
    assert path.startswith("/fr/")
    with house.reading() as session:
        user = session.scalars(select(User).where(User.email == "asks@example.org")).one()
        assert {grant.role for grant in user.grants} == {Role.MEMBER, Role.TRAINER}
        assert session.get_one(AccessRequest, number).granted is True
    assert [kind for kind, _, _ in last(house, 2)] == ["account.access_granted", "account.invited"]
    assert "Nobody is waiting." in client.get("/en/admin/requests").text
    again = post("/fr/admin/requests", request=number, decision="grant", roles="member")
    assert again.status_code == 409


def test_editors_give_no_role_of_the_desk(house, browser, somebody):
    _, post = browser(somebody(Role.EDITOR))
    number = ask(house)
    for role in ("reviewer", "safeguard", "editor", "admin"):
        fields = {"request": number, "decision": "grant", "roles": ["member", role]}
        assert post("/fr/admin/requests", **fields).status_code == 403
    with house.reading() as session:
        assert session.get_one(AccessRequest, number).decided_at is None
        assert session.scalar(select(User).where(User.email == "asks@example.org")) is None


def test_a_request_is_refused(house, browser, somebody):
    _, post = browser(somebody(Role.EDITOR))
    number, other = ask(house), ask(house, email="other@example.org")
    answer = post("/fr/admin/requests", request=number, decision="refuse", roles="member")
    assert answer.headers["Location"] == "/fr/admin/requests?done=access-refused"
    with house.reading() as session:
        assert session.get_one(AccessRequest, number).granted is False
        assert session.get_one(AccessRequest, other).granted is None
        assert session.scalar(select(User).where(User.email == "asks@example.org")) is None


def test_a_decision_that_makes_no_sense(house, browser, somebody):
    _, post = browser(somebody(Role.EDITOR))
    number = ask(house)
    cases = [
        ({"request": number, "decision": "grant"}, 422),
        ({"request": number, "decision": "maybe", "roles": "member"}, 422),
        ({"request": "x", "decision": "refuse"}, 422),
        ({"request": 999, "decision": "refuse"}, 404),
        ({"request": [number, number], "decision": "refuse"}, 400),
    ]
    for fields, status in cases:
        assert post("/en/admin/requests", **fields).status_code == status
    shown = post("/en/admin/requests", request=number, decision="grant").text
    assert "Choose at least one role." in shown
    assert 'href="#field-roles"' in shown
    assert 'id="field-roles"' in shown
    with house.reading() as session:
        assert session.get_one(AccessRequest, number).decided_at is None


def test_organisations_are_added_and_changed(house, admin):
    client, post = admin
    page = "/en/admin/organisations"
    values = {"name": f" École {HOSTILE} ", "type": "training-institution", "country": "ML"}
    assert post(page, **values).status_code == 303
    with house.reading() as session:
        made = session.scalars(select(Organisation)).one()
    assert (made.name, made.country) == ('École <script>alert("x")</script>', "ML")
    shown = client.get(page).text
    assert "École &lt;script&gt;" in shown
    assert "Mali" in shown
    changed = post(f"{page}/{made.id}", name="École de paix", type="police", country="NE")
    assert changed.status_code == 303
    with house.reading() as session:
        made = session.scalars(select(Organisation)).one()
        assert (made.name, made.type.value, made.country) == ("École de paix", "police", "NE")
    assert 'value="École de paix"' in client.get(f"{page}/{made.id}").text
    assert [(kind, data) for kind, _, data in last(house, 2)] == [
        ("organisation.saved", {"organisation_id": made.id})
    ] * 2
    before = len(entries(house))
    same = {"name": "École de paix", "type": "military", "country": "NE"}
    answer = post(page, **same)
    assert answer.status_code == 409
    assert "There is an organisation of this name in this country already." in answer.text
    wrong = {"name": "", "type": "circus", "country": "XX"}
    for field, value in wrong.items():
        answer = post(page, **{**same, "country": "BF", field: value})
        assert answer.status_code == 422
        assert f'id="wrong-{field}"' in answer.text
        assert (field == "name") or 'value="École de paix"' in answer.text
    assert post(f"{page}/999", **{**same, "country": "BF"}).status_code == 404
    assert len(entries(house)) == before


def test_the_trail_is_shown_and_searched(house, admin, browser, somebody):
    client, post = admin
    with house.begin() as work:
        make_revision(work, State.SUBMITTED)
    user_id = somebody(Role.MEMBER, name="Bintou")
    post(f"/fr/admin/users/{user_id}", what="grant", role="trainer")

    def numbers(query=""):
        text = client.get(f"/en/admin/audit?{query}").text
        return [int(n) for n in re.findall(r"<li>\s*<p><strong>([\d,]+)</strong>", text)]

    with house.reading() as session:
        every = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).all()
    assert numbers() == [entry.id for entry in every]
    assert numbers("kind=practice.submit") == [e.id for e in every if e.type == "practice.submit"]
    assert numbers("practice=1") == [e.id for e in every if e.practice_id == 1] != []
    assert numbers(f"person={user_id}") == [every[0].id]
    assert numbers(f"person={every[0].actor_id}") == [every[0].id]
    assert numbers("person=99&kind=practice.submit") == []
    text = client.get("/en/admin/audit").text
    assert "Bintou" in text
    assert "Awa Admin" in text
    wrong = client.get("/en/admin/audit?person=x")
    assert wrong.status_code == 422
    assert "Write a number." in wrong.text


def test_the_trail_has_pages(house, admin):
    client, _ = admin
    with house.begin() as work:
        for _ in range(30):
            make_revision(work, State.SUBMITTED)
    first = client.get("/en/admin/audit?kind=practice.submit&page=1").text
    assert 'rel="next"' not in first
    text = client.get("/en/admin/audit").text
    following = re.search(r'rel="next" href="([^"]+)"', text)[1]
    assert following == "/en/admin/audit?page=2"
    assert 'rel="prev" href="/en/admin/audit?page=1"' in client.get(following).text


def test_the_chain_is_verified(house, admin):
    client, _ = admin
    with house.begin() as work:
        make_revision(work, State.SUBMITTED)
    head = entries(house)[-1].hash
    sound = client.get("/en/admin/audit/check").text
    assert f"{len(entries(house))} entries" in sound
    assert head in sound
    with house.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_entries_no_UPDATE")
        connection.exec_driver_sql("UPDATE audit_entries SET actor_id = 99 WHERE id = 2")
    broken = client.get("/en/admin/audit/check").text
    assert "The chain breaks at entry 2" in broken


def test_the_state_names_no_practice(house, admin):
    client, _ = admin
    with house.begin() as work:
        make_revision(work, State.PUBLISHED, make_content("zacanari"))
    with house.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER IF EXISTS versions_no_UPDATE")
        connection.exec_driver_sql("""UPDATE versions SET content_hash = 'x', content = '{}'""")
    text = client.get("/en/admin/state").text
    assert "some cannot be read any more" in text
    assert "zacanari" not in text
    assert "Free on the disk" in text


def test_reading_changes_nothing(house, admin, somebody):
    client, _ = admin
    user_id = somebody(Role.MEMBER)
    before = len(entries(house))
    for page in (*PAGES, "/fr/admin/requests", f"/fr/admin/users/{user_id}"):
        client.get(page)
    assert len(entries(house)) == before
    with house.reading() as session:
        assert len(sessions.open_sessions(session, user_id, house.clock.now())) == 0
