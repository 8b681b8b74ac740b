"""Who may call each route: one table that the gate enforces and the tests walk."""

from enum import StrEnum

from kb.accounts.permissions import Role


class Access(StrEnum):
    """What a route asks of its caller; what a page is about may ask for more."""

    ANYONE = "anyone"
    SIGNED_IN = "signed-in"
    WRITING = "writing"
    REVIEWING = "reviewing"
    EDITING = "editing"
    GRANTING = "granting"
    ADMINISTRATION = "administration"


ROLES: dict[Access, frozenset[Role]] = {
    Access.SIGNED_IN: frozenset(Role),
    Access.WRITING: frozenset({Role.CONTRIBUTOR}),
    Access.REVIEWING: frozenset({Role.REVIEWER, Role.SAFEGUARD, Role.EDITOR}),
    Access.EDITING: frozenset({Role.EDITOR}),
    Access.GRANTING: frozenset({Role.EDITOR, Role.ADMIN}),
    Access.ADMINISTRATION: frozenset({Role.ADMIN}),
}
# Where the password is asked for again unless it was given a short while ago.
ASKS_AGAIN = frozenset({Access.GRANTING, Access.ADMINISTRATION})

# Endpoint -> access. The application does not start with a route that is not here; the
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
