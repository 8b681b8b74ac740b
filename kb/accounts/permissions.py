"""Who may do what: one map of small predicates. Pure: no database, no request."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from kb.core.errors import Forbidden
from kb.core.messages import msg


class Role(StrEnum):
    """Flat roles; each gives a member's rights and its own line."""

    MEMBER = "member"
    CONTRIBUTOR = "contributor"
    TRAINER = "trainer"
    REVIEWER = "reviewer"
    SAFEGUARD = "safeguard"
    EDITOR = "editor"
    ADMIN = "admin"


class Permission(StrEnum):
    """What can be asked for, named thing:act."""

    ACCESS_DECIDE = "access:decide"
    ADOPTION_CHANGE = "adoption:change"
    ADOPTION_RECORD = "adoption:record"
    ADOPTION_SEE = "adoption:see"
    ADOPTION_VERIFY = "adoption:verify"
    AUDIT_READ = "audit:read"
    ORGANISATIONS_MERGE = "organisations:merge"
    PRACTICE_ABANDON = "practice:abandon"
    PRACTICE_ARCHIVE = "practice:archive"
    PRACTICE_ASSIGN = "practice:assign"
    PRACTICE_COMMENT = "practice:comment"
    PRACTICE_COMMENT_INTERNALLY = "practice:comment-internally"
    PRACTICE_CREATE = "practice:create"
    PRACTICE_DECIDE = "practice:decide"
    PRACTICE_EDIT = "practice:edit"
    PRACTICE_FOLLOW = "practice:follow"
    PRACTICE_IMPORT = "practice:import"
    PRACTICE_REQUEST_CHANGES = "practice:request-changes"
    PRACTICE_REVIEW = "practice:review"
    PRACTICE_REVISE = "practice:revise"
    PRACTICE_SEE = "practice:see"
    PRACTICE_SHARE = "practice:share"
    PRACTICE_SIGN_OFF = "practice:sign-off"
    PRACTICE_SUBMIT = "practice:submit"
    SEARCH_CURATE = "search:curate"
    USERS_MANAGE = "users:manage"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a user with roles, or the operator at the command line."""

    user_id: int | None = None
    roles: frozenset[Role] = frozenset()
    is_operator: bool = False


OPERATOR = Actor(is_operator=True)


class Subject(Protocol):
    """What the rules look at; a revision with its reviews satisfies it.

    The authors of an adoption are the members of its organisation.
    """

    @property
    def author_ids(self) -> frozenset[int]: ...

    @property
    def reviewer_ids(self) -> frozenset[int]: ...


Rule = Callable[[Actor, Subject | None], bool]


def has(role: Role) -> Rule:
    """The rule that asks for a role."""

    def rule(actor: Actor, _subject: Subject | None) -> bool:
        return role in actor.roles

    return rule


def is_member(actor: Actor, _subject: Subject | None) -> bool:
    """They have any role at all."""
    return bool(actor.roles)


def is_author(actor: Actor, subject: Subject | None) -> bool:
    """It is their own text."""
    return subject is not None and actor.user_id in subject.author_ids


def is_not_author(actor: Actor, subject: Subject | None) -> bool:
    """It is somebody else's text: no conflict of interest."""
    return subject is not None and actor.user_id not in subject.author_ids


def is_assigned(actor: Actor, subject: Subject | None) -> bool:
    """They were asked to review it."""
    return subject is not None and actor.user_id in subject.reviewer_ids


def is_not_assigned(actor: Actor, subject: Subject | None) -> bool:
    """They do not review its content."""
    return subject is not None and actor.user_id not in subject.reviewer_ids


def is_operator(actor: Actor, _subject: Subject | None) -> bool:
    """They act at the command line of the server."""
    return actor.is_operator


# A permission is granted when every rule of any one clause holds. "Not the author" *is* the
# conflict-of-interest rule; "not assigned" keeps the do-no-harm sign-off with another person.
_DESK: tuple[tuple[Rule, ...], ...] = (
    (has(Role.REVIEWER), is_assigned, is_not_author),
    (has(Role.SAFEGUARD), is_not_author),
    (has(Role.EDITOR), is_not_author),
)
GRANTS: dict[Permission, tuple[tuple[Rule, ...], ...]] = {
    Permission.ACCESS_DECIDE: ((has(Role.EDITOR),), (has(Role.ADMIN),)),
    Permission.ADOPTION_CHANGE: ((is_member, is_author),),
    Permission.ADOPTION_RECORD: ((is_member,),),
    Permission.ADOPTION_SEE: ((is_member, is_author), (has(Role.EDITOR),)),
    # Nobody confirms what their own organisation says.
    Permission.ADOPTION_VERIFY: ((has(Role.EDITOR), is_not_author),),
    Permission.AUDIT_READ: ((has(Role.ADMIN),), (is_operator,)),
    Permission.ORGANISATIONS_MERGE: ((has(Role.EDITOR),), (has(Role.ADMIN),)),
    Permission.PRACTICE_ABANDON: ((has(Role.CONTRIBUTOR), is_author),),
    Permission.PRACTICE_ARCHIVE: ((has(Role.EDITOR),),),
    Permission.PRACTICE_ASSIGN: ((has(Role.EDITOR), is_not_author),),
    Permission.PRACTICE_COMMENT: ((is_author,), *_DESK),
    Permission.PRACTICE_COMMENT_INTERNALLY: _DESK,
    Permission.PRACTICE_CREATE: ((has(Role.CONTRIBUTOR),), (is_operator,)),
    Permission.PRACTICE_DECIDE: ((has(Role.EDITOR), is_not_author),),
    Permission.PRACTICE_EDIT: ((has(Role.CONTRIBUTOR), is_author),),
    Permission.PRACTICE_FOLLOW: ((is_member,),),
    Permission.PRACTICE_IMPORT: ((is_operator,),),
    Permission.PRACTICE_REQUEST_CHANGES: (
        (has(Role.REVIEWER), is_assigned, is_not_author),
        (has(Role.EDITOR), is_not_author),
    ),
    Permission.PRACTICE_REVIEW: ((has(Role.REVIEWER), is_assigned, is_not_author),),
    Permission.PRACTICE_SIGN_OFF: ((has(Role.SAFEGUARD), is_not_author, is_not_assigned),),
    Permission.PRACTICE_REVISE: (
        (has(Role.CONTRIBUTOR), is_author),
        (has(Role.EDITOR),),
        (is_operator,),
    ),
    Permission.PRACTICE_SEE: ((is_author,), *_DESK),
    Permission.PRACTICE_SHARE: ((has(Role.EDITOR),), (has(Role.CONTRIBUTOR), is_author)),
    Permission.PRACTICE_SUBMIT: ((has(Role.CONTRIBUTOR), is_author),),
    Permission.SEARCH_CURATE: ((has(Role.EDITOR),),),
    Permission.USERS_MANAGE: ((has(Role.ADMIN),), (is_operator,)),
}


# What editors give when they grant a request for access; the rest is for admins to give.
GRANTED_BY_EDITORS = frozenset({Role.MEMBER, Role.CONTRIBUTOR, Role.TRAINER})
# Whoever may publish, see what is restricted or give rights proves it with a second factor.
NEEDS_SECOND_FACTOR = frozenset({Role.REVIEWER, Role.SAFEGUARD, Role.EDITOR, Role.ADMIN})


def permits(actor: Actor, permission: Permission, subject: Subject | None = None) -> bool:
    """Whether the map grants this; for drawing a button. Use cases call `require`."""
    clauses = GRANTS[permission]
    return any(all(rule(actor, subject) for rule in clause) for clause in clauses)


def require(actor: Actor, permission: Permission, subject: Subject | None = None) -> None:
    """Raise Forbidden unless the map grants this."""
    if not permits(actor, permission, subject):
        raise Forbidden(msg("You may not do this."))
