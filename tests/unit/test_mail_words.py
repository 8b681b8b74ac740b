"""Every mail there is, in both languages: plain words, no names, the right page."""

import re

import pytest

from kb.accounts.permissions import Role
from kb.core.language import Locale
from kb.events.types import EventType
from kb.notifications.recipients import NOBODY, RECIPIENTS
from kb.notifications.wishes import ALWAYS_AT_ONCE
from kb.notifications.words import (
    COUNTED,
    SENTENCES,
    WARNS,
    Words,
    counted,
    digest,
    invitation,
    notification,
    password_reset,
    sentence,
)

SITE = "https://palabre.example"
TOLD = [kind for kind, circles in RECIPIENTS.items() if circles is not NOBODY]
PLAIN = re.compile(r"[\w\s.,:;?!()’“”«»\u00a0\u202f/@=%<>-]*")
# What must stand before double punctuation in French, and inside its quotation marks.
NARROW, FULL = "\u202f", "\u00a0"


def every_mail(locale: Locale) -> dict[str, Words]:
    found = {kind.value: notification(locale, kind, SITE) for kind in TOLD}
    lines = [(kind.value, is_to_do, 3) for kind in COUNTED for is_to_do in (True, False)]
    found["digest"] = digest(locale, lines, SITE)
    found["short digest"] = digest(locale, [("of.tomorrow", False, 1)], SITE)
    found["invitation"] = invitation(locale, f"{SITE}/{locale}/password/token")
    found["reset"] = password_reset(locale, f"{SITE}/{locale}/password/token")
    return found


ALL = [(locale, name) for locale in Locale for name in every_mail(locale)]


@pytest.mark.parametrize(("locale", "name"), ALL)
def test_a_mail_is_plain_text_that_leads_to_the_right_page(locale: Locale, name: str):
    mail = every_mail(locale)[name]
    text = f"{mail.subject}\n{mail.body}"
    print(f"----- {locale} {name}\n{text}")
    assert mail.body.endswith("\n")
    assert "\n\n\n" not in mail.body
    assert "\n" not in mail.subject
    assert len(mail.subject) <= 60
    # Nothing that was to be filled in, no markup.
    assert not re.search(r"%\(|%s|\{|\}|<|>|None", text)
    assert PLAIN.fullmatch(text), PLAIN.sub("", text)
    addresses = [line for line in mail.body.splitlines() if line.startswith("http")]
    assert all(line.startswith(f"{SITE}/{locale}/") for line in addresses)
    # Addresses stand alone, so that every mail program makes them links.
    assert mail.body.count("http") == len(addresses)
    pages = [line.removeprefix(f"{SITE}/{locale}/") for line in addresses]
    if name in {"invitation", "reset"}:
        assert pages == ["password/token"]
    elif name in {kind.value for kind in WARNS}:
        assert pages == ["notifications", "password", "account"]
    else:
        assert pages == ["notifications", "account"]


@pytest.mark.parametrize("name", list(every_mail(Locale.FR)))
def test_french_typography(name: str):
    mail = every_mail(Locale.FR)[name]
    for line in [mail.subject, *mail.body.splitlines()]:
        if line.startswith("http"):
            continue
        assert not re.search(rf"[^{FULL}]:", line), line
        assert not re.search(rf"[^{NARROW}][;?!]", line), line
        assert not re.search(rf"«[^{FULL}]|[^{FULL}]»", line), line
        assert "'" not in line


def test_no_sentence_is_the_same_in_both_languages():
    french, english = every_mail(Locale.FR), every_mail(Locale.EN)
    for name, mail in english.items():
        common = set(mail.body.splitlines()) & set(french[name].body.splitlines())
        assert common <= {""}, name


def test_each_event_has_its_sentence_and_in_a_digest_its_line():
    assert set(SENTENCES) == set(TOLD)
    assert set(COUNTED) == set(TOLD) - ALWAYS_AT_ONCE
    for words in (SENTENCES, COUNTED):
        assert len({str(message.text) for message in words.values()}) == len(words)
    assert str(sentence("of.tomorrow")) == "Something happened."
    assert str(counted("of.tomorrow", 2)) == "Other news: 2"


def test_only_danger_is_urgent():
    urgent = {
        name
        for name, mail in every_mail(Locale.EN).items()
        if "urgent" in f"{mail.subject} {mail.body}".lower()
    }
    assert urgent == {EventType.DANGER_REPORTED.value}
    assert Role.SAFEGUARD
