"""The template of a practice: sections, their headings, and which are needed to submit. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from kb.core.language import Locale


@dataclass(frozen=True, slots=True)
class Section:
    """A Markdown section; `heading` is the exact `##` line of the content folder."""

    key: str
    heading: Mapping[Locale, str]
    required: bool = False


def _section(key: str, french: str, english: str, *, required: bool = False) -> Section:
    return Section(key, {Locale.FR: french, Locale.EN: english}, required)


TEMPLATE: tuple[Section, ...] = (
    _section("context", "Contexte et problème", "Context and problem", required=True),
    _section("actors_roles", "Acteurs et rôles", "Actors and their roles", required=True),
    _section(
        "how_it_works",
        "Comment ça marche, étape par étape",
        "How it works, step by step",
        required=True,
    ),
    _section("results", "Résultats", "Results", required=True),
    _section("conditions", "Conditions de réussite", "Conditions of success"),
    _section("limits_risks", "Limites et risques", "Limits and risks", required=True),
    _section(
        "security_actors",
        "Ce que les acteurs de sécurité peuvent en faire",
        "What security actors can do with it",
    ),
    _section("women_youth", "Rôle des femmes et des jeunes", "Role of women and youth"),
    _section(
        "lessons",
        "Leçons, et ce qu'il ne faut pas copier",
        "Lessons, and what not to copy",
    ),
    _section("training_use", "Pour la formation", "For training"),
)
BY_KEY: dict[str, Section] = {section.key: section for section in TEMPLATE}
SECTION_KEYS: tuple[str, ...] = tuple(BY_KEY)
REQUIRED_SECTIONS: tuple[str, ...] = tuple(s.key for s in TEMPLATE if s.required)
