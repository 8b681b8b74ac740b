"""Keeping a transfer check with an adoption, and showing it again. Services never commit."""

from collections.abc import Mapping
from dataclasses import dataclass

from kb.accounts.permissions import Actor
from kb.adoption.models import Adoption, TransferCheck
from kb.adoption.transfer import Answer, items_of, section_of
from kb.core.language import Locale
from kb.core.unit_of_work import UnitOfWork
from kb.practices.public import PublicPractice


@dataclass(frozen=True, slots=True)
class Line:
    """One point of a check; the words are there while that very text is public."""

    number: int
    section: str
    text: str
    answer: Answer
    note: str


def attach(
    work: UnitOfWork,
    actor: Actor,
    adoption: Adoption,
    practice: PublicPractice,
    locale: Locale,
    answers: Mapping[str, Mapping[str, str]],
) -> None:
    """Keep the answers to the points of the text that was shown, in place of earlier ones."""
    check = adoption.transfer_check or TransferCheck(adoption_id=adoption.id)
    check.version_id = practice.version_id
    check.answers = {"locale": locale.value, "items": {k: dict(v) for k, v in answers.items()}}
    check.recorded_by_id, check.recorded_at = actor.user_id or 0, work.clock.now()
    work.session.add(check)
    work.session.flush()
    work.session.refresh(adoption)


def lines_of(check: TransferCheck, practice: PublicPractice | None) -> tuple[Line, ...]:
    """The answers; with the words of the practice only if its reader may have these very words."""
    locale = Locale(check.answers["locale"])
    words: dict[str, str] = {}
    if practice is not None and practice.version_id == check.version_id:
        text = practice.texts.get(locale)
        words = {item.key: item.text for item in items_of(text)} if text is not None else {}
    return tuple(
        Line(number, section_of(key), words.get(key, ""), Answer(given["answer"]), given["note"])
        for number, (key, given) in enumerate(check.answers["items"].items(), 1)
    )
