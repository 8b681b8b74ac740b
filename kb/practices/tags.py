"""The controlled terms of a version as rows, so that SQL can count what facets show."""

from kb.practices.content import PracticeContent
from kb.practices.facets import FACETS
from kb.practices.models import VersionTag

TAG_FIELDS = {
    "country": "countries",
    "region": "regions",
    "actor": "actor_types",
    "theme": "themes",
    "kind": "kind",
    "origin": "origin",
    "maturity": "maturity",
    "evidence": "evidence",
}


def tags_of(content: PracticeContent) -> list[VersionTag]:
    """Each term once, by the name of its facet."""
    tags = []
    for facet in FACETS:
        if facet in TAG_FIELDS:
            value = getattr(content, TAG_FIELDS[facet])
            codes = (value,) if isinstance(value, str) else value
            tags += [VersionTag(facet=facet, code=code) for code in dict.fromkeys(codes)]
    return tags
