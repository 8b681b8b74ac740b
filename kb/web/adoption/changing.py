"""One adoption: its page, its stages, its follow-ups, and putting right what was written."""

from collections.abc import Callable, Mapping
from dataclasses import fields

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from kb.accounts.permissions import Permission, permits
from kb.adoption import follow_ups, recalling, service
from kb.adoption.checks import lines_of
from kb.adoption.models import Adoption
from kb.adoption.queries import (
    belonging,
    change_notes,
    messages_for,
    own_adoption,
    recalls_of,
    visible_adoption,
)
from kb.adoption.stages import TRANSITIONS
from kb.adoption.titles import readable
from kb.adoption.written import Written, WrittenFollowUp
from kb.core.errors import Conflict, Invalid
from kb.core.unit_of_work import UnitOfWork
from kb.web.adoption import words
from kb.web.adoption.recording import FIELDS, NOTHING, SEE_OTHER, region_choices
from kb.web.current import runtime
from kb.web.forms import read_form, told
from kb.web.language import tell
from kb.web.reading import current_reader
from kb.web.sessions import current_actor

FOLLOW_UP_FIELDS = tuple(field.name for field in fields(WrittenFollowUp))
Values = Mapping[str, str]


def adoption(adoption_id: int) -> str:
    """All that is known of an adoption, for its organisation and for editors."""
    return _page(adoption_id, NOTHING, NOTHING)


def move(adoption_id: int) -> Response:
    """Another stage."""
    form = read_form("stage", "reached_on")

    def deed(work: UnitOfWork) -> object:
        return service.move(work, current_actor(), adoption_id, form["stage"], form["reached_on"])

    try:
        return _done(adoption_id, deed, "saved")
    except (Invalid, Conflict) as refused:
        problems = told(refused.problems) if isinstance(refused, Invalid) else {}
        body = _page(adoption_id, form.values, problems or {"stage": tell(refused.message)})
        return make_response(body, refused.status)


def verify(adoption_id: int) -> Response:
    """An editor confirms it."""
    return _done(
        adoption_id,
        lambda work: service.verify(work, current_actor(), adoption_id),
        "adoption-verified",
    )


def change(adoption_id: int) -> Response | str:
    """Put right what was written."""
    if request.method != "POST":
        with runtime().reading() as session:
            values = _kept(own_adoption(session, current_actor(), adoption_id))
        return _change_page(adoption_id, values, {})
    form = read_form(*FIELDS)
    written = Written(**form.values)
    try:
        return _done(
            adoption_id,
            lambda work: service.change(work, current_actor(), adoption_id, written),
            "saved",
        )
    except Invalid as refused:
        body = _change_page(adoption_id, form.values, told(refused.problems))
        return make_response(body, refused.status)


def follow_up(adoption_id: int, month: int) -> Response | str:
    """What came of it after so many months."""
    if request.method != "POST":
        today = runtime().clock.now().date().isoformat()
        return _follow_up_page(adoption_id, month, {"done_on": today}, {})
    form = read_form(*FOLLOW_UP_FIELDS)
    written = WrittenFollowUp(**form.values)
    try:
        return _done(
            adoption_id,
            lambda work: follow_ups.answer(work, current_actor(), adoption_id, month, written),
            "followed-up",
        )
    except Invalid as refused:
        body = _follow_up_page(adoption_id, month, form.values, told(refused.problems))
        return make_response(body, refused.status)


def acknowledge(recall_id: int) -> Response:
    """Somebody has read that a practice was corrected or taken back."""
    with runtime().begin() as work:
        recall = recalling.acknowledge(work, current_actor(), recall_id)
        adoption_id = recall.adoption_id
    if adoption_id is None:
        return redirect(url_for("adoption.overview", done="acknowledged"), SEE_OTHER)
    page = url_for("adoption.adoption", adoption_id=adoption_id, done="acknowledged")
    return redirect(page, SEE_OTHER)


def _done(adoption_id: int, deed: Callable[[UnitOfWork], object], done: str) -> Response:
    with runtime().begin() as work:
        deed(work)
    return redirect(url_for("adoption.adoption", adoption_id=adoption_id, done=done), SEE_OTHER)


def _page(adoption_id: int, values: Values, problems: Values) -> str:
    kb, actor = runtime(), current_actor()
    with kb.reading() as session:
        found = visible_adoption(session, actor, adoption_id)
        seen = belonging(session, found)
        is_own = permits(actor, Permission.ADOPTION_CHANGE, seen)
        recalls = recalls_of(session, adoption_id)
        view = readable(session, {found.practice_id}, current_reader()).get(found.practice_id)
        today = kb.clock.now().date()
        check = found.transfer_check
        return render_template(
            "adoption/adoption.html",
            adoption=found,
            view=view,
            is_own=is_own,
            can_verify=found.verified_at is None
            and actor.user_id != found.recorded_by_id
            and permits(actor, Permission.ADOPTION_VERIFY, seen),
            recalls=recalls,
            messages=messages_for(session, recalls),
            notes=change_notes(session, recalls, {found.practice_id} if view else ()),
            lines=lines_of(check, view) if check is not None else (),
            stages=words.choices(words.STAGES, TRANSITIONS[found.stage])
            if TRANSITIONS[found.stage]
            else (),
            answerable_from={
                each.month: each.due_on - follow_ups.ON_TIME <= today for each in found.follow_ups
            },
            today=today,
            vocabularies=kb.vocabularies.get(session),
            words=words,
            values={"stage": "", "reached_on": today.isoformat(), **values},
            problems=problems,
        )


def _kept(found: Adoption) -> Values:
    values = {name: getattr(found, name, None) for name in FIELDS}
    return {name: "" if value is None else str(value) for name, value in values.items()}


def _change_page(adoption_id: int, values: Values, problems: Values) -> str:
    kb = runtime()
    with kb.reading() as session:
        found = own_adoption(session, current_actor(), adoption_id)
        vocabularies = kb.vocabularies.get(session)
        return render_template(
            "adoption/change.html",
            adoption=found,
            regions=region_choices(service.regions_of(session, found.organisation), vocabularies),
            words=words,
            values=values,
            problems=problems,
        )


def _follow_up_page(adoption_id: int, month: int, values: Values, problems: Values) -> str:
    kb = runtime()
    today = kb.clock.now().date()
    with kb.reading() as session:
        found = own_adoption(session, current_actor(), adoption_id)
        asked = follow_ups.open_follow_up(found, month, today)
        return render_template(
            "adoption/follow_up.html",
            adoption=found,
            follow_up=asked,
            view=readable(session, {found.practice_id}, current_reader()).get(found.practice_id),
            words=words,
            values={name: values.get(name, "") for name in FOLLOW_UP_FIELDS},
            problems=problems,
        )
