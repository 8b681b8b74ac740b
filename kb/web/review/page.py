"""The pages of the desk: what waits, and one revision with all that can be done to it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

from flask import Response, make_response, render_template, request, url_for
from flask_babel import format_timedelta
from flask_babel import gettext as _

from kb.accounts.permissions import Actor, Permission
from kb.core.errors import Invalid, PalabreError
from kb.core.language import Locale
from kb.core.messages import Message
from kb.practices.checks import Check
from kb.practices.content import Visibility
from kb.practices.draft import Part
from kb.practices.examined import FILES
from kb.practices.frozen import frozen_view
from kb.practices.lifecycle import FINAL, NEEDS_REASON, Action, State, actions_in
from kb.practices.models import Revision
from kb.practices.queries import published_revision
from kb.reviews.answering import ANSWERABLE
from kb.reviews.dossier import Dossier, dossier
from kb.reviews.people import Capacity
from kb.reviews.questionnaire import ANSWER_LABELS, QUESTIONS
from kb.reviews.rubric import level_field, note_field
from kb.reviews.service import ASSIGNABLE
from kb.reviews.threads import Remark
from kb.web.browse.practice_page import PracticePage
from kb.web.checks import found_by_part
from kb.web.current import runtime
from kb.web.forms import told
from kb.web.language import current_locale, tell
from kb.web.review import words
from kb.web.review.proposing import choices
from kb.web.review.timeline import entries, who
from kb.web.sessions import current_actor
from kb.workflow.service import NEEDS

NOTHING: Mapping[str, str] = {}


class Desk:
    """What can be done with a revision by whoever looks at it, for the template."""

    def __init__(self, found: Dossier, actor: Actor) -> None:
        state = found.revision.state
        self.found = found
        offered = [
            action
            for action in actions_in(state)
            if action in words.ACTIONS and found.may(actor, NEEDS[action])
        ]
        self.plain_actions = [action for action in offered if action not in NEEDS_REASON]
        self.reasoned_actions = [action for action in offered if action in NEEDS_REASON]
        self.can_withdraw = Action.WITHDRAW in offered
        self.can_assign = state in ASSIGNABLE and found.may(actor, Permission.PRACTICE_ASSIGN)
        in_review = state is State.IN_REVIEW
        self.can_judge = in_review and found.may(actor, Permission.PRACTICE_REVIEW)
        may_sign = in_review and found.may(actor, Permission.PRACTICE_SIGN_OFF)
        self.can_sign = may_sign and not found.is_judge
        self.own_assignment = next(
            (each for each in found.assigned if each.reviewer_id == actor.user_id), None
        )
        may_answer = state in ANSWERABLE and found.may(actor, Permission.PRACTICE_REVIEW)
        self.can_answer = may_answer and not found.has_judged_this
        self.keeps_consent = found.may(actor, Permission.PRACTICE_CONSENT)
        self.can_comment = state not in FINAL and found.may(actor, Permission.PRACTICE_COMMENT)
        self.can_share = found.may_share and (
            bool(found.readers) or found.revision.visibility is Visibility.RESTRICTED
        )
        self.can_note = found.is_desk and found.may(actor, Permission.PRACTICE_ASSIGN)
        self.can_confirm = state is State.PUBLISHED and found.may(
            actor, Permission.PRACTICE_DECIDE
        )
        self.can_revise = state is State.PUBLISHED and bool(found.contributors)
        address = partial(_in_the_text, found)
        self.parts_found = found_by_part(found.checks, address, "review.revision")
        # A step that would be refused is not offered as if it could be taken.
        blocked = {Action.APPROVE, Action.PUBLISH} if found.missing else set()
        self.plain_actions = [action for action in self.plain_actions if action not in blocked]


def show(
    revision_id: int,
    typed: Mapping[str, str] = NOTHING,
    refused: PalabreError | None = None,
) -> Response:
    """The page of a revision; after a refusal with its reason and everything that was typed."""
    kb, actor, here = runtime(), current_actor(), current_locale()
    with kb.reading() as session:
        today = kb.clock.now().date()
        found = dossier(session, actor, revision_id, kb.settings.review_quorum, today)
        vocabularies = kb.vocabularies.get(session)
        practice = frozen_view(session, found.revision)
        locale = _text_language(practice.texts)
        message, problems = _problems(refused)
        published = published_revision(session, found.revision.practice_id)
        body = render_template(
            "review/revision.html",
            desk=Desk(found, actor),
            proposed=choices(found.proposals, vocabularies, here),
            found=found,
            revision=found.revision,
            practice=practice,
            page=PracticePage(practice, locale, vocabularies),
            vocabularies=vocabularies,
            words=words,
            questions=QUESTIONS,
            answer_choices=words.choices(ANSWER_LABELS),
            anchors=[("", _("the text as a whole")), *words.anchors(here)],
            lines=entries(found.revision.practice_id),
            typed={**_given_before(found), **typed},
            message=message,
            problems=problems,
            answering=_answered(found),
            signer=signer,
            age=age,
            is_shown_elsewhere=_is_other(published, found.revision),
        )
    return make_response(body, refused.status if refused else 200)


def _given_before(found: Dossier) -> dict[str, str]:
    """Whoever changes their verdict begins with the one that they gave on this version."""
    for given in found.verdicts:
        if given.is_mine and given.is_present:
            fields = {"decision": given.decision.value, "reason": given.reason}
            for each in given.ratings:
                fields[level_field(each.criterion)] = str(each.level)
                fields[note_field(each.criterion)] = each.note
            return fields
    return {}


def signer(remark: Remark) -> str:
    """Who wrote a comment, as far as the reader may know."""
    return who(Capacity(remark.who), remark.name)


def age(since: datetime) -> str:
    """For how long, in whole days."""
    passed = runtime().clock.now() - since
    if passed.days < 1:
        return str(_("since today"))
    return str(_("for %(time)s", time=format_timedelta(passed, granularity="day")))


def _in_the_text(found: Dossier, check: Check) -> str:
    """Where a field is on this page; nothing for what is only in its head or not there at all."""
    if check.part == FILES:
        return "#files"
    if check.part == Part.SOURCES:
        return "#S" + check.field.split("_")[1]
    text = found.version.content["texts"].get(check.part, {})
    if check.field not in text.get("sections", {}):
        return ""
    return url_for(
        "review.revision",
        revision_id=found.revision.id,
        text=check.part,
        _anchor=check.field,
    )


def lapse(passed: timedelta) -> str:
    """So many days, weeks or months."""
    return str(format_timedelta(passed, granularity="day"))


def _text_language(texts: Mapping[Locale, object]) -> Locale:
    wished = request.args.get("text", "")
    locale = Locale(wished) if wished in set(Locale) else current_locale()
    return locale if locale in texts else next(iter(texts))


def _answered(found: Dossier) -> Remark | None:
    """The comment that the address asks to answer."""
    wished = request.args.get("answer", "")
    remarks = [thread.first for thread in found.threads]
    return next((each for each in remarks if str(each.id) == wished), None)


def _is_other(published: Revision | None, shown: Revision) -> bool:
    return published is not None and published.id != shown.id


def _problems(refused: PalabreError | None) -> tuple[str, dict[str, str]]:
    """The sentence on top, and one per field."""
    if refused is None:
        return "", {}
    message: Message = refused.message
    problems = told(refused.problems) if isinstance(refused, Invalid) else {}
    if len(problems) == 1:  # the sentence says it better than "is missing"
        field, why = problems.popitem()
        problems[field] = why if field.startswith("q_") else tell(message)
    return tell(message), problems
