"""Promise 13 in a real browser: nothing typed runs, nothing is fetched from outside."""

from urllib.parse import quote

from playwright.sync_api import BrowserContext
import pytest

ATTACKS = [
    "<script>document.title='taken'</script>",
    '"><img src=x onerror="document.title=\'taken\'">',
    "<svg onload=document.title='taken'>",
    "' onfocus=document.title='taken' autofocus '",
    "</title><script>document.title='taken'</script>",
    "<iframe src=javascript:parent.document.title='taken'>",
    "<link rel=stylesheet href=http://127.0.0.1:9/x.css>",
    "<img src=http://127.0.0.1:9/pixel.png>",
    "<base href=http://127.0.0.1:9/>",
    "<meta http-equiv=refresh content=0;url=http://127.0.0.1:9/>",
    "javascript:document.title='taken'",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_search_box(examiner: BrowserContext, site: str, attack):
    page = examiner.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    page.goto(f"/fr/practices?q={quote(attack)}&theme={quote(attack)}")
    page.wait_for_load_state("networkidle")
    assert page.title() != "taken"
    assert page.title().endswith("Palabre")
    assert all(address.startswith(f"{site}/") for address in asked)
    assert complaints == []
    page.close()


def test_a_whole_visit_makes_no_complaint(examiner: BrowserContext, site: str):
    page = examiner.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for path in ("/", "/practices?q=puits", "/practices/case-de-la-paix-gao", "/glossary"):
        for lang in ("fr", "en"):
            page.goto(f"/{lang}{path}", wait_until="networkidle")
    assert complaints == []
    assert examiner.cookies() == []
    stored = "() => localStorage.length + sessionStorage.length"
    assert page.evaluate(stored) == 0
