"""Recording that one's organisation uses a practice, with the transfer check made before."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields

from flask import make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from kb.accounts.directory import find_account
from kb.adoption import service
from kb.adoption.checks import attach
from kb.adoption.stages import FIRST
from kb.adoption.transfer import items_of, read_answers
from kb.adoption.written import Shown, Written
from kb.core.errors import Conflict, Invalid
from kb.core.folding import fold
from kb.core.messages import msg
from kb.practices.public import PublicPractice
from kb.practices.queries import public_view
from kb.vocabularies.catalogue import Vocabularies
from kb.web.adoption import words
from kb.web.current import runtime
from kb.web.forms import read_form, told
from kb.web.language import current_locale, tell
from kb.web.reading import current_reader
from kb.web.sessions import current_actor, member

SEE_OTHER = 303
FIELDS = tuple(field.name for field in fields(Written))
NOTHING: Mapping[str, str] = {}


def adopt(slug: str) -> Response | str:
    """The form, and keeping what was written in it."""
    with runtime().reading() as session:
        practice = public_view(session, slug, current_reader())
    if practice.kind == service.LESSON:
        raise Conflict(msg("A lesson tells what not to copy: it cannot be adopted."))
    if request.method != "POST":
        return _page(practice, _fresh(), NOTHING, {})
    names = check_names(practice)
    form = read_form("step", *FIELDS, *names)
    answers = {name: form[name] for name in names if form[name]}
    if form["step"] == "check":
        return _page(practice, _fresh(), answers, {})
    try:
        number = _record(practice, {name: form[name] for name in FIELDS}, answers)
    except Invalid as refused:
        body = _page(practice, form.values, answers, told(refused.problems))
        return make_response(body, refused.status)
    except Conflict as refused:
        problems = {"place": tell(refused.message)}
        return make_response(_page(practice, form.values, answers, problems), refused.status)
    return redirect(url_for("adoption.adoption", adoption_id=number, done="adopted"), SEE_OTHER)


def check_keys(practice: PublicPractice) -> tuple[str, ...]:
    """The points of a transfer check, in the language in which they are shown."""
    return tuple(item.key for item in items_of(practice.text_for(current_locale())))


def check_names(practice: PublicPractice) -> tuple[str, ...]:
    """The fields of a transfer check."""
    return tuple(f"{kind}-{key}" for key in check_keys(practice) for kind in ("answer", "note"))


def region_choices(codes: Iterable[str], vocabularies: Vocabularies) -> Sequence[tuple[str, str]]:
    """Regions by name, and none."""
    locale = current_locale()
    named = [(code, vocabularies.label("regions", code, locale)) for code in codes]
    return [("", "–"), *sorted(named, key=lambda choice: fold(choice[1]))]


def _record(
    practice: PublicPractice, written: Mapping[str, str], answers: Mapping[str, str]
) -> int:
    locale = practice.text_for(current_locale()).locale
    with runtime().begin() as work:
        actor = current_actor()
        adoption = service.record(work, actor, practice.slug, Written(**written))
        kept = read_answers(check_keys(practice), answers)
        if kept:
            attach(work, actor, adoption, practice, locale, kept)
        return adoption.id


def _fresh() -> Mapping[str, str]:
    """The form as it is before anything is written in it."""
    today = runtime().clock.now().date().isoformat()
    return asdict(Written()) | {"reached_on": today, "shown": Shown.AGGREGATE.value}


def _page(
    practice: PublicPractice,
    values: Mapping[str, str],
    answers: Mapping[str, str],
    problems: Mapping[str, str],
) -> str:
    kb = runtime()
    with kb.reading() as session:
        organisation = find_account(session, member().user_id).organisation
        vocabularies = kb.vocabularies.get(session)
        codes = service.regions_of(session, organisation) if organisation is not None else ()
        return render_template(
            "adoption/adopt.html",
            practice=practice,
            text=practice.text_for(current_locale()),
            organisation=organisation,
            answers=answers,
            stages=words.choices(words.STAGES, FIRST),
            regions=region_choices(codes, vocabularies),
            words=words,
            values=values,
            problems=problems,
        )
