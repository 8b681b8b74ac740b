"""Find a practice, check it, adopt it, say what came of it, hear of a correction, read it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from playwright.sync_api import Browser, Page
import pytest
from sqlalchemy import select

from kb.accounts import sessions
from kb.accounts.models import Organisation
from kb.accounts.permissions import Actor, Role
from kb.adoption.models import Adoption, Recall
from kb.events.models import AuditEntry
from kb.events.types import EventType
from kb.practices.lifecycle import State
from kb.practices.queries import practice_by_slug, published_revision
from kb.practices.service import start_revision
from kb.runtime import Runtime
from tests.browser.furnished import serving
from tests.conftest import FrozenClock
from tests.make import PATHS, make_account, make_user, take_step

SLUG = "cadis-gao-tombouctou"
PHONE = {"width": 360, "height": 740}


@dataclass
class House:
    """A running site with a member of a unit and somebody of another one."""

    runtime: Runtime
    address: str
    clock: FrozenClock
    tokens: dict[str, str]

    def correct(self) -> None:
        """Another revision of the practice is published, by the whole way."""
        with self.runtime.begin() as work:
            roles = {"author": Role.CONTRIBUTOR, "reviewer": Role.REVIEWER}
            roles |= {"safeguard": Role.SAFEGUARD, "editor": Role.EDITOR}
            people: dict[str, Actor] = {n: make_user(work, role) for n, role in roles.items()}
            practice = practice_by_slug(work.session, SLUG)
            assert practice is not None
            before = published_revision(work.session, practice.id)
            assert before is not None
            text = dict(before.working_copy)
            author = people["author"].user_id
            started = start_revision(work, people["editor"], practice, text, author_id=author)
            for step in PATHS[State.PUBLISHED]:
                take_step(work, people, started, step)


@pytest.fixture
def house(content_runtime: Runtime, clock: FrozenClock) -> Iterator[House]:
    with serving(content_runtime) as (runtime, address):
        with runtime.begin() as work:
            unit = Organisation(name="Brigade d’essai", type="gendarmerie", country="ML")
            work.session.add(unit)
            work.session.flush()
            tokens = {}
            for name, role in (("member", Role.MEMBER), ("editor", Role.EDITOR)):
                user = make_account(work, role, name=name)
                user.organisation_id = unit.id if name == "member" else None
                tokens[name] = sessions.start(work, user.id, "a phone")
        yield House(runtime, address, clock, tokens)


def phone(browser: Browser, house: House, who: str, *, script: bool) -> Page:
    context = browser.new_context(
        base_url=house.address, viewport=PHONE, java_script_enabled=script
    )
    token = house.tokens[who]
    context.add_cookies([{"name": "palabre", "value": token, "url": house.address}])
    return context.new_page()


def press(page: Page, words: str) -> None:
    page.get_by_role("button", name=words, exact=True).click()


def follow_link(page: Page, words: str) -> None:
    page.get_by_role("link", name=words, exact=True).first.click()


def kept(house: House) -> Adoption:
    with house.runtime.reading() as session:
        found = session.scalars(select(Adoption)).one()
        assert [step.stage for step in found.stages]
        assert len(found.follow_ups) in {0, 3}
        assert found.organisation.name
        assert found.transfer_check is not None
        return found


def check_whether_it_fits(member: Page) -> None:
    """From the search to the check; one answer, then on to recording with it."""
    member.goto("/fr/practices?q=cadis")
    member.locator(".card h3 a").first.click()
    assert member.url.endswith(SLUG)
    follow_link(member, "Convient-elle chez vous\u202f?")
    member.locator("[name='answer-conditions-1'][value=met]").check()
    member.locator("[name='note-conditions-1']").fill("Deux anciens de confiance.")
    press(member, "Nous l’utilisons\u00a0: enregistrer avec cette vérification")


def record_it(member: Page) -> None:
    """First with mistakes: they are told at the field, and everything is kept."""
    member.locator("[name=stage][value=trial]").check()
    member.locator("[name=reached_on]").fill("2025-11-20")
    member.locator("[name=region]").select_option("ML-7")
    member.locator("[name=people_involved]").fill("20")
    member.locator("[name=women_involved]").fill("30")
    member.locator("[name=adaptations]").fill("Appelez le 76 12 34 56.")
    press(member, "Enregistrer")
    assert member.locator("#wrong-women_involved").is_visible()
    assert "76 12 34 56" in member.locator("#wrong-adaptations").inner_text()
    assert member.locator("[name=people_involved]").input_value() == "20"
    member.locator("[name=women_involved]").fill("8")
    member.locator("[name=adaptations]").fill("Deux réunions au lieu d’une.")
    press(member, "Enregistrer")


def say_what_came_of_it(member: Page) -> None:
    member.goto("/fr/adoptions")
    follow_link(member, "Dire ce que cela a donné")
    member.locator("[name=still_in_use][value=yes]").check()
    member.locator("[name=rating][value='3']").check()
    member.locator("[name=what_changed]").fill("Moins de différends au puits.")
    press(member, "Envoyer")
    assert "Moins de différends au puits." in member.locator("main").inner_text()


def use_it_for_good(member: Page) -> None:
    member.get_by_text("Quelque chose a changé", exact=True).click()
    member.locator("[name=stage][value=adopted]").check()
    member.locator("[name=reached_on]").fill("2026-02-20")
    press(member, "Enregistrer")


def read_the_recall(member: Page) -> None:
    """A notification leads there, and it stays until it is read."""
    member.goto("/fr/notifications")
    member.locator(".notices .unread a").first.click()
    assert member.url.endswith("/fr/adoptions")
    assert member.locator(".banner").count() == 1
    press(member, "Nous l’avons lu")
    member.goto("/fr/adoptions")
    assert member.locator(".banner").count() == 0


def numbers_of(editor: Page) -> dict[str, str]:
    """The editors' dashboard of this year: each indicator with its value."""
    editor.goto("/fr/indicators/dashboard?from=2025-10-01&to=2026-03-31")
    rows = editor.locator("section table.bars[aria-labelledby=adoption] tbody tr").all()
    return {
        row.locator("summary").inner_text(): row.locator("td").first.inner_text() for row in rows
    }


def test_from_the_search_to_a_correction_that_was_read(house, browser):
    member = phone(browser, house, "member", script=False)
    check_whether_it_fits(member)
    record_it(member)
    found = kept(house)
    assert member.url.split("?")[0].endswith(f"/fr/adoptions/{found.id}")
    assert (found.women_involved, found.stage_on) == (8, date(2025, 11, 20))
    assert "Deux anciens de confiance." in member.locator("main").inner_text()

    editor = phone(browser, house, "editor", script=True)
    editor.goto("/fr/adoptions?show=verify")
    follow_link(editor, "Voir l’adoption")
    press(editor, "Marquer comme vérifiée")
    assert kept(house).verified_at is not None

    say_what_came_of_it(member)
    use_it_for_good(member)
    house.correct()
    read_the_recall(member)
    with house.runtime.reading() as session:
        assert session.scalars(select(Recall)).one().acknowledged_at is not None
        kinds = select(AuditEntry.type).where(AuditEntry.type.startswith("adoption."))
        assert list(session.scalars(kinds.order_by(AuditEntry.id))) == [
            EventType.ADOPTION_RECORDED,
            EventType.ADOPTION_VERIFIED,
            EventType.FOLLOW_UP_DONE,
            EventType.ADOPTION_MOVED,
            EventType.RECALL_SENT,
            EventType.RECALL_ACKNOWLEDGED,
        ]
    shown = numbers_of(editor)
    assert shown["Pratiques adoptées"].startswith("1 sur ")
    assert shown["Adoptions enregistrées"] == "1"
    assert shown["Suivis faits à temps"].startswith("1 sur 1")
    assert shown["Avertissements lus"].startswith("1 sur 1")
    for page in (member, editor):
        page.context.close()
