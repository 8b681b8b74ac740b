"""The style guide is there in a demonstration and nowhere else."""

from flask.testing import FlaskClient
import pytest

from kb.app import create_app
from kb.operations.installation import DEMO
from kb.operations.models import SiteFact
from kb.runtime import Runtime
from tests.web.html import parse

STACKED = {"aria-labelledby": "stacked"}


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_not_where_people_read(client: FlaskClient, lang: str) -> None:
    missing = client.get(f"/{lang}/nothing-at-all")
    found = client.get(f"/{lang}/styleguide")
    assert (found.status_code, missing.status_code) == (404, 404)
    assert "Sample" not in found.text
    assert "/styleguide" not in client.get("/sitemap.xml").text


def test_shows_every_part_in_a_demonstration(content_runtime: Runtime) -> None:
    with content_runtime.begin() as work:
        work.session.add(SiteFact(name=DEMO, value="yes"))
    answer = create_app(content_runtime).test_client().get("/en/styleguide")
    assert answer.status_code == 200
    page = parse(answer.text)
    headings = [heading.attributes["id"] for heading in page.all("h2")]
    assert headings == [
        *("colours", "letters", "notes", "searching", "forms"),
        *("timeline", "stacked", "lines", "map"),
    ]
    assert len(page.all("li", class_="card")) == 3
    assert len(page.all("polyline")) == 4
    rows = [
        [cell.text for cell in row.all("td")] for row in page.one("table", **STACKED).all("tr")
    ]
    assert rows[1:] == [["4", "2", "0", "6"], ["3", "5", "1", "9"], ["1", "4", "6", "11"]]
