"""Which original a translation corresponds to, and what changed there since. Pure.

A basis is `{language: {"is_current": bool, "original": {field: text}}}`: whether the translator
said that the translation is up to date, and the original they had before their eyes. It is kept
beside the working copy and never published. Imported texts have none until something changes.
"""

from collections.abc import Mapping
from typing import Any

from kb.core.language import Locale
from kb.practices.diff import TEXT_LISTS, Piece, compare
from kb.practices.draft import Part, shown

CURRENT, STALE, ORIGINAL, MISSING = "up-to-date", "stale", "original", "missing"
Bases = Mapping[str, Any]


def original_fields(copy: Mapping[str, Any]) -> dict[str, str]:
    """What there is to translate: the words of the text in the original language."""
    fields = shown(Part(_original(copy).value), copy).values
    return {name: words for name, words in fields.items() if words and name != "translation"}


def followed(
    before: Mapping[str, Any], after: Mapping[str, Any], bases: Bases, part: Part
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The copy after a part was saved, with the status that is true now, and the new bases.

    Who saves the translation says in it whether it is up to date; a change of the original makes
    it stale by itself, and taking the change back makes it good again.
    """
    original = _original(after)
    locale = original.other.value
    if _original(before) is not original or locale not in after["texts"]:
        return dict(after), {}
    was, said = status_of(before, locale), status_of(after, locale)
    if said == ORIGINAL:
        return dict(after), {}
    basis = bases.get(locale)
    if part is Part(locale):
        basis = _told(basis, was, said, original_fields(before))
    elif basis is None and was == CURRENT:
        # Somebody said so where no basis was kept: it was true until now.
        basis = {"is_current": True, "original": original_fields(before)}
    if basis is None:
        return dict(after), {}
    is_true = basis["is_current"] and basis["original"] == original_fields(after)
    statuses = {**after["translations"], locale: CURRENT if is_true else STALE}
    return {**after, "translations": statuses}, {locale: basis}


def status_of(copy: Mapping[str, Any], locale: str) -> str:
    """original, up-to-date, stale or missing."""
    statuses = copy.get("translations") or {}
    return str(statuses.get(locale, MISSING)) if locale in copy.get("texts", {}) else MISSING


def statuses_of(copy: Mapping[str, Any]) -> dict[Locale, str]:
    """The status of each language, the original first."""
    original = _original(copy)
    return {locale: status_of(copy, locale.value) for locale in (original, original.other)}


def changed_since(copy: Mapping[str, Any], bases: Bases) -> dict[str, tuple[Piece, ...]]:
    """The fields of the original that changed since the translation was last up to date."""
    basis = bases.get(_original(copy).other.value)
    if basis is None:
        return {}
    before, now = basis["original"], original_fields(copy)
    return {
        name: compare(before.get(name, ""), now.get(name, ""), is_list=name in TEXT_LISTS)
        for name in dict.fromkeys((*now, *before))
        if before.get(name, "") != now.get(name, "")
    }


def _told(
    basis: Mapping[str, Any] | None, was: str, said: str, original: dict[str, str]
) -> Mapping[str, Any] | None:
    """The basis after the translator has spoken."""
    if said == CURRENT:
        return {"is_current": True, "original": original}
    if was == STALE:  # still not: what it corresponds to is what it was
        return basis
    known = original if basis is None else basis["original"]
    return {"is_current": False, "original": known}


def _original(copy: Mapping[str, Any]) -> Locale:
    chosen = copy.get("original_language")
    return Locale(chosen) if chosen in set(Locale) else Locale.FR
