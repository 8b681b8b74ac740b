"""Reporting a problem without an account: whoever does it is not found out, nor is what it says.

The desk is told at once and in general words; who cannot read a practice cannot report it either.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
import logging
from typing import Any

from flask.testing import FlaskClient
import pytest
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from kb.accounts.models import FailedAttempt, User
from kb.accounts.permissions import Actor, Role
from kb.app import create_app
from kb.events.models import AuditEntry
from kb.notifications.models import Mail
from kb.operations.housekeeping import run_pass
from kb.practices.content import Visibility
from kb.practices.lifecycle import Action, State, Withdrawal
from kb.practices.models import Revision, RevisionAuthor
from kb.reports import service
from kb.reports.models import ProblemReport, ReportKind, ReportState
from kb.runtime import Runtime
from kb.workflow.service import perform
from tests.database import snapshot
from tests.fakes import MemoryMailer
from tests.make import client_as, make_content, make_revision, make_user, make_vocabularies
from tests.security.ways_out import answers, commands
from tests.web.html import Element, parse

CANARY = "zacanari"
HOSTILE = f"<script>alert(1)</script>\"'&{{{{7*7}}}} {CANARY}"
ADDRESS = "192.0.2.7"
# With those around the text for members; whoever wrote the text is not among them.
EDITORS, SAFEGUARDS = 2, 3


class House:
    """One public text and one for members, with the people around them, and bystanders."""

    def __init__(self, runtime: Runtime) -> None:
        settings = replace(runtime.settings, second_factor_required=False)
        mailer = MemoryMailer(runtime.clock)
        self.runtime = replace(runtime, settings=settings, mailer=mailer)
        self.mailer = mailer
        with self.runtime.begin() as work:
            make_vocabularies(work)
            revision, self.people = make_revision(work, State.PUBLISHED)
            inner = make_content(visibility="members")
            make_revision(work, State.PUBLISHED, inner)
            self.slug, self.inner = revision.practice.slug, inner["slug"]
            self.revision = revision.id
            self.people |= {
                "second safeguard": make_user(work, Role.SAFEGUARD),
                "member": make_user(work, Role.MEMBER),
                "admin": make_user(work, Role.ADMIN),
                "editor who wrote it": make_user(work, Role.EDITOR, Role.SAFEGUARD),
            }
            wrote = RevisionAuthor(user_id=self.people["editor who wrote it"].user_id)
            revision.authors.append(wrote)
            work.session.execute(update(User).values(password_hash="x"))
        while run_pass(self.runtime)["mailed"]:
            pass
        mailer.letters.clear()
        self.app = create_app(self.runtime)

    def browser(self, who: str = "") -> tuple[FlaskClient, str]:
        client = self.app.test_client()
        actor = self.people.get(who, Actor())
        return client, client_as(self.runtime, client, actor.user_id) if actor.user_id else ""

    def report(self, client: FlaskClient | None = None, **fields: Any) -> TestResponse:
        slug = fields.pop("slug", self.slug)
        origin = {"REMOTE_ADDR": fields.pop("address", ADDRESS)}
        data = {"kind": "error", "body": "A word is wrong.", **fields}
        chosen = client or self.app.test_client()
        return chosen.post(f"/fr/practices/{slug}/report", data=data, environ_base=origin)

    def rows(self) -> list[ProblemReport]:
        with self.runtime.reading() as session:
            return list(session.scalars(select(ProblemReport).order_by(ProblemReport.id)))


@pytest.fixture
def house(fresh_runtime: Runtime) -> House:
    return House(fresh_runtime)


@pytest.fixture
def quick_house(sqlite_runtime: Runtime) -> House:
    return House(sqlite_runtime)


def test_a_visitor_reports_and_gets_no_cookie(house):
    client, _ = house.browser()
    page = client.get(f"/fr/practices/{house.slug}/report")
    assert page.status_code == 200
    assert "Set-Cookie" not in page.headers
    assert "<script" not in page.text
    sent = house.report(client, kind="danger", body=f"  It is me. {CANARY}\r\nx ", contact=CANARY)
    assert sent.status_code == 303
    assert sent.location == f"/fr/practices/{house.slug}/report?done=report-sent"
    assert "Set-Cookie" not in sent.headers
    thanks = parse(client.get(sent.location).text)
    assert thanks.one("div", class_="done")
    assert thanks.one("main").all("form") == []
    (row,) = house.rows()
    assert (row.kind, row.body, row.contact) == (
        ReportKind.DANGER,
        f"It is me. {CANARY}\nx",
        CANARY,
    )
    assert (row.state, row.locale.value, row.note) == (ReportState.OPEN, "fr", "")


def test_every_practice_page_leads_there(quick_house):
    client, _ = quick_house.browser("member")
    for lang in ("fr", "en"):
        for slug in (quick_house.slug, quick_house.inner):
            page = parse(client.get(f"/{lang}/practices/{slug}").text)
            assert page.one("main").links().count(f"/{lang}/practices/{slug}/report") == 1


def told(house: House) -> dict[str, set[str]]:
    """Who found what in their list, by kind of event."""
    found: dict[str, set[str]] = {}
    for who in house.people:
        client, _ = house.browser(who)
        page = parse(client.get("/en/notifications").text)
        for item in page.all("li"):
            if "reader" in item.text:
                kind = "danger" if "Urgent" in item.text else "problem"
                found.setdefault(kind, set()).add(who)
    return found


def test_editors_are_told_and_of_danger_the_safeguards_too_at_once(house):
    house.report()
    assert told(house) == {"problem": {"editor"}}
    house.report(kind="danger")
    desk = {"editor", "safeguard", "second safeguard"}
    assert told(house) == {"problem": {"editor"}, "danger": desk}
    run_pass(house.runtime)
    subjects = sorted(letter.subject for letter in house.mailer.letters)
    urgent = "Palabre\u00a0: urgent, pour la rédaction"
    assert subjects == ["Palabre\u00a0: du nouveau pour vous"] * EDITORS + [urgent] * (
        EDITORS + SAFEGUARDS
    )


def test_who_wrote_a_text_never_reads_what_is_reported_about_it(house):
    house.report(body=CANARY)
    number = house.rows()[0].id
    statuses = {}
    for who in ("editor", "safeguard", "editor who wrote it", "author", "member", "admin"):
        client, key = house.browser(who)
        page = client.get(f"/fr/reports/{number}")
        answer = client.post(f"/fr/reports/{number}", data={"csrf_token": key, "note": ""})
        statuses[who] = (page.status_code, CANARY in page.text, answer.status_code)
        listed = client.get("/fr/reports")
        assert CANARY not in listed.text
        assert (f"/fr/reports/{number}" in listed.text) is (who in {"editor", "safeguard"})
    assert statuses == {
        "editor": (200, True, 422),
        "safeguard": (200, True, 422),
        "editor who wrote it": (404, False, 404),
        "author": (403, False, 403),
        "member": (403, False, 403),
        "admin": (403, False, 403),
    }
    client, _ = house.browser("editor who wrote it")
    gone = {client.get(f"/fr/reports/{n}").text for n in (number, 999, 10**12)}
    assert len(gone) == 1


def test_no_word_of_it_leaves_the_desk(house, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    asked = (house.slug, house.inner, "never-there"), (CANARY, "titre")
    before = answers(house.app.test_client(), *asked)
    client, _ = house.browser("member")  # somebody who is known reports, too
    assert house.report(client, kind="danger", body=CANARY, contact=CANARY).status_code == 303
    assert house.report(body="x" * 5000 + CANARY).status_code == 422
    run_pass(house.runtime)
    assert answers(house.app.test_client(), *asked) == before
    for text in commands(house.runtime, (), tmp_path / "export").values():
        assert CANARY not in text
    assert all(CANARY not in letter.body + letter.subject for letter in house.mailer.letters)
    assert len(house.mailer.letters) == EDITORS + SAFEGUARDS
    assert CANARY not in caplog.text
    assert ADDRESS not in caplog.text
    found = snapshot(house.runtime)
    assert [name for name, rows in found.items() if CANARY in str(rows)] == ["problem_reports"]
    # Nor is it written anywhere who sent it, or from where.
    assert [name for name, rows in found.items() if ADDRESS in str(rows)] == []
    with house.runtime.reading() as session:
        kinds = select(AuditEntry).where(AuditEntry.type == "report.danger")
        (entry,) = session.scalars(kinds)
    assert (entry.actor_id, entry.data) == (None, {"report_id": house.rows()[0].id})


def test_a_text_that_is_not_there_for_somebody_cannot_be_reported(house):
    def both(client: FlaskClient, slug: str) -> set[tuple[int, str]]:
        address = f"/fr/practices/{slug}/report"
        page = client.get(address)
        sent = house.report(client, slug=slug)
        return {(a.status_code, a.text.replace(slug, "")) for a in (page, sent)}

    visitor = house.app.test_client()
    nothing = both(visitor, "never-there")
    assert {status for status, _ in nothing} == {404}
    assert len(nothing) == 1
    assert both(visitor, house.inner) == nothing
    member, _ = house.browser("member")
    assert house.report(member, slug=house.inner).status_code == 303
    with house.runtime.begin() as work:
        revision = work.session.get_one(Revision, house.revision)
        revision.visibility = Visibility.RESTRICTED
    assert both(visitor, house.slug) == nothing
    assert {status for status, _ in both(member, house.slug)} == {404}
    with house.runtime.begin() as work:
        work.session.get_one(Revision, house.revision).visibility = Visibility.PUBLIC
        editor = house.people["editor"]
        safety = Withdrawal.SAFETY
        perform(work, editor, house.revision, Action.WITHDRAW, "x", withdrawal=safety)
    assert both(visitor, house.slug) == nothing
    assert len(house.rows()) == 1


# What is wrong with a form.


def test_what_does_not_fit_is_refused_with_a_sentence_and_kept(quick_house):
    long = "é" * 10_000
    answer = quick_house.report(body=long, contact=CANARY)
    page = parse(answer.text)
    assert answer.status_code == 422
    assert "2000 caractères au plus" in page.one("p", class_="wrong").text
    assert page.one("textarea").text.strip() == long
    assert page.one("input", name="contact").attributes["value"] == CANARY
    assert page.one("input", value="error").attributes.get("checked") == ""
    answer = quick_house.report(kind="", body=" \n ", contact="x" * 201)
    named = {p.attributes["id"] for p in parse(answer.text).all("p", class_="wrong")}
    assert named == {"wrong-kind", "wrong-body", "wrong-contact"}
    assert quick_house.report(kind=["error", "danger"]).status_code == 400
    assert quick_house.report(kind="handled").status_code == 422
    assert quick_house.report(body="a\0b" * 600).status_code == 303
    assert [len(row.body) for row in quick_house.rows()] == [1200]


@pytest.mark.parametrize("field", ["state", "handled_at", "note", "practice_id", "handled_by_id"])
def test_what_was_not_asked_for_is_not_taken(quick_house, field):
    quick_house.report(**{field: "handled"})
    (row,) = quick_house.rows()
    assert (row.state, row.note, row.handled_by_id) == (ReportState.OPEN, "", None)


def test_hostile_words_are_shown_as_they_are(quick_house):
    quick_house.report(body=HOSTILE, contact=HOSTILE)
    number = quick_house.rows()[0].id
    client, key = quick_house.browser("editor")
    fields = {"csrf_token": key, "note": HOSTILE}
    client.post(f"/fr/reports/{number}", data=fields)
    page = client.get(f"/fr/reports/{number}")
    assert "<script" not in page.text
    shown = [each.text for each in parse(page.text).all("*") if each.tag in {"p", "bdi"}]
    assert shown.count(HOSTILE) == 3


def test_a_program_that_fills_in_everything_is_thanked_and_not_heard(quick_house):
    answer = quick_house.report(website="https://example.org")
    assert (answer.status_code, answer.location) == (
        303,
        f"/fr/practices/{quick_house.slug}/report?done=report-sent",
    )
    assert quick_house.rows() == []
    hidden = parse(quick_house.browser()[0].get(answer.location.split("?")[0]).text)
    (trap,) = [each for each in hidden.all("div") if "hidden" in each.attributes]
    assert trap.one("input", name="website")
    unknown = quick_house.report(slug=quick_house.inner, website="x")
    assert unknown.status_code == 404


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://x.ml"}])
def test_another_site_makes_nobody_report(quick_house, headers):
    address = f"/fr/practices/{quick_house.slug}/report"
    data = {"kind": "error", "body": "x"}
    for who in ("", "member"):
        client, _ = quick_house.browser(who)
        assert client.post(address, data=data, headers=headers).status_code == 403
    assert quick_house.rows() == []


# Too many.


def test_five_from_one_address_in_five_minutes_across_workers(house, clock):
    workers = [create_app(house.runtime).test_client() for _ in range(2)]
    codes = [house.report(workers[n % 2]).status_code for n in range(7)]
    assert codes == [303] * 5 + [429] * 2
    assert house.report(workers[0], address="198.51.100.1").status_code == 303
    refused = house.report(workers[1], body=CANARY)
    assert CANARY in parse(refused.text).one("textarea").text
    clock.advance(minutes=5, seconds=1)
    assert house.report(workers[0]).status_code == 303
    assert len(house.rows()) == 7


def test_many_addresses_do_not_drown_the_desk(house, clock, monkeypatch):
    addresses = (f"198.51.{n // 250}.{n % 250}" for n in range(10_000))
    codes = [house.report(address=next(addresses)).status_code for _ in range(service.FOR_ALL + 2)]
    assert codes == [303] * service.FOR_ALL + [429] * 2
    clock.advance(minutes=6)
    monkeypatch.setattr(service, "PER_DAY", service.FOR_ALL + 1)
    assert house.report(address=next(addresses)).status_code == 303
    assert house.report(address=next(addresses)).status_code == 429
    clock.advance(days=1)
    assert house.report(address=next(addresses)).status_code == 303


def test_many_at_the_same_moment_count_as_many(house):
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda _: house.report().status_code, range(12)))
    assert sorted(codes) == [303] * 5 + [429] * 7
    assert len(house.rows()) == 5


def test_marks_of_addresses_are_forgotten_and_lead_nowhere(house, clock):
    house.report()
    with house.runtime.reading() as session:
        keys = session.scalars(select(FailedAttempt.key)).all()
    assert len(set(keys)) == 2
    assert all(len(key) == 64 for key in keys)
    clock.advance(minutes=6)
    run_pass(house.runtime)
    with house.runtime.reading() as session:
        assert session.scalars(select(FailedAttempt)).all() == []


# Dealing with it.


def read(house: House, number: int, who: str = "editor") -> Element:
    client, _ = house.browser(who)
    return parse(client.get(f"/en/reports/{number}").text)


def test_the_desk_deals_with_it_once(house, clock):
    house.report(body="Who?", contact="70 00 00 00")
    house.report(kind="danger", body="Second")
    first, second = (row.id for row in house.rows())
    client, key = house.browser("editor")
    links = [a for a in parse(client.get("/fr/reports").text).links() if "/reports/" in a]
    # What endangers somebody first.
    assert links == [f"/fr/reports/{second}", f"/fr/reports/{first}"]
    form = {"csrf_token": key, "note": "x" * 2001}
    assert client.post(f"/fr/reports/{first}", data=form).status_code == 422
    form["note"] = "The word is put right."
    answer = client.post(f"/fr/reports/{first}", data=form)
    assert answer.location == f"/fr/reports/{first}?done=report-handled"
    other, other_key = house.browser("safeguard")
    late = {"csrf_token": other_key, "note": "Me too."}
    assert other.post(f"/fr/reports/{first}", data=late).status_code == 409
    row = house.rows()[0]
    assert (row.state, row.note) == (ReportState.HANDLED, "The word is put right.")
    assert (row.handled_by_id, row.handled_at) == (house.people["editor"].user_id, clock.now())
    page = read(house, first, "safeguard")
    assert "The word is put right." in page.text
    assert page.one("main").all("form") == []
    # Its to-do is done, the other's is not.
    to_do = parse(client.get("/en/notifications?show=to-do").text)
    assert [("Urgent" in item.text) for item in to_do.one("ul", class_="notices").all("li")] == [
        True
    ]


def test_where_to_answer_is_forgotten_ninety_days_after(house, clock):
    for contact in ("one@example.org", "two@example.org"):
        house.report(contact=contact)
    client, key = house.browser("editor")
    number = house.rows()[0].id
    client.post(f"/fr/reports/{number}", data={"csrf_token": key, "note": "done"})
    clock.advance(days=90)
    run_pass(house.runtime)
    assert [row.contact for row in house.rows()] == ["one@example.org", "two@example.org"]
    clock.advance(seconds=1)
    run_pass(house.runtime)
    # What still waits for an answer keeps where to send it.
    assert [row.contact for row in house.rows()] == ["", "two@example.org"]
    assert "nothing was given, or it was deleted" in read(house, number).text


def test_a_dead_mail_server_stops_no_report(house):
    house.mailer.down = True
    assert house.report(kind="danger").status_code == 303
    run_pass(house.runtime)
    assert told(house)["danger"] == {"editor", "safeguard", "second safeguard"}
    with house.runtime.reading() as session:
        waiting = session.scalars(select(Mail).where(Mail.sent_at.is_(None))).all()
    assert len(waiting) == EDITORS + SAFEGUARDS
