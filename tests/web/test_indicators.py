"""Figures: what everybody sees, what editors see, and what they take along."""

import csv
from datetime import UTC, date, datetime, timedelta
import io
from itertools import count

from openpyxl import load_workbook
import pytest
from sqlalchemy import select

from kb.accounts.administration import save_organisation
from kb.accounts.models import Organisation, OrganisationType
from kb.accounts.permissions import OPERATOR, Role
from kb.adoption.models import Adoption, AdoptionStage, FollowUp
from kb.adoption.stages import Stage
from kb.adoption.written import Led, Shown
from kb.core.unit_of_work import UnitOfWork
from kb.indicators.definitions import INDICATORS
from kb.indicators.export import harmless
from kb.indicators.periods import Quarter
from kb.indicators.published import PublicFigures
from kb.practices.lifecycle import State
from kb.practices.models import Practice, Revision
from kb.vocabularies.catalogue import Vocabularies
from kb.wiring import build_runtime
from tests.conftest import FrozenClock, make_settings
from tests.fakes import memory_indexes
from tests.make import make_content, make_revision, make_user, quick
from tests.shortcuts import migrate
from tests.web.desk import Browser, Desk

_numbers = count(1)


def adopt(
    work: UnitOfWork,
    revision: Revision,
    kind: OrganisationType,
    *,
    country: str = "ML",
    is_demo: bool = False,
) -> None:
    """A unit of its own adopts a practice now, and has done its first follow-up."""
    now = work.clock.now()
    person = make_user(work).user_id or 0
    house = Organisation(name=f"Unit {next(_numbers)}", type=kind, country=country)
    work.session.add(house)
    work.session.flush()
    adoption = Adoption(
        practice_id=revision.practice_id,
        revision_id=revision.id,
        organisation_id=house.id,
        shown=Shown.AGGREGATE,
        stage=Stage.ADOPTED,
        stage_on=now.date(),
        women_led=Led.YES,
        youth_led=Led.UNKNOWN,
        recorded_by_id=person,
        recorded_at=now,
        is_demo=is_demo,
    )
    work.session.add(adoption)
    work.session.flush()
    work.session.add_all(
        [
            AdoptionStage(
                adoption_id=adoption.id,
                stage=Stage.ADOPTED,
                reached_on=now.date(),
                recorded_by_id=person,
                recorded_at=now,
            ),
            FollowUp(adoption_id=adoption.id, month=3, due_on=now.date() - timedelta(days=40)),
        ]
    )


@pytest.fixture(scope="module")
def ticking():
    return FrozenClock()


@pytest.fixture
def clock(ticking):
    """The clock of the one site of this module, back at its first day."""
    ticking.time = FrozenClock().time
    return ticking


@pytest.fixture(scope="module")
def built(tmp_path_factory, renderer, ticking):
    settings = make_settings(tmp_path_factory.mktemp("figures"))
    runtime = quick(
        build_runtime(settings, clock=ticking, renderer=renderer, indexes=memory_indexes())
    )
    migrate(runtime.engine)
    yield furnish(Desk(runtime))
    runtime.close()


@pytest.fixture
def desk(built, clock):
    return built


def furnish(desk: Desk) -> Desk:
    """Two practices for everybody and others, adopted in the first quarter of 2026."""
    with desk.runtime.begin() as work:
        content = make_content("ouverte", countries=["NE"], sdg_targets=["16.1"])
        shown, _ = make_revision(work, State.PUBLISHED, content)
        make_revision(work, State.PUBLISHED, make_content("autre", themes=["reconciliation"]))
        hidden = make_content("secrete", visibility="restricted", themes=["reconciliation"])
        make_revision(work, State.PUBLISHED, hidden)
        make_revision(work, State.SUBMITTED)
        make_revision(work, State.DRAFT)
        for kind, many in (
            (OrganisationType.POLICE, 5),
            (OrganisationType.MUNICIPALITY, 4),
            (OrganisationType.MILITARY, 3),
            (OrganisationType.GENDARMERIE, 1),
        ):
            for _ in range(many):
                adopt(work, shown, kind)
        adopt(work, shown, OrganisationType.CIVIL_SOCIETY, country="NE", is_demo=True)
    return desk


def editor_of(desk: Desk) -> Browser:
    with desk.runtime.begin() as work:
        editor = make_user(work, Role.EDITOR)
    return desk.browser(editor)


def lines_of(page, heading):
    table = next(t for t in page.all("table") if t.attributes["aria-labelledby"] == heading)
    return {row.one("th").text: row.one("td").text for row in table.one("tbody").all("tr")}


def test_nothing_is_told_of_a_quarter_that_is_not_over(desk, clock):
    visitor = desk.app.test_client(use_cookies=False)
    for address in ("2026-q1", "2026-q2", "2025-q4", "2026-q5", "dashboards", "2026-Q1"):
        assert visitor.get(f"/fr/indicators/{address}").status_code == 404
    page = visitor.get("/en/indicators").text
    assert "None is yet" in page
    clock.time = datetime(2026, 4, 1, tzinfo=UTC)
    assert visitor.get("/fr/indicators/2026-q1").status_code == 200
    assert visitor.get("/fr/indicators/2026-q2").status_code == 404


def test_the_page_for_everybody(desk, clock):
    clock.time = datetime(2026, 5, 2, tzinfo=UTC)
    browser = Browser(desk.app.test_client(), "")
    page = browser.get("/en/indicators")
    assert page.one("main").one("p", class_="lead").text == "Q1 2026"
    assert "2 practices that everybody can read" in page.text
    assert lines_of(page, "by-country") == {"NE en": "1", "ML en": "1"}
    assert lines_of(page, "by-theme") == {"land-tenure en": "1", "reconciliation en": "1"}
    told = lines_of(page, "adoptions-type")
    # One and three times none: with 13, 5, 4 and 3 shown they would be known to be one.
    assert told == {
        "military": "…",
        "police": "5",
        "gendarmerie": "<3",
        "civil-administration": "<3",
        "municipality": "…",
        "training-institution": "<3",
        "civil-society": "<3",
        "Total": "13",
    }
    # All of them lead: with 13 shown, nobody else could be among them.
    assert lines_of(page, "adoptions-women") == {
        "they lead": "…",
        "they do not lead": "<3",
        "not told": "<3",
        "Total": "13",
    }


def test_editors_see_everything_and_what_is_behind_it(desk):
    editor = editor_of(desk)
    page = editor.get("/en/indicators/dashboard")
    entries = lines_of(page, "entries")
    assert list(entries.values()) == ["5", "4", "3", "2 of 3", "1 of 3", "2 of 3", "1 of 3"]
    for link in page.one("main").links():
        if "/rows?" in link:
            editor.get(link)
    rows = editor.get("/en/indicators/adoptions-by-stage/rows?of=police")
    assert rows.all("h2")[0].text == "Rows: 5"
    assert len(rows.one("tbody").all("tr")) == 5
    themed = editor.get("/en/indicators/themes-covered/rows?of=reconciliation")
    assert [th.text for th in themed.one("tbody").all("th")] == ["Titre autre", "Titre secrete"]


def test_filters_narrow_what_is_counted(desk):
    page = editor_of(desk).get("/en/indicators/dashboard?country=NE&theme=land-tenure")
    assert list(lines_of(page, "entries").values())[:3] == ["1", "1", "1"]
    assert "NE en" in page.one("main").one("p", class_="lead").text


@pytest.mark.parametrize(
    ("query", "field", "sentence"),
    [
        ("from=yesterday", "from", "is not a date like 2026-03-31"),
        ("from=2026-02-30", "from", "is not a date like 2026-03-31"),
        ("from=20260101", "from", "is not a date like 2026-03-31"),
        ("from=0001-01-01", "from", "is not between 2020 and 2999"),
        ("from=2026-02-01&to=2026-01-01", "to", "is before the first day"),
        ("from=2020-01-01&to=2999-01-01", "from", "is more than ten years before the last day"),
        ("country=XX", "country", "is not in the list"),
        ("theme=%00", "theme", "is not in the list"),
        ("to=2026-01-01&to=2026-01-02", "to", "is not a date like 2026-03-31"),
    ],
)
def test_wrong_filters_are_told_in_one_sentence(desk, query, field, sentence):
    editor = editor_of(desk)
    page = editor.get(f"/en/indicators/dashboard?{query}", 422)
    assert [p.text for p in page.all("p", class_="wrong")] == [sentence]
    assert page.one("p", class_="wrong").attributes["id"] == f"wrong-{field}"
    for other in ("practices-published/rows", "report", "dashboard.csv"):
        editor.get(f"/en/indicators/{other}?{query}", 422)


def test_of_a_draft_that_was_never_submitted_editors_learn_no_title(desk):
    """Its address is made of its title: the desk reads what was submitted and nothing before."""
    with desk.runtime.reading() as session:
        query = select(Practice.slug).join(Revision, Revision.practice_id == Practice.id)
        (draft,) = session.scalars(query.where(Revision.version_id.is_(None)))
        every = session.query(Practice).count()
    page = editor_of(desk).get("/en/indicators/practices-identified/rows")
    assert page.all("h2")[0].text == f"Rows: {every}"
    assert [row.one("th").text for row in page.one("tbody").all("tr")].count(
        "A practice that you cannot read now"
    ) == 1
    answer = editor_of(desk).client.get("/en/indicators/practices-identified/rows")
    assert draft not in answer.text


def test_rows_of_nothing_there_is(desk):
    editor = editor_of(desk)
    for address in (
        "nothing/rows",
        "practices-published/rows?of=ML",
        "themes-covered/rows?of=nothing",
        "dashboard.pdf",
    ):
        editor.get(f"/en/indicators/{address}", 404)


def test_files_have_the_numbers_of_the_page(desk):
    editor = editor_of(desk)
    answer = editor.client.get("/en/indicators/dashboard.csv?from=2026-01-01&to=2026-03-31")
    assert answer.headers["Content-Disposition"].startswith(
        "attachment; filename=palabre-2026-01-01-2026-03-31.csv"
    )
    assert answer.headers["Cache-Control"] == "no-store"
    lines = list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    assert lines[0] == ["Period", "2026-01-01", "2026-03-31"]
    whole = {line[0]: line[4] for line in lines[2:] if line[2] == ""}
    assert list(whole) == [indicator.key.value for indicator in INDICATORS]
    assert (whole["practices-identified"], whole["adoptions-by-stage"]) == ("5", "13")
    book = load_workbook(
        io.BytesIO(editor.client.get("/en/indicators/dashboard.xlsx?to=2026-03-31").data)
    )
    assert book.sheetnames == ["Indicators", "Adoptions by stage"]
    stages = [[cell.value for cell in row] for row in book["Adoptions by stage"].iter_rows()]
    assert sorted(row[3] for row in stages[1:]) == [1, 3, 4, 5]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_begins_like_a_formula(start):
    assert str(harmless(f"{start}1+1")).startswith("'")
    assert harmless("1=1") == "1=1"
    assert harmless(-1) == -1


def test_the_report(desk):
    page = editor_of(desk).get("/en/indicators/report?from=2026-01-01&to=2026-03-31")
    assert "From 1 January 2026 to 31 March 2026." in page.text
    assert lines_of(page, "adoption")["Practices adopted"] == "1 of 3 (33%)"


def test_made_up_adoptions_do_not_count_for_real(desk):
    rows = editor_of(desk).get("/en/indicators/adoptions-recorded/rows")
    assert rows.all("h2")[0].text == "Rows: 13"


def test_today_is_the_last_day_where_none_is_given(desk):
    page = editor_of(desk).get("/en/indicators/dashboard")
    assert "From 1 April 2024 to 1 March 2026." in page.one("main").text
    assert date(2026, 3, 1) == desk.runtime.clock.now().date()


def test_the_page_for_everybody_is_the_same_until_something_changes(desk, clock):
    clock.time = datetime(2026, 5, 2, tzinfo=UTC)
    visitor = desk.app.test_client()
    first = visitor.get("/fr/indicators")
    assert "Set-Cookie" not in first.headers
    tag = {"If-None-Match": first.headers["ETag"]}
    assert visitor.get("/fr/indicators", headers=tag).status_code == 304
    with desk.runtime.begin() as work:
        make_revision(work, State.IN_REVIEW)
        restricted = make_content("cachee", visibility="restricted")
        revision, _ = make_revision(work, State.PUBLISHED, restricted)
        adopt(work, revision, OrganisationType.POLICE)
    assert visitor.get("/fr/indicators", headers=tag).status_code == 304


def test_the_page_for_everybody_follows_what_is_put_right(desk, clock):
    clock.time = datetime(2026, 5, 2, tzinfo=UTC)
    browser = Browser(desk.app.test_client(), "")

    def police() -> str:
        return lines_of(browser.get("/en/indicators"), "adoptions-type")["police"]

    def put_right(before: OrganisationType, after: OrganisationType) -> None:
        with desk.runtime.begin() as work:
            query = select(Organisation).where(Organisation.type == before)
            house = work.session.scalars(query.order_by(Organisation.id)).first()
            save_organisation(work, OPERATOR, house.id, (house.name, after.value, house.country))

    assert police() == "5"
    put_right(OrganisationType.GENDARMERIE, OrganisationType.POLICE)
    # One more, of which nothing else may follow.
    assert police() == "…"
    put_right(OrganisationType.POLICE, OrganisationType.GENDARMERIE)
    assert police() == "5"


def test_the_tables_for_everybody_are_counted_once(desk, clock):
    clock.time = datetime(2026, 5, 2, tzinfo=UTC)
    with desk.runtime.begin() as work:
        save_organisation(work, OPERATOR, None, ("Another", "police", "NE"))
    cache, quarter = desk.runtime.figures, Quarter(2026, 1)

    def tables(vocabularies: Vocabularies, *, with_made_up: bool = False) -> PublicFigures:
        with desk.runtime.reading() as session:
            return cache.figures(session, quarter, vocabularies, with_made_up=with_made_up)

    with desk.runtime.reading() as session:
        terms = desk.runtime.vocabularies.get(session)
    first = tables(terms)
    assert tables(terms) is first
    assert tables(terms, with_made_up=True).adoptions != first.adoptions
    assert tables(Vocabularies(terms.by_name)) is not first
