"""The map of the practices."""

from flask import Blueprint, Response, make_response, render_template

from kb.search.counts import count_practices
from kb.web.browse.map_page import MapPage
from kb.web.browse.searching import ask_index
from kb.web.current import runtime
from kb.web.figures.outlines import load_outlines
from kb.web.language import current_locale, drop_language
from kb.web.reading import current_reader

blueprint = Blueprint("browse_map", __name__)
blueprint.url_value_preprocessor(drop_language)


@blueprint.get("/<lang:lang>/map")
def overview() -> Response:
    """Where the practices are, as far as this reader may know; 503 while there is no index."""
    kb = runtime()
    index = kb.index_for(current_reader())
    counts = ask_index(lambda: count_practices(index))
    if counts is None:
        body = render_template("browse/map.html", page=None)
        return make_response(body, 503, {"Retry-After": "5"})
    with kb.reading() as session:
        vocabularies = kb.vocabularies.get(session)
    page = MapPage(counts, load_outlines(), vocabularies, current_locale())
    return make_response(render_template("browse/map.html", page=page))
