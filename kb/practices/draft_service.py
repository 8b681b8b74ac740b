"""Writing: starting a practice, saving a part of it, correcting its address, revising it."""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import or_, select

from kb.accounts.permissions import Actor, Permission, permits, require
from kb.core.errors import Conflict, Invalid
from kb.core.language import Locale
from kb.core.messages import Message, msg
from kb.core.unit_of_work import UnitOfWork
from kb.practices import draft
from kb.practices.content import LocationPrecision, PracticeContent, Visibility
from kb.practices.draft import Fields, Part
from kb.practices.draft_address import address_base, slugify, with_suffix
from kb.practices.draft_check import Finding, findings
from kb.practices.draft_queries import own_practice, own_revision
from kb.practices.lifecycle import EDITABLE, State
from kb.practices.merging import merged
from kb.practices.models import Practice, Revision
from kb.practices.queries import practice_by_slug, readable_by
from kb.practices.readers import reader_of
from kb.practices.service import (
    TERM_FIELDS,
    authorship,
    check_terms,
    create_practice,
    save_working_copy,
    start_revision,
)
from kb.practices.translating import STALE, followed
from kb.vocabularies.catalogue import Vocabularies

TITLE_LIMIT = 300
CHANGE_NOTE_LIMIT = 500
KINDS = ("practice", "lesson")
_CODES: dict[str, type[StrEnum]] = {
    "visibility": Visibility,
    "location_precision": LocationPrecision,
    "original_language": Locale,
}
_NOT_KEPT = msg("This could not be saved.")


def begin(work: UnitOfWork, actor: Actor, title: str, locale: Locale, kind: str) -> Revision:
    """A new practice of which little more than the title is known."""
    title = draft.tidy(title, many_lines=False)
    problems = {}
    if not title:
        problems["title"] = msg("is missing")
    if len(title) > TITLE_LIMIT:
        problems["title"] = msg("is longer than %(max_length)s characters", max_length=TITLE_LIMIT)
    if kind not in KINDS:
        problems["kind"] = msg("is missing")
    if problems:
        raise Invalid(_NOT_KEPT, problems)
    slug = _free_address(work, slugify(title))
    copy = draft.begun(title, locale, kind)
    return create_practice(work, actor, slug, {**copy, "slug": slug})


class Opened(NamedTuple):
    """The state of the revision for which a form was made, and the marks of what it showed."""

    lock_number: int
    marks: str = ""


class TwoTexts(Conflict):
    """Somebody saved in between, and a field has two texts now: a person has to choose."""


def save_part(
    work: UnitOfWork, actor: Actor, revision_id: int, opened: Opened, part: Part, fields: Fields
) -> Revision:
    """Keep one part as it stands; raises TwoTexts if somebody saved another text in between.

    What only one side changed needs nobody to choose; the same text sent twice does not either.
    """
    revision = own_revision(work.session, actor, revision_id, lock=True)
    fields, permission = canonical(part, revision, fields), _permission(part, revision)
    if revision.lock_number != opened.lock_number and revision.state in EDITABLE:
        require(actor, permission, authorship(revision))
        fields, conflicts = merged(part, opened.marks, fields, shown(part, revision))
        if conflicts:
            raise TwoTexts(msg("Somebody else changed this at the same time."))
    before = revision.working_copy
    copy = draft.filled(part, before, fields)
    copy["slug"] = revision.practice.slug
    copy, bases = followed(before, copy, revision.translation_bases, part)
    is_same = (copy, bases) == (before, revision.translation_bases)
    if is_same and _has_same_extras(revision, part, fields) and revision.state in EDITABLE:
        require(actor, permission, authorship(revision))
        return revision
    save_working_copy(work, actor, revision_id, revision.lock_number, copy, permission)
    revision.translation_bases = bases
    if part is Part.ABOUT:
        _set_change_note(work, revision, fields.get("change_note"))
        rename(work, actor, revision_id, fields.get("address"))
    work.session.flush()
    return revision


def may_save(actor: Actor, revision: Revision, part: Part) -> bool:
    """Whether this author may change this part now."""
    allowed = permits(actor, _permission(part, revision), authorship(revision))
    return allowed and revision.state in EDITABLE


def canonical(part: Part, revision: Revision, fields: Fields) -> Fields:
    """What was sent as the form would show it again, so that equal texts are equal."""
    copy = revision.working_copy
    original = copy.get("original_language")
    if part.locale and part != original and fields.get("translation") not in draft.STATUSES:
        # A box that is not ticked sends nothing.
        fields = Fields({**fields.values, "translation": STALE}, fields.lists)
    found = draft.shown(part, draft.filled(part, copy, fields))
    extras = _extras(revision, part)
    if extras:
        extras = {
            "address": fields.get("address") or extras["address"],
            "change_note": draft.tidy(fields.get("change_note"), many_lines=False),
        }
    return Fields({**found.values, **extras}, found.lists)


def shown(part: Part, revision: Revision) -> Fields:
    """A part as the form shows it, with what the revision keeps outside the working copy."""
    fields = draft.shown(part, revision.working_copy)
    return Fields({**fields.values, **_extras(revision, part)}, fields.lists)


def refuse_unknown(fields: Fields, vocabularies: Vocabularies) -> None:
    """Raise Invalid where a field holds a term that does not exist, or more than can be kept."""
    problems: dict[str, Message] = draft.too_long(fields)
    for name, vocabulary in TERM_FIELDS.items():
        chosen = fields.lists.get(name, tuple(filter(None, [fields.get(name)])))
        unknown = vocabularies.unknown(vocabulary, chosen)
        if unknown:
            problems[name] = msg("unknown term: %(terms)s", terms=", ".join(unknown))
    for name, codes in _CODES.items():
        if fields.get(name) not in {"", *codes}:
            problems[name] = msg("is not one of %(expected)s", expected=", ".join(codes))
    if problems:
        raise Invalid(_NOT_KEPT, problems)


def rename(work: UnitOfWork, actor: Actor, revision_id: int, base: str) -> Revision:
    """Correct the address of what was never public; its end stays, as chance gave it."""
    revision = own_revision(work.session, actor, revision_id, lock=True)
    require(actor, Permission.PRACTICE_EDIT, authorship(revision))
    practice = revision.practice
    if not base or base == address_base(practice.slug):
        return revision
    if revision.state not in EDITABLE or not is_unpublished(practice):
        raise Conflict(msg("The address of a published practice does not change."))
    practice.slug = _free_address(work, slugify(base))
    for other in practice.revisions:
        if other.state in EDITABLE:
            other.working_copy = {**other.working_copy, "slug": practice.slug}
    work.session.flush()
    return revision


def revise(work: UnitOfWork, actor: Actor, practice_id: int) -> Revision:
    """A new revision of one's own published practice, beginning with the published text.

    Who wrote an earlier revision may not be allowed to read that text any more: for them there
    is none.
    """
    practice = own_practice(work.session, actor, practice_id)
    own_only = replace(reader_of(actor), visibilities=frozenset())
    version = work.session.scalar(
        select(Revision)
        .join(Revision.practice)
        .where(
            Revision.practice_id == practice.id,
            or_(
                (Revision.state == State.PUBLISHED) & readable_by(reader_of(actor)),
                (Revision.state == State.ARCHIVED) & readable_by(own_only),
            ),
        )
        .order_by(Revision.number.desc())
        .limit(1)
    )
    if version is None or version.version is None:
        raise Conflict(msg("There is no published text to begin with."))
    return start_revision(work, actor, practice, version.version.content)


def examine(
    revision: Revision, vocabularies: Vocabularies, more: Mapping[str, Message] | None = None
) -> tuple[Finding, ...]:
    """All that keeps the working copy from being submitted."""
    problems = dict(more or {})
    try:
        check_terms(PracticeContent.parse(revision.working_copy), vocabularies)
    except Invalid as error:
        problems |= error.problems
    return findings(revision.working_copy, problems)


def is_unpublished(practice: Practice) -> bool:
    """Whether nobody but its authors and the desk ever saw it."""
    return all(revision.published_at is None for revision in practice.revisions)


def _permission(part: Part, revision: Revision) -> Permission:
    """Whoever translates saves the text in the other language and nothing else."""
    original = revision.working_copy.get("original_language")
    is_translation = part.locale is not None and part.locale != original
    return Permission.PRACTICE_TRANSLATE if is_translation else Permission.PRACTICE_EDIT


def _extras(revision: Revision, part: Part) -> dict[str, str]:
    if part is not Part.ABOUT:
        return {}
    base = address_base(revision.practice.slug)
    return {"address": base, "change_note": revision.change_note}


def _has_same_extras(revision: Revision, part: Part, fields: Fields) -> bool:
    return all(
        fields.get(name) in ({"", now} if name == "address" else {now})
        for name, now in _extras(revision, part).items()
    )


def _set_change_note(work: UnitOfWork, revision: Revision, note: str) -> None:
    """What is new in this revision: readers find it in the history."""
    note = draft.tidy(note, many_lines=False)
    if len(note) > CHANGE_NOTE_LIMIT:
        why = msg("is longer than %(max_length)s characters", max_length=CHANGE_NOTE_LIMIT)
        raise Invalid(_NOT_KEPT, {"change_note": why})
    revision.change_note = note
    work.session.flush()


def _free_address(work: UnitOfWork, base: str) -> str:
    """The base with an end of chance: a taken address tells nothing, another end is tried."""
    slug = with_suffix(base, work.new_token())
    while practice_by_slug(work.session, slug) is not None:
        slug = with_suffix(base, work.new_token())
    return slug
