"""The register of adoptions: which address is answered by what."""

from flask import Blueprint

from kb.web.adoption import changing, lists, organisations, recording, transfer
from kb.web.language import drop_language

GET, POST, BOTH = ("GET",), ("POST",), ("GET", "POST")

blueprint = Blueprint("adoption", __name__)
blueprint.url_value_preprocessor(drop_language)

for path, endpoint, view, methods in (
    ("practices/<slug:slug>/transfer", "transfer", transfer.transfer, GET),
    ("practices/<slug:slug>/attach", "attach", transfer.attach, POST),
    ("practices/<slug:slug>/adopt", "adopt", recording.adopt, BOTH),
    ("adoptions", "overview", lists.overview, GET),
    ("adoptions/organisations", "organisations", organisations.organisations, BOTH),
    ("adoptions/<int:adoption_id>", "adoption", changing.adoption, GET),
    ("adoptions/<int:adoption_id>/change", "change", changing.change, BOTH),
    ("adoptions/<int:adoption_id>/stage", "move", changing.move, POST),
    ("adoptions/<int:adoption_id>/verify", "verify", changing.verify, POST),
    (
        "adoptions/<int:adoption_id>/follow-ups/<int:month>",
        "follow_up",
        changing.follow_up,
        BOTH,
    ),
    ("recalls/<int:recall_id>/acknowledge", "acknowledge", changing.acknowledge, POST),
):
    blueprint.add_url_rule(f"/<lang:lang>/{path}", endpoint, view, methods=methods)
