"""The pages of accounts as people meet them: what is shown, kept when wrong, and written."""

from flask.testing import FlaskClient
import pytest
from sqlalchemy import select

from kb.accounts.models import AccessRequest, LinkPurpose, Organisation, User
from kb.accounts.permissions import OPERATOR, Role
from kb.accounts.service import NewAccount, invite, new_link
from kb.core.language import Locale
from kb.runtime import Runtime
from kb.web.account.device import device_name
from kb.web.account.qr import MARGIN, square_code
from kb.web.countries import country_choices, country_or_unknown
from tests.make import PASSWORD, client_as, make_account, sign_in
from tests.web.html import Element, parse

HOSTILE = "<script>alert(1)</script>\"'&{{7*7}}"
GOOD = "griot cauri tamarinier huit"


@pytest.fixture
def user(sqlite_runtime: Runtime) -> int:
    with sqlite_runtime.begin() as work:
        return make_account(work, Role.MEMBER, email="awa@example.org", name="Awa").id


def values(page: Element) -> dict[str, str]:
    """What the fields of a page hold, passwords included if there were any."""
    found = {
        each.attributes["name"]: each.attributes.get("value", "")
        for each in page.all("input")
        if each.attributes.get("type") not in {"hidden", "radio", "search"}
        and each.attributes["name"] != "q"
    }
    found |= {each.attributes["name"]: each.text for each in page.all("textarea")}
    for menu in page.all("select"):
        chosen = [o.attributes["value"] for o in menu.all("option") if "selected" in o.attributes]
        found[menu.attributes["name"]] = "".join(chosen)
    return found


def problems(page: Element) -> set[str]:
    """The fields that the summary on top names; each has its sentence next to it."""
    (summary,) = page.all("div", class_="problems")
    named = {link.removeprefix("#field-") for link in summary.links()}
    assert named == {
        each.attributes["id"].removeprefix("wrong-") for each in page.all("p", class_="wrong")
    }
    for name in named:
        assert page.all("*", id=f"field-{name}"), name
    return named


@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("path", ["login", "password", "request-access"])
def test_doors_are_open_to_all(sqlite_runtime: Runtime, client_of, lang, path):
    answer = client_of(sqlite_runtime).get(f"/{lang}/{path}")
    page = parse(answer.text)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    assert page.one("html").attributes["lang"] == lang
    assert page.one("h1").text in page.one("title").text
    labels = {each.attributes.get("for") for each in page.all("label")}
    for field in page.one("main").all("input"):
        if field.attributes.get("type") not in {"hidden", "radio"}:
            assert field.attributes["id"] in labels


def test_a_wrong_password_keeps_the_address_and_not_the_password(sqlite_runtime, client_of, user):
    answer = sign_in(client_of(sqlite_runtime), "awa@example.org", "wrong but long enough")
    page = parse(answer.text)
    assert (answer.status_code, problems(page)) == (422, {"email"})
    assert values(page) == {"email": "awa@example.org", "password": ""}


@pytest.mark.parametrize("lang", list(Locale))
def test_signing_in_leads_to_ones_own_language(sqlite_runtime, client_of, user, lang):
    with sqlite_runtime.begin() as work:
        work.session.get_one(User, user).locale = lang
    browser = client_of(sqlite_runtime)
    assert sign_in(browser, "AWA@Example.org ").location == f"/{lang}/"
    assert browser.get("/fr/login").location == f"/{lang}/"


@pytest.mark.parametrize(
    ("role", "endpoint"),
    [
        (Role.MEMBER, "browse.home"),
        (Role.TRAINER, "browse.home"),
        (Role.ADMIN, "browse.home"),
        (Role.CONTRIBUTOR, "contribute.overview"),
        (Role.REVIEWER, "review.queue"),
        (Role.SAFEGUARD, "review.queue"),
        (Role.EDITOR, "review.queue"),
    ],
)
def test_signing_in_leads_to_ones_work(sqlite_runtime, client_of, role, endpoint):
    with sqlite_runtime.begin() as work:
        make_account(work, role, email="a@example.org")
    browser = client_of(sqlite_runtime)
    app = browser.application
    known = endpoint if endpoint in app.view_functions else "browse.home"
    with app.test_request_context():
        wanted = app.url_for(known, lang="fr")
    assert sign_in(browser, "a@example.org").location == wanted


def test_an_invitation_as_its_guest_sees_it(sqlite_runtime: Runtime, client_of):
    with sqlite_runtime.begin() as work:
        new = NewAccount("awa@example.org", "Awa", Locale.EN, frozenset({Role.MEMBER}))
        _, token = invite(work, OPERATOR, new)
    browser = client_of(sqlite_runtime)
    address = f"/fr/password/{token}"
    for _ in range(3):  # looking uses nothing up, nor does a mail program that looks first
        page = parse(browser.get(address).text)
    assert "awa@example.org" in page.one("main").text
    answer = browser.post(address, data={"password": "short", "repeated": "other"})
    assert (answer.status_code, problems(parse(answer.text))) == (422, {"password", "repeated"})
    assert "short" not in values(parse(answer.text)).values()
    answer = browser.post(address, data={"password": GOOD, "repeated": GOOD})
    assert (answer.status_code, answer.location) == (303, "/en/?done=password-set")
    assert browser.get("/en/account").status_code == 200
    assert sign_in(client_of(sqlite_runtime), "awa@example.org", GOOD).status_code == 303


def request_form(**changes: str) -> dict[str, str]:
    return {
        "name": "Awa",
        "email": "awa@example.org",
        "organisation": "Université de Gao",
        "country": "ML",
        "purpose": "Écrire\r\nsur Gao.",
        "locale": "fr",
        **changes,
    }


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"name": ""}, {"name"}),
        ({"name": "n" * 201}, {"name"}),
        ({"email": "awa"}, {"email"}),
        ({"email": ""}, {"email"}),
        ({"organisation": " "}, {"organisation"}),
        ({"country": ""}, {"country"}),
        ({"country": "QQ"}, {"country"}),
        ({"country": "<b>"}, {"country"}),
        ({"purpose": ""}, {"purpose"}),
        ({"purpose": "p" * 2001}, {"purpose"}),
        ({"locale": "de"}, {"locale"}),
        ({"name": "", "email": "", "purpose": ""}, {"name", "email", "purpose"}),
    ],
)
def test_a_request_that_lacks_something_is_kept_for_its_writer(
    sqlite_runtime: Runtime, client_of, changes, wrong
):
    form = request_form(**changes)
    answer = client_of(sqlite_runtime).post("/fr/request-access", data=form)
    page = parse(answer.text)
    assert (answer.status_code, problems(page)) == (422, wrong)
    kept = values(page)
    for name in set(form) - wrong - {"locale", "purpose"}:
        assert kept[name] == form[name]
    with sqlite_runtime.reading() as session:
        assert session.scalar(select(AccessRequest.id)) is None


def test_a_request_is_kept_as_text(sqlite_runtime: Runtime, client_of):
    form = request_form(name=HOSTILE, organisation=HOSTILE, purpose=HOSTILE, roles="admin")
    browser = client_of(sqlite_runtime)
    assert browser.post("/fr/request-access", data=form).status_code == 303
    with sqlite_runtime.reading() as session:
        (row,) = session.scalars(select(AccessRequest))
    assert (row.name, row.organisation, row.purpose) == (HOSTILE, HOSTILE, HOSTILE)
    assert (row.granted, row.decided_at, row.country) == (None, None, "ML")
    shown = browser.post("/fr/request-access", data={**form, "email": ""}).text
    assert "<script>" not in shown
    assert "49" not in parse(shown).one("main").text


def profile(**changes: str) -> dict[str, str]:
    return {"what": "profile", "name": "Awa", "locale": "fr", **changes}


@pytest.mark.parametrize("chosen", ["new", ""])
def test_the_profile_is_shown_changed_and_kept(sqlite_runtime: Runtime, client_of, user, chosen):
    browser = client_of(sqlite_runtime)
    key = client_as(sqlite_runtime, browser, user)
    new = {
        "organisation": chosen,  # whoever writes a name need not choose “another one” besides
        "new_organisation": HOSTILE,
        "organisation_type": "police",
        "organisation_country": "NE",
        "country": "BF",
        "name": "Awa T.",
    }
    answer = browser.post("/fr/account", data={**profile(**new), "csrf_token": key})
    assert (answer.status_code, answer.location) == (303, "/fr/account?done=saved")
    page = parse(browser.get(answer.location).text)
    kept = values(page)
    assert (kept["name"], kept["country"], kept["organisation"]) == ("Awa T.", "BF", "1")
    assert f"{HOSTILE} (Niger)" in [each.text for each in page.all("option")]
    with sqlite_runtime.reading() as session:
        (made,) = session.scalars(select(Organisation))
        row = session.get_one(User, user)
        assert (made.name, made.type, made.country) == (HOSTILE, "police", "NE")
        assert (row.organisation_id, row.name, row.country) == (made.id, "Awa T.", "BF")


def test_nothing_but_the_profile_can_be_changed_by_it(sqlite_runtime, client_of, user):
    browser = client_of(sqlite_runtime)
    key = client_as(sqlite_runtime, browser, user)
    more = {
        "email": "me@evil.example",
        "roles": "admin",
        "role": "admin",
        "grants": "admin",
        "password_hash": "x",
        "totp_secret": "x",
        "disabled_at": "",
        "id": "99",
        "user_id": "99",
    }
    with sqlite_runtime.reading() as session:
        before = session.get_one(User, user)
    browser.post("/fr/account", data={**profile(name="New"), **more, "csrf_token": key})
    with sqlite_runtime.reading() as session:
        after = session.get_one(User, user)
        assert after.name == "New"
        for name in ("id", "email", "password_hash", "totp_secret", "disabled_at"):
            assert getattr(after, name) == getattr(before, name)
        assert after.as_actor().roles == {Role.MEMBER}


def test_a_profile_that_is_wrong_is_kept_for_its_writer(sqlite_runtime, client_of, user):
    browser = client_of(sqlite_runtime)
    key = client_as(sqlite_runtime, browser, user)
    wrong = profile(organisation="new", new_organisation="École", country="NE", name="Other")
    answer = browser.post("/fr/account", data={**wrong, "csrf_token": key})
    page = parse(answer.text)
    assert answer.status_code == 422
    assert problems(page) == {"organisation_type", "organisation_country"}
    kept = values(page)
    assert (kept["name"], kept["country"], kept["new_organisation"]) == ("Other", "NE", "École")
    with sqlite_runtime.reading() as session:
        assert session.get_one(User, user).name == "Awa"


@pytest.mark.parametrize(
    ("form", "wrong"),
    [
        ({"current": "wrong", "password": GOOD, "repeated": GOOD}, {"current"}),
        ({"current": PASSWORD, "password": "short", "repeated": "short"}, {"password"}),
        ({"current": PASSWORD, "password": GOOD, "repeated": ""}, {"repeated"}),
        ({"password": GOOD, "repeated": GOOD}, {"current"}),
    ],
)
def test_a_password_is_changed_with_the_present_one(sqlite_runtime, client_of, user, form, wrong):
    browser = client_of(sqlite_runtime)
    key = client_as(sqlite_runtime, browser, user)
    with sqlite_runtime.reading() as session:
        before = session.get_one(User, user).password_hash
    data = {**form, "what": "password", "csrf_token": key}
    answer = browser.post("/fr/account", data=data)
    page = parse(answer.text)
    assert (answer.status_code, problems(page)) == (422, wrong)
    kept = values(page)
    assert {kept[name] for name in ("current", "password", "repeated")} == {""}
    assert kept["name"] == "Awa"
    with sqlite_runtime.reading() as session:
        assert session.get_one(User, user).password_hash == before


def test_signed_in_browsers_are_named(sqlite_runtime: Runtime, client_of, user):
    agent = "Mozilla/5.0 (Linux; Android 9) Gecko/68.0 Firefox/68.0 <script>"
    browser: FlaskClient = client_of(sqlite_runtime)
    data = {"email": "awa@example.org", "password": PASSWORD}
    browser.post("/en/login", data=data, headers={"User-Agent": agent})
    page = browser.get("/en/account")
    assert "Firefox on Android" in parse(page.text).text
    assert "<script>" not in page.text


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("", "Unknown browser"),
        ("curl/8", "Unknown browser"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17 like Mac OS X) Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/126 Safari/537.36 Edg/126", "Edge on Windows"),
        ("Opera/9.80 (J2ME/MIDP; Opera Mini/9; U; fr) Presto/2.12", "Opera Mini"),
    ],
)
def test_browsers_in_words(agent, name):
    assert str(device_name(agent)) == name


def test_countries_begin_with_those_of_the_region():
    french, english = country_choices(Locale.FR), country_choices(Locale.EN)
    assert french[:3] == (("ML", "Mali"), ("NE", "Niger"), ("BF", "Burkina Faso"))
    assert {code for code, _ in french} == {code for code, _ in english}
    assert ("SN", "Sénégal") in french
    assert ("SN", "Senegal") in english
    assert 240 < len(french) < 260
    assert [country_or_unknown(code) for code in ("", "SN", "QQ", "EU", "sn")] == [
        "",
        "SN",
        "?",
        "?",
        "?",
    ]


def test_the_square_code_is_drawn_dot_by_dot():
    code = square_code("otpauth://totp/Palabre:a@example.org?secret=A")
    # The corner mark: seven dark dots, inside the margin that cameras need.
    assert code.path.startswith(f"M{MARGIN} {MARGIN}h7v1h-7z")
    assert (code.side - 2 * MARGIN - 17) % 4 == 0
    assert set(code.path) <= set("Mhvz-0123456789 ")


@pytest.mark.parametrize("purpose", list(LinkPurpose))
def test_a_link_with_more_in_its_address_is_no_link(sqlite_runtime, client_of, user, purpose):
    with sqlite_runtime.begin() as work:
        token = new_link(work, user, purpose)
    browser = client_of(sqlite_runtime)
    assert browser.get(f"/fr/password/{token}").status_code == 200
    for address in (f"{token}x", token[:-1], token.upper(), f"{token}/", f"{token}%00"):
        assert browser.get(f"/fr/password/{address}").status_code == 404
