"""The thesaurus: its entries as a list, each in a form, and what a change would do."""

from dataclasses import replace

from flask import Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from kb.core.errors import Conflict, Invalid
from kb.core.folding import fold
from kb.core.language import Locale
from kb.core.messages import Message, msg
from kb.core.paging import Paging
from kb.search.preview import Comparison, Effect, queries_of
from kb.search.thesaurus import thesaurus_of
from kb.vocabularies.catalogue import GlossaryEntry
from kb.vocabularies.editing import (
    FIELDS,
    KINDS,
    StoredEntry,
    entry_of,
    fields_of,
    remove_entry,
    save_entry,
    stored_entries,
    stored_entry,
    with_entry,
)
from kb.vocabularies.service import load_glossary
from kb.web.admin.lists import page_number, pages_of
from kb.web.browse.searching import ask_index
from kb.web.curation.entry_page import EMPTY, EntryPage, kind_label
from kb.web.current import runtime
from kb.web.forms import read_form, told
from kb.web.language import current_locale, tell
from kb.web.sessions import current_actor

PER_PAGE = 50
QUERY_LIMIT = 200
SEE_OTHER = 303
# Stands for the code that an entry gets only when it is saved.
NOT_YET = "not-yet"
STATES: dict[str, Message] = {
    "": msg("All"),
    "edited": msg("Changed or made here"),
    "removed": msg("Removed here"),
}


def overview() -> str:
    """The entries with a word, of a kind, or changed here; by the page's language."""
    locale = current_locale()
    words = request.args.get("q", "").strip()[:QUERY_LIMIT]
    kind, state = request.args.get("kind", ""), request.args.get("state", "")
    with runtime().reading() as session:
        found = [
            stored
            for stored in stored_entries(session)
            if _has_word(stored.entry, words) and kind in {"", stored.entry.kind}
            if _is_in(stored, state)
        ]
    found.sort(key=lambda stored: fold(stored.entry.word(locale)))
    paging = Paging(page_number(), PER_PAGE)
    return render_template(
        "curation/thesaurus.html",
        entries=found[paging.offset : paging.offset + PER_PAGE],
        total=len(found),
        pages=pages_of(len(found), PER_PAGE),
        words=words,
        kind=kind,
        kinds=[("", tell(msg("All"))), *((code, kind_label(code)) for code in KINDS)],
        state=state,
        states=[(code, tell(label)) for code, label in STATES.items()],
        kind_label=kind_label,
    )


def new_entry() -> BaseResponse:
    """A form for another entry; the report of searches fills in the word."""
    if request.method == "POST":
        return _posted(None)
    given = {locale.value: request.args.get(locale.value, "")[:QUERY_LIMIT] for locale in Locale}
    return _answer(EntryPage(None, {**EMPTY, **given}, ""))


def entry(code: str) -> BaseResponse:
    """One entry in its form."""
    with runtime().reading() as session:
        stored = stored_entry(session, code)
    if request.method == "POST":
        return _posted(stored)
    return _answer(EntryPage(stored, fields_of(stored.entry), stored.mark))


def remove(code: str) -> BaseResponse:
    """What would be found no more, and the button."""
    with runtime().reading() as session:
        stored = stored_entry(session, code)
    if request.method == "POST":
        with runtime().begin() as work:
            remove_entry(work, current_actor(), code, read_form("mark")["mark"])
        return redirect(url_for("curation.thesaurus", done="entry-removed"), SEE_OTHER)
    effects = _effects(stored.entry, None)
    page = EntryPage(stored, EMPTY, stored.mark, effects=effects, has_no_index=effects is None)
    return make_response(render_template("curation/remove.html", page=page))


def _posted(stored: StoredEntry | None) -> BaseResponse:
    """Save what was typed, or show what it would do."""
    form = read_form(*FIELDS, "mark", "do", "query")
    fields = {name: form[name] for name in FIELDS}
    code = stored.entry.id if stored else None
    page = EntryPage(stored, fields, form["mark"], query=form["query"][:QUERY_LIMIT])
    try:
        if form["do"] == "preview":
            changed = entry_of(code or NOT_YET, fields)
            effects = _effects(changed, changed, page.query)
            return _answer(replace(page, effects=effects, has_no_index=effects is None))
        with runtime().begin() as work:
            saved = save_entry(work, current_actor(), code, form["mark"], fields)
    except Invalid as error:
        return _answer(replace(page, problems=told(error.problems)), error.status)
    except Conflict as error:
        return _answer(_with_stored(page, tell(error.message)), error.status)
    return redirect(url_for("curation.entry", code=saved, done="entry-saved"), SEE_OTHER)


def _with_stored(page: EntryPage, message: str) -> EntryPage:
    """The same beside what somebody else has stored: only who sees both may write over it."""
    if page.stored is None:  # nobody else can have changed what is not there yet
        return replace(page, conflict=message)
    with runtime().reading() as session:
        now = stored_entry(session, page.stored.entry.id)
    return replace(page, stored=now, mark=now.mark, conflict=message)


def _effects(
    tried: GlossaryEntry, changed: GlossaryEntry | None, typed: str = ""
) -> tuple[Effect, ...] | None:
    """What searches for the words of an entry find without the change and with it."""
    kb = runtime()
    with kb.reading() as session:
        vocabularies = kb.vocabularies.get(session)
        glossary = load_glossary(session)
        before = kb.thesaurus.get(session)
        after = thesaurus_of(with_entry(glossary, tried.id, changed), vocabularies)
        comparison = Comparison(session, kb.index, vocabularies, current_locale())
        return ask_index(lambda: comparison.effects(queries_of(tried, typed), before, after))


def _answer(page: EntryPage, status: int = 200) -> Response:
    return make_response(render_template("curation/entry.html", page=page), status)


def _has_word(entry: GlossaryEntry, words: str) -> bool:
    wanted = fold(words)
    return any(
        wanted in fold(word) for word in (entry.fr, entry.en, *entry.local, *entry.synonyms)
    )


def _is_in(stored: StoredEntry, state: str) -> bool:
    if state == "removed":
        return stored.is_removed
    return not stored.is_removed and (state != "edited" or stored.edited_at is not None)
