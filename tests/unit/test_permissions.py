"""Actors x permissions, in full: what is not listed here is refused."""

from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product

import pytest

from kb.accounts.models import RoleGrant, User
from kb.accounts.permissions import OPERATOR, Actor, Permission, Role, permits, require
from kb.core.errors import Forbidden
from kb.core.language import Locale

AUTHOR, REVIEWER, OTHER = 1, 2, 3
THEN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Subject:
    author_ids: frozenset[int]
    reviewer_ids: frozenset[int]


TEXT = Subject(frozenset({AUTHOR, 10, 11}), frozenset({REVIEWER, 11, 12, 20}))
NOBODYS = Subject(frozenset(), frozenset())


def user(number: int, *roles: Role) -> Actor:
    return Actor(number, frozenset(roles))


def disabled(number: int, *roles: Role) -> Actor:
    account = User(
        id=number,
        email="who@example.org",
        name="Who",
        locale=Locale.FR,
        created_at=THEN,
        disabled_at=THEN,
        grants=[RoleGrant(role=role, granted_at=THEN) for role in roles],
    )
    return account.as_actor()


ACTORS = {
    "visitor": Actor(),
    "signed in without a role": user(OTHER),
    **{f"only {role}": user(OTHER, role) for role in Role},
    "everything but the author": user(OTHER, *Role),
    "author without a role": user(AUTHOR),
    "author, contributor": user(AUTHOR, Role.CONTRIBUTOR),
    "author, reviewer": user(AUTHOR, Role.CONTRIBUTOR, Role.REVIEWER),
    "author, safeguard": user(AUTHOR, Role.CONTRIBUTOR, Role.SAFEGUARD),
    "author, editor": user(AUTHOR, Role.CONTRIBUTOR, Role.EDITOR),
    "author, admin": user(AUTHOR, Role.CONTRIBUTOR, Role.ADMIN),
    "author with every role": user(AUTHOR, *Role),
    "assigned reviewer": user(REVIEWER, Role.REVIEWER),
    "assigned without the role any more": user(REVIEWER, Role.MEMBER),
    "assigned reviewer who is author": user(11, Role.REVIEWER),
    "assigned reviewer who is editor": user(12, Role.REVIEWER, Role.EDITOR),
    "safeguard who is reviewer": user(20, Role.REVIEWER, Role.SAFEGUARD),
    "operator": OPERATOR,
    "disabled user": disabled(OTHER, *Role),
    "disabled author": disabled(AUTHOR, Role.CONTRIBUTOR, Role.EDITOR),
}

ABANDON, ARCHIVE, ASSIGN = "practice:abandon", "practice:archive", "practice:assign"
CREATE, DECIDE, EDIT = "practice:create", "practice:decide", "practice:edit"
IMPORT, CHANGES, REVIEW = "practice:import", "practice:request-changes", "practice:review"
SIGN_OFF, SUBMIT, MANAGE = "practice:sign-off", "practice:submit", "users:manage"
REVISE, SEE, SHARE = "practice:revise", "practice:see", "practice:share"
COMMENT, INTERNALLY = "practice:comment", "practice:comment-internally"
DECIDE_ACCESS, AUDIT, CURATE = "access:decide", "audit:read", "search:curate"
SEE_ADOPTION, CHANGE_ADOPTION = "adoption:see", "adoption:change"
VERIFY, MERGE = "adoption:verify", "organisations:merge"
# What any role at all gives.
JOIN = {"adoption:record", "practice:follow"}
# What the members of an organisation, its "authors", may with an adoption.
USE = {SEE_ADOPTION, CHANGE_ADOPTION}
# What an author may without being a contributor any more, and with it.
WROTE = {SEE, COMMENT}
OWN = {ABANDON, EDIT, REVISE, SUBMIT, SHARE} | WROTE | USE
# Whoever sits at the desk of a text, and the editor there.
SIT = {SEE, COMMENT, INTERNALLY}
# What editors may with any text, their own included; what admins may with none.
ALWAYS = {ARCHIVE, REVISE, SHARE, DECIDE_ACCESS, CURATE, SEE_ADOPTION, MERGE}
DESK = {ASSIGN, DECIDE, CHANGES, VERIFY} | ALWAYS | SIT
OPERATE = {MANAGE, DECIDE_ACCESS, AUDIT, MERGE}


def joined(table: dict[str, set[str]]) -> dict[str, set[str]]:
    """The table, with what everybody may who has a role."""
    return {
        who: table.get(who, set()) | (JOIN if actor.roles else set())
        for who, actor in ACTORS.items()
    }


# About somebody's text, with its authors and assigned reviewers.
ALLOWED: dict[str, set[str]] = joined(
    {
        "only contributor": {CREATE},
        "only safeguard": {SIGN_OFF} | SIT,
        "only editor": DESK,
        "only admin": OPERATE,
        "everything but the author": DESK | OPERATE | {CREATE, SIGN_OFF},
        "author without a role": WROTE,
        "author, contributor": OWN | {CREATE},
        "author, reviewer": OWN | {CREATE},
        "author, safeguard": OWN | {CREATE},
        "author, editor": OWN | ALWAYS | {CREATE},
        "author, admin": OWN | OPERATE | {CREATE},
        "author with every role": OWN | ALWAYS | OPERATE | {CREATE},
        "assigned reviewer": {REVIEW, CHANGES} | SIT,
        "assigned reviewer who is author": WROTE | USE,
        "assigned reviewer who is editor": DESK | {REVIEW},
        "safeguard who is reviewer": {REVIEW, CHANGES} | SIT,
        "operator": {CREATE, IMPORT, MANAGE, AUDIT, REVISE},
    }
)
# About nothing in particular: only what needs no text to look at.
ALLOWED_WITHOUT_A_TEXT: dict[str, set[str]] = joined(
    {
        "only contributor": {CREATE},
        "only editor": ALWAYS,
        "only admin": OPERATE,
        "everything but the author": ALWAYS | OPERATE | {CREATE},
        "author, contributor": {CREATE},
        "author, reviewer": {CREATE},
        "author, safeguard": {CREATE},
        "author, editor": ALWAYS | {CREATE},
        "author, admin": OPERATE | {CREATE},
        "author with every role": ALWAYS | OPERATE | {CREATE},
        "assigned reviewer who is editor": ALWAYS,
        "operator": {CREATE, IMPORT, MANAGE, AUDIT, REVISE},
    }
)
# About an imported text, which has neither author nor reviewer.
ALLOWED_ON_AN_IMPORT: dict[str, set[str]] = joined(
    {
        "only contributor": {CREATE},
        "only safeguard": {SIGN_OFF} | SIT,
        "only editor": DESK,
        "only admin": OPERATE,
        "everything but the author": DESK | OPERATE | {CREATE, SIGN_OFF},
        "author, contributor": {CREATE},
        "author, reviewer": {CREATE},
        "author, safeguard": {CREATE, SIGN_OFF} | SIT,
        "author, editor": DESK | {CREATE},
        "author, admin": OPERATE | {CREATE},
        "author with every role": DESK | OPERATE | {CREATE, SIGN_OFF},
        "assigned reviewer who is editor": DESK,
        "safeguard who is reviewer": {SIGN_OFF} | SIT,
        "operator": {CREATE, IMPORT, MANAGE, AUDIT, REVISE},
    }
)

EVERY_PAIR = tuple(product(ACTORS, Permission))


def test_the_tables_name_only_actors_there_are():
    assert set(ALLOWED) <= set(ACTORS)
    assert set(ALLOWED_ON_AN_IMPORT) <= set(ACTORS)


@pytest.mark.parametrize(("who", "permission"), EVERY_PAIR)
def test_about_a_text(who, permission):
    assert permits(ACTORS[who], permission, TEXT) is (permission in ALLOWED.get(who, set()))


@pytest.mark.parametrize(("who", "permission"), EVERY_PAIR)
def test_about_an_imported_text(who, permission):
    allowed = permission in ALLOWED_ON_AN_IMPORT.get(who, set())
    assert permits(ACTORS[who], permission, NOBODYS) is allowed


@pytest.mark.parametrize(("who", "permission"), EVERY_PAIR)
def test_without_a_text(who, permission):
    allowed = permission in ALLOWED_WITHOUT_A_TEXT.get(who, set())
    assert permits(ACTORS[who], permission) is allowed


@pytest.mark.parametrize(("who", "permission"), EVERY_PAIR)
def test_require_refuses_exactly_what_is_not_permitted(who, permission):
    if permits(ACTORS[who], permission, TEXT):
        require(ACTORS[who], permission, TEXT)
        return
    with pytest.raises(Forbidden) as refusal:
        require(ACTORS[who], permission, TEXT)
    assert str(refusal.value) == "You may not do this."


def test_a_disabled_account_is_a_stranger_to_its_own_text():
    assert ACTORS["disabled author"] == ACTORS["visitor"]
