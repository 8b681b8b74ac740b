"""Who may call each route: one table that the tests hold against the application's map."""

from enum import StrEnum


class Access(StrEnum):
    """What a route asks of its caller."""

    ANYONE = "anyone"


# Endpoint -> access. A route that is not here fails the tests until somebody decides; the
# interfaces keep such tables of their own.
ACCESS: dict[str, Access] = {
    "browse.root": Access.ANYONE,
    "browse.home": Access.ANYONE,
    "browse.search": Access.ANYONE,
    "browse.practice": Access.ANYONE,
    "browse.practice_markdown": Access.ANYONE,
    "pages.glossary": Access.ANYONE,
    "pages.help_page": Access.ANYONE,
    "pages.about": Access.ANYONE,
    "pages.privacy": Access.ANYONE,
    "pages.accessibility": Access.ANYONE,
    "static": Access.ANYONE,
}
