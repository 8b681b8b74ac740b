"""The transfer check: a practice's own conditions and limits, held against one's own place."""

from collections.abc import Mapping

from flask import make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response

from kb.accounts.directory import find_account
from kb.adoption.checks import attach as keep
from kb.adoption.queries import own_adoption, own_of_practice
from kb.adoption.service import LESSON
from kb.adoption.titles import readable
from kb.adoption.transfer import SECTIONS, items_of, read_answers
from kb.core.errors import Invalid
from kb.core.messages import msg
from kb.practices.public import PublicPractice
from kb.practices.queries import public_view
from kb.practices.template import BY_KEY
from kb.web.adoption import words
from kb.web.adoption.recording import NOTHING, SEE_OTHER, check_keys, check_names
from kb.web.current import runtime
from kb.web.forms import read_form, told
from kb.web.language import current_locale
from kb.web.reading import current_reader
from kb.web.sessions import current_actor, signed_in


def transfer(slug: str) -> str:
    """The list, for everybody who may read the practice; nothing of it is kept."""
    with runtime().reading() as session:
        practice = public_view(session, slug, current_reader())
    return _page(practice, NOTHING, NOTHING)


def attach(slug: str) -> Response:
    """Keep the answers with an adoption of one's own organisation."""
    with runtime().reading() as session:
        practice = public_view(session, slug, current_reader())
    form = read_form("adoption", *check_names(practice))
    try:
        adoption_id = form.number("adoption") or 0
        _attach(practice, adoption_id, read_answers(check_keys(practice), form.values))
    except Invalid as refused:
        body = _page(practice, form.values, told(refused.problems))
        return make_response(body, refused.status)
    page = url_for("adoption.adoption", adoption_id=adoption_id, done="check-kept")
    return redirect(page, SEE_OTHER)


def _attach(
    practice: PublicPractice, adoption_id: int, kept: Mapping[str, Mapping[str, str]]
) -> None:
    if not kept:
        why = msg("Answer at least one point.")
        raise Invalid(why, {"adoption": why})
    actor, locale = current_actor(), practice.text_for(current_locale()).locale
    with runtime().begin() as work:
        adoption = own_adoption(work.session, actor, adoption_id, lock=True)
        views = readable(work.session, {adoption.practice_id}, current_reader())
        if views.get(adoption.practice_id) != practice:
            why = msg("This adoption is about another practice.")
            raise Invalid(why, {"adoption": why})
        keep(work, actor, adoption, practice, locale, kept)


def _page(practice: PublicPractice, values: Mapping[str, str], problems: Mapping[str, str]) -> str:
    kb, locale = runtime(), current_locale()
    text = practice.text_for(locale)
    items = items_of(text)
    with kb.reading() as session:
        own = own_of_practice(session, current_actor(), practice.slug)
        who = signed_in()
        organisation = who and find_account(session, who.user_id).organisation
    return render_template(
        "adoption/transfer.html",
        practice=practice,
        text=text,
        groups=[
            (
                BY_KEY[key].heading[locale],
                [each for each in items if each.section == key],
                words.choices(words.ANSWERS[key]),
            )
            for key in SECTIONS
            if any(each.section == key for each in items)
        ],
        own=own,
        can_adopt=practice.kind != LESSON,
        organisation=organisation,
        words=words,
        values=values,
        problems=problems,
    )
