"""Finding and reading practices."""

from flask import (
    Blueprint,
    Response,
    g,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as BaseResponse

from kb.adoption.queries import named_organisations, organisations_using
from kb.core.folding import fold
from kb.core.paging import Paging
from kb.core.ports import Sort
from kb.practices.content import Visibility
from kb.practices.files import public_markdown
from kb.practices.queries import (
    public_history,
    public_view,
    public_views,
    restricted_views,
)
from kb.practices.readers import VISITOR, Reader
from kb.search import promotions, service, suggesting
from kb.search.counts import count_practices
from kb.search.service import FacetValue, Query, parse_query
from kb.web.browse.map_page import MapPage
from kb.web.browse.practice_page import PracticePage
from kb.web.browse.search_page import SearchPage
from kb.web.browse.searching import ask_index, count_miss
from kb.web.current import absolute_url, runtime
from kb.web.figures.outlines import load_outlines
from kb.web.language import current_locale, drop_language, negotiated_locale
from kb.web.reading import current_reader

NEWEST_ON_HOME = 4
RELATED = 4

blueprint = Blueprint("browse", __name__)
blueprint.url_value_preprocessor(drop_language)


@blueprint.get("/")
def root() -> BaseResponse:
    """To the home page in the reader's language."""
    return redirect(url_for("browse.home", lang=negotiated_locale()))


@blueprint.get("/<lang:lang>/")
def home() -> str:
    """What this is, and ways in."""
    kb = runtime()
    newest = Query(
        locale=current_locale(), sort=Sort.NEWEST, paging=Paging(per_page=NEWEST_ON_HOME)
    )
    reader = current_reader()
    index = kb.index_for(reader)
    with kb.reading() as session:
        vocabularies = kb.vocabularies.get(session)
        results = ask_index(lambda: service.search(session, index, vocabularies, newest, reader))
        restricted = restricted_views(session, reader)
    counts = ask_index(lambda: count_practices(index))
    g.surface = "finding"
    return render_template(
        "browse/home.html",
        results=results,
        page=counts and MapPage(counts, load_outlines(), vocabularies, current_locale()),
        vocabularies=vocabularies,
        restricted=restricted,
    )


@blueprint.get("/<lang:lang>/practices")
def search() -> Response:
    """Results with facets; 404 behind the last page, 503 while there is no index."""
    kb = runtime()
    parameters = request.args.to_dict(flat=False)
    reader = current_reader()
    index = kb.index_for(reader)
    with kb.reading() as session:
        vocabularies = kb.vocabularies.get(session)
        thesaurus = kb.thesaurus.get(session)
        query = parse_query(parameters, current_locale(), vocabularies)
        results = ask_index(
            lambda: service.search(session, index, vocabularies, query, reader, thesaurus)
        )
        restricted = restricted_views(session, reader)
        promoted = promotions.promoted(session, query, reader)
    if results is None:
        return _rebuilding(query, reader)
    g.surface = "finding"
    page = SearchPage(query, vocabularies)
    is_beyond = query.paging.page > results.pages
    body = render_template(
        "browse/search.html",
        page=page,
        query=query,
        results=results,
        promoted=promoted,
        vocabularies=vocabularies,
        is_beyond=is_beyond,
        restricted=restricted,
        themes=() if results.total else _themes(reader),
    )
    response = make_response(body, 404 if is_beyond else 200)
    if not promoted:
        count_miss(response, results)
    return response


@blueprint.get("/<lang:lang>/suggest")
def suggest() -> str | Response:
    """What may be meant by letters typed so far; a script shows the same while they are typed."""
    kb = runtime()
    reader = current_reader()
    index = kb.index_for(reader)
    typed, locale = request.args.get("q", ""), current_locale()
    with kb.reading() as session:
        words = kb.thesaurus.get(session)
        found = ask_index(lambda: suggesting.suggest(session, index, typed, locale, reader, words))
    if found is None:
        return _rebuilding(Query(suggesting.clean(typed), locale), reader)
    g.surface = "finding"
    return render_template(
        "browse/suggest.html", found=found, can_suggest=suggesting.can_suggest(found.text)
    )


@blueprint.get("/<lang:lang>/practices/<slug:slug>")
def practice(slug: str) -> str:
    """One practice, as its reader may have it."""
    kb = runtime()
    reader = current_reader()
    index = kb.index_for(reader)
    with kb.reading() as session:
        found = public_view(session, slug, reader)
        vocabularies = kb.vocabularies.get(session)
        named = public_views(session, found.related, reader)
        organisations = organisations_using(session, slug)
        users = named_organisations(session, slug) if reader != VISITOR else ()
        near = ask_index(lambda: service.related(session, index, slug, RELATED, reader)) or []
    others = {view.slug: view for view in [*named.values(), *near]}
    if found.visibility is Visibility.PUBLIC:
        g.surface = "keeping"
    return render_template(
        "browse/practice.html",
        page=PracticePage(found, current_locale(), vocabularies),
        practice=found,
        vocabularies=vocabularies,
        related=list(others.values())[:RELATED],
        organisations=organisations,
        users=users,
        is_review_due=found.review_due_on is not None
        and found.review_due_on < kb.clock.now().date(),
    )


@blueprint.get("/<lang:lang>/practices/<slug:slug>/history")
def history(slug: str) -> str:
    """When the text was published and what changed; the texts of before stay where they are."""
    reader = current_reader()
    with runtime().reading() as session:
        found = public_view(session, slug, reader)
        revisions = public_history(session, slug, reader)
    return render_template(
        "browse/history.html",
        practice=found,
        text=found.text_for(current_locale()),
        revisions=revisions,
    )


@blueprint.get("/<lang:lang>/practices/<slug:slug>.md")
def practice_markdown(slug: str) -> Response:
    """The text, as its reader may have it, as a file to keep."""
    locale = current_locale()
    kb = runtime()
    with kb.reading() as session:
        found = public_view(session, slug, current_reader())
        vocabularies = kb.vocabularies.get(session)
    address = absolute_url("browse.practice", slug=slug)
    body = public_markdown(found, locale, vocabularies, address)
    response = Response(body, mimetype="text/markdown")
    # A slug is letters, digits and hyphens, so the name needs no quoting of its own.
    name = f"{found.slug}.{found.text_for(locale).locale}.md"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _themes(reader: Reader) -> tuple[FacetValue, ...]:
    """The themes there are practices on, for whoever found nothing by words."""
    kb = runtime()
    index = kb.index_for(reader)
    everything = Query(locale=current_locale())
    with kb.reading() as session:
        vocabularies = kb.vocabularies.get(session)
        results = ask_index(
            lambda: service.search(session, index, vocabularies, everything, reader)
        )
    return results.facets.get("theme", ()) if results else ()


def _rebuilding(query: Query, reader: Reader) -> Response:
    """The alphabetical list, which needs no index."""
    with runtime().reading() as session:
        views = public_views(session, reader=reader).values()
    practices = sorted(views, key=lambda view: fold(view.text_for(query.locale).title))
    body = render_template("browse/rebuilding.html", query=query, practices=practices)
    return make_response(body, 503, {"Retry-After": "5"})
