"""Steering the search: which address is answered by what."""

from flask import Blueprint

from kb.web.curation import promotions, report, thesaurus
from kb.web.language import drop_language

BOTH = ("GET", "POST")

blueprint = Blueprint("curation", __name__)
blueprint.url_value_preprocessor(drop_language)

for path, endpoint, view, methods in (
    ("thesaurus", "thesaurus", thesaurus.overview, ("GET",)),
    ("thesaurus/new", "new_entry", thesaurus.new_entry, BOTH),
    ("thesaurus/<slug:code>", "entry", thesaurus.entry, BOTH),
    ("thesaurus/<slug:code>/remove", "remove_entry", thesaurus.remove, BOTH),
    ("search-report", "report", report.report, BOTH),
    ("promotions", "promotions", promotions.promotions, BOTH),
):
    blueprint.add_url_rule(f"/<lang:lang>/{path}", endpoint, view, methods=methods)
