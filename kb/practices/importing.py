"""A filled template brought into a draft: the empty is filled, the rest is asked about."""

from collections.abc import Mapping
from dataclasses import dataclass

from kb.accounts.permissions import Actor
from kb.core.language import Locale, translate
from kb.core.messages import Message, msg
from kb.core.unit_of_work import UnitOfWork
from kb.practices.draft import DEFAULTS, LISTS, SOURCE_FIELDS, Fields, Part, numbered_sources
from kb.practices.draft_queries import own_revision
from kb.practices.draft_service import Opened, refuse_unknown, save_part, shown
from kb.practices.exchange import Filled, chosen_terms, source_lines, source_rows
from kb.practices.models import Revision
from kb.practices.notes import LONGEST, add_note
from kb.vocabularies.catalogue import Vocabularies

# What a file can say about the practice, by terms.
TERMS = (*LISTS[:4], "origin", "maturity", "evidence", "method")
_REST = msg("From a file that was brought in; the form has no place for this:")
_IMAGES = msg("Images in the file, which were not taken: %(number)s. Add them as files.")


@dataclass(frozen=True, slots=True)
class BroughtIn:
    """The draft afterwards; `both` is the text of the file where the draft has another one."""

    revision: Revision
    part: Part
    both: Fields | None
    has_rest: bool


def bring_in(
    work: UnitOfWork,
    actor: Actor,
    revision_id: int,
    filled: Filled,
    vocabularies: Vocabularies,
    images: int = 0,
) -> BroughtIn:
    """Fill what is empty; what has no place is kept as a note for the desk and the authors."""
    revision = own_revision(work.session, actor, revision_id, lock=True)
    rest = list(filled.strays)
    part = Part(filled.locale.value)
    text = _text(revision, part, filled.texts)
    refuse_unknown(text, vocabularies)
    stored = shown(part, revision)
    free = {
        name: words if not stored.get(name) else stored.get(name)
        for name, words in text.values.items()
    }
    _save(work, actor, revision, part, Fields(free, {}))
    about, strays = _about(revision, filled, vocabularies)
    rest += strays
    _save(work, actor, revision, Part.ABOUT, about)
    sources, strays = _sources(revision, filled.texts.get("sources", ""))
    refuse_unknown(sources, vocabularies)
    rest += strays
    _save(work, actor, revision, Part.SOURCES, sources)
    _keep(work, actor, revision, rest, images)
    is_same = all(words == free[name] for name, words in text.values.items())
    return BroughtIn(revision, part, None if is_same else text, bool(rest or images))


def _save(work: UnitOfWork, actor: Actor, revision: Revision, part: Part, fields: Fields) -> None:
    if fields != shown(part, revision):
        save_part(work, actor, revision.id, Opened(revision.lock_number), part, fields)


def _text(revision: Revision, part: Part, texts: Mapping[str, str]) -> Fields:
    """The text of the draft, with that of the file in its place where there is one."""
    stored = shown(part, revision)
    values = {name: texts.get(name) or words for name, words in stored.values.items()}
    return Fields(values, {})


def _about(
    revision: Revision, filled: Filled, vocabularies: Vocabularies
) -> tuple[Fields, list[tuple[str, str]]]:
    """The facts, where the draft says nothing yet; what it says otherwise is handed back."""
    stored = shown(Part.ABOUT, revision)
    values, lists, strays = dict(stored.values), dict(stored.lists), list[tuple[str, str]]()
    for name in TERMS:
        if name not in filled.texts:
            continue
        codes, unknown = chosen_terms(filled.texts[name], terms_of(name, filled, vocabularies))
        now = lists.get(name, ()) or tuple(filter(None, [values.get(name, "")]))
        is_free = not now or now == (DEFAULTS.get(name),) or set(now) == set(codes)
        if codes and is_free and (name in LISTS or len(codes) == 1):
            if name in LISTS:
                lists[name] = codes
            else:
                values[name] = codes[0]
        elif codes:
            unknown = filled.texts[name].split("\n")
        if unknown:
            strays.append((filled.headings[name], "\n".join(unknown)))
    return Fields(values, lists), strays


def terms_of(name: str, filled: Filled, vocabularies: Vocabularies) -> dict[str, str]:
    """The terms of a field by their name in the file's language."""
    vocabulary = vocabularies.by_name.get(_vocabulary(name))
    terms = vocabulary.terms if vocabulary else ()
    return {term.label[filled.locale]: term.code for term in terms}


def _vocabulary(name: str) -> str:
    plural = {"origin": "origins", "maturity": "maturities", "method": "methods"}
    return plural.get(name, name)


def _sources(revision: Revision, text: str) -> tuple[Fields, list[tuple[str, str]]]:
    """The sources whose number is free; another source of the same number is handed back."""
    rows, lines = source_rows(text)
    known = numbered_sources(revision.working_copy)
    values = dict(shown(Part.SOURCES, revision).values)
    for number, row in rows.items():
        is_same = all(row.get(n, "") == known.get(number, {}).get(n, "") for n in SOURCE_FIELDS)
        if number in known and not is_same:
            lines.append(source_lines({number: row}))
        elif number not in known:
            values |= {f"source_{number}_{name}": row.get(name, "") for name in SOURCE_FIELDS}
    strays = [("Sources", "\n".join(lines))] if lines else []
    return Fields(values, {}), strays


def _keep(
    work: UnitOfWork,
    actor: Actor,
    revision: Revision,
    rest: list[tuple[str, str]],
    images: int,
) -> None:
    """Notes with all that has no place, as many as it takes."""
    if not rest and not images:
        return
    locale = Locale(revision.working_copy.get("original_language", Locale.FR))
    blocks = [f"## {heading}\n\n{words}" if heading else words for heading, words in rest]
    said: list[Message] = [_REST] if rest else []
    if images:
        said.append(msg(_IMAGES.text, number=images))
    text = "\n\n".join([*(translate(locale, each) for each in said), *blocks])
    for start in range(0, len(text), LONGEST):
        if text[start : start + LONGEST].strip():
            add_note(work, actor, revision.practice_id, text[start : start + LONGEST])
