"""Nothing overlaps or scrolls sideways, whatever the texts are like, and however few there are."""

from collections.abc import Iterator
from contextlib import contextmanager
import threading

from playwright.sync_api import Browser, Page
import pytest
from werkzeug.serving import make_server

from kb.app import create_app
from kb.practices.lifecycle import State
from kb.runtime import Runtime
from kb.wiring import build_runtime
from tests.conftest import FrozenClock, make_settings
from tests.make import TERMS, make_content, make_revision, make_text, make_vocabularies, quick
from tests.shortcuts import migrate

LONG_WORD = "anticonstitutionnellement" * 8
RIGHT_TO_LEFT = "الصلح بين القبائل في منطقة ليبتاكو غورما هو طريقة قديمة لحل النزاعات"
TIFINAGH = "ⵜⵉⴼⵉⵏⴰⵖ ⵜⴰⵎⴰⵣⵉⵖⵜ ⴰⵙⵍⵓⵎⵎⵓ " * 6
TABLE = "| a | b | c |\n|---|---|---|\n" + f"| {LONG_WORD} | {'x' * 90} | {'y' * 90} |\n"
PATHS = ("/", "/practices", "/practices?q=odd", "/practices/odd", "/map", "/suggest?q=ant")
# Elements that reach out of the page; what is cut off or scrolls by itself does not.
OUTSIDE = """() => {
    const width = document.documentElement.clientWidth;
    const scrolls = e => e && (getComputedStyle(e).overflowX !== 'visible'
        || scrolls(e.parentElement));
    return [...document.body.querySelectorAll('*')].filter(e => {
        const box = e.getBoundingClientRect();
        return box.width > 1 && (box.right > width + 1 || box.left < -1)
            && !scrolls(e.parentElement) && getComputedStyle(e).position !== 'absolute';
    }).map(e => e.outerHTML.slice(0, 120));
}"""
# Lines of text that lie on others.
OVERLAPS = """() => {
    const lines = [...document.querySelectorAll(
            'main h1, main h2, main h3, main p, main dt, main dd')]
        .filter(e => e.offsetParent && e.textContent.trim() && !e.closest('details:not([open])')
                     && !e.classList.contains('vh'))
        .map(e => [e, e.getBoundingClientRect()]);
    return lines.flatMap(([e, a], i) => lines.slice(i + 1).filter(([other, b]) =>
        !e.contains(other) && Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2
        && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2)
        .map(([other]) => [e.outerHTML.slice(0, 80), other.outerHTML.slice(0, 80)]));
}"""


def odd_text() -> dict:
    text = make_text(
        "odd",
        title="Un titre sans fin " * 16,
        summary=f"{RIGHT_TO_LEFT} {LONG_WORD} {TIFINAGH}"[:590],
        local_name=TIFINAGH[:150],
        places=[f"Lieu {number} {'z' * 60}" for number in range(30)],
        communities=[RIGHT_TO_LEFT, LONG_WORD, *(f"Communauté {n}" for n in range(60))],
    )
    text["sections"] |= {
        "context": f"{LONG_WORD} [S1]\n\n{RIGHT_TO_LEFT}\n\n{TABLE}\n\n`{'c' * 300}`",
        "results": f"- {TIFINAGH}\n- https://example.org/{'p' * 180}\n\n![image](/media/none.png)",
    }
    return text


@contextmanager
def served(runtime: Runtime) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, create_app(runtime), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module", params=["odd", "nothing"])
def address(request, tmp_path_factory, renderer) -> Iterator[str]:
    """A site with one odd practice, and one without any."""
    settings = make_settings(tmp_path_factory.mktemp("odd"))
    runtime = quick(build_runtime(settings, clock=FrozenClock(), renderer=renderer))
    migrate(runtime.engine)
    with runtime.begin() as work:
        make_vocabularies(work)
        if request.param == "odd":
            every = {"themes": TERMS["themes"], "actor_types": TERMS["actor_types"]}
            content = make_content("odd", texts={"fr": odd_text()}, **every)
            make_revision(work, State.PUBLISHED, content)
    with served(runtime) as url:
        yield url
    runtime.close()


@pytest.mark.parametrize("width", [320, 768, 1280])
def test_nothing_overlaps_or_reaches_out(browser: Browser, address: str, width: int) -> None:
    context = browser.new_context(base_url=address, viewport={"width": width, "height": 800})
    page: Page = context.new_page()
    for path in PATHS:
        answer = page.goto(f"/fr{path}")
        assert answer is not None
        assert answer.status < 500
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width, path
        assert page.evaluate(OUTSIDE) == [], path
        assert page.evaluate(OVERLAPS) == [], path
    context.close()
