"""The controlled terms of a version as rows, so that SQL counts and lists by them."""

from kb.practices.content import PracticeContent
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
    "sdg": "sdg_targets",
}


def tags_of(content: PracticeContent) -> list[VersionTag]:
    """Each term once, by the name of its facet."""
    tags = []
    for facet, name in TAG_FIELDS.items():
        value = getattr(content, name)
        codes = (value,) if isinstance(value, str) else value
        tags += [VersionTag(facet=facet, code=code) for code in dict.fromkeys(codes)]
    return tags
