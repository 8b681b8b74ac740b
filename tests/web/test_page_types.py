"""No page is forgotten by what looks at all of them: screenshots, axe, the HTML checker."""

from collections import Counter, defaultdict
from urllib.parse import urlsplit

from flask import Flask

from kb.web.access import ACCESS
from tests.browser.page_types import ALL, EMPTY, FURNISHED, NO_PAGES, READING, PageType

# Where this fails for a page that is new: add it to `tests/browser/page_types.py`.


def endpoint_of(app: Flask, page: PageType) -> str:
    path = urlsplit(page.address("fr", defaultdict(lambda: "1"))).path
    return str(app.url_map.bind("").match(path)[0])


def test_every_page_is_in_a_list(app: Flask):
    asked_for = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint in ACCESS and "GET" in (rule.methods or ())
    }
    shown = {endpoint_of(app, page) for page in ALL if page.path != "/nothing"}
    assert shown & set(NO_PAGES) == set()
    assert shown | set(NO_PAGES) == asked_for


def test_each_page_has_a_picture_of_its_own():
    names = Counter((page.who, page.name) for page in (*READING, *FURNISHED))
    assert [name for name, count in names.items() if count > 1] == []
    assert len({(page.who, page.name) for page in EMPTY}) == len(EMPTY)
