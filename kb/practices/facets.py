"""The facets of a practice: which controlled terms it can be filtered by. Pure."""

from collections.abc import Mapping

from kb.practices.public import PublicPractice

# Facet (the query parameter) -> vocabulary that names its values.
FACETS: dict[str, str] = {
    "country": "countries",
    "region": "regions",
    "actor": "actor_types",
    "theme": "themes",
    "kind": "kinds",
    "origin": "origins",
    "maturity": "maturities",
    "evidence": "evidence",
    "women": "leadership",
    "youth": "leadership",
    "has_lang": "languages",
}


def facets_of(practice: PublicPractice) -> Mapping[str, tuple[str, ...]]:
    """The practice's own values per facet, without their parents."""
    return {
        "country": practice.countries,
        "region": practice.regions,
        "actor": practice.actor_types,
        "theme": practice.themes,
        "kind": (practice.kind,),
        "origin": (practice.origin,),
        "maturity": (practice.maturity,),
        "evidence": (practice.evidence,),
        "women": (practice.women,),
        "youth": (practice.youth,),
        "has_lang": tuple(locale.value for locale in practice.texts),
    }
