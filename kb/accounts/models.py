"""Tables of organisations, users, roles, sessions, one-time links, access requests, throttling."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.accounts.permissions import Actor, Role
from kb.core.database import Base, value_enum
from kb.core.language import Locale


class OrganisationType(StrEnum):
    """Kinds of organisations; the vocabulary `organisation_types` gives their labels."""

    MILITARY = "military"
    POLICE = "police"
    GENDARMERIE = "gendarmerie"
    CIVIL_ADMINISTRATION = "civil-administration"
    MUNICIPALITY = "municipality"
    TRAINING_INSTITUTION = "training-institution"
    CIVIL_SOCIETY = "civil-society"


class LinkPurpose(StrEnum):
    """What a one-time link is for."""

    INVITATION = "invitation"
    PASSWORD_RESET = "password-reset"  # noqa: S105 - a purpose, not a password


class Organisation(Base):
    """A unit, school, office or association that users belong to."""

    __tablename__ = "organisations"
    __table_args__ = (
        UniqueConstraint("name", "country"),
        CheckConstraint("length(country) = 2", name="country_is_iso"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    type: Mapped[OrganisationType] = mapped_column(
        value_enum(OrganisationType, "type_known"),
    )
    country: Mapped[str] = mapped_column(String(2))


class OrganisationMerge(Base):
    """That an organisation turned out to be another one; its row stays, for history."""

    __tablename__ = "organisation_merges"
    __table_args__ = (CheckConstraint("organisation_id <> into_id", name="into_another"),)

    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    into_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"), index=True)
    merged_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    merged_at: Mapped[datetime]


class User(Base):
    """A person with an account; without a password until the invitation is used."""

    __tablename__ = "users"
    __table_args__ = (
        UniqueConstraint("email"),
        CheckConstraint("email = lower(email)", name="email_is_lower_case"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(200))
    locale: Mapped[Locale] = mapped_column(value_enum(Locale, "locale_known"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    country: Mapped[str | None] = mapped_column(String(2))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    # The secret of the second factor, and the last time step that was used: no code works twice.
    totp_secret: Mapped[str | None] = mapped_column(String(64))
    totp_step: Mapped[int | None]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]

    organisation: Mapped[Organisation | None] = relationship()
    grants: Mapped[list["RoleGrant"]] = relationship(
        foreign_keys="RoleGrant.user_id", cascade="all, delete-orphan"
    )

    def as_actor(self) -> Actor:
        """The rights this account has right now; a disabled one acts as a stranger would."""
        if self.disabled_at is not None:
            return Actor()
        return Actor(user_id=self.id, roles=frozenset(grant.role for grant in self.grants))


class RoleGrant(Base):
    """A role given to a user, by whom (nobody: the command line) and when."""

    __tablename__ = "role_grants"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    role: Mapped[Role] = mapped_column(value_enum(Role, "role_known"), primary_key=True)
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    granted_at: Mapped[datetime]


class UserSession(Base):
    """A signed-in browser. Only the hash of its random id is kept.

    An ended one stays for a while: a form written before a power cut still names it.
    """

    __tablename__ = "user_sessions"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        CheckConstraint("expires_at > created_at", name="expires_later"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    # When the password was last given; what is privileged asks for it anew after a while.
    authenticated_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    device: Mapped[str] = mapped_column(String(200), default="")


class OneTimeLink(Base):
    """An invitation or a password reset; only the hash of its token is kept, used once."""

    __tablename__ = "one_time_links"
    __table_args__ = (UniqueConstraint("token_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    purpose: Mapped[LinkPurpose] = mapped_column(value_enum(LinkPurpose, "purpose_known"))
    token_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """A code that stands in for the second factor once; only its hash is kept."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("user_id", "code_hash"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None]


class TokenScope(StrEnum):
    """What a key for programs opens; nothing else, whatever its owner may do."""

    ADOPTIONS_WRITE = "adoptions:write"


class ApiToken(Base):
    """A key with which a program acts for its owner; only its hash is kept."""

    __tablename__ = "api_tokens"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        CheckConstraint("expires_at > created_at", name="expires_later"),
        CheckConstraint("length(name) > 0", name="name_not_empty"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    scope: Mapped[TokenScope] = mapped_column(value_enum(TokenScope, "scope_known"))
    token_hash: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class AccessRequest(Base):
    """A visitor's request for an account, queued for the editors."""

    __tablename__ = "access_requests"
    __table_args__ = (
        CheckConstraint(
            "(decided_at IS NULL) = (granted IS NULL)", name="decided_with_a_decision"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(200))
    organisation: Mapped[str] = mapped_column(String(200))
    country: Mapped[str] = mapped_column(String(2))
    purpose: Mapped[str] = mapped_column(String(2000))
    locale: Mapped[Locale] = mapped_column(value_enum(Locale, "locale_known"))
    requested_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    granted: Mapped[bool | None]


class FailedAttempt(Base):
    """A failed sign-in or reset; counted per account and per address to slow guessing down."""

    __tablename__ = "failed_attempts"
    __table_args__ = (Index("ix_failed_attempts_key_at", "key", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    # A keyed hash of the account or address: the table must not become a list of who tried.
    key: Mapped[str] = mapped_column(String(64))
    # The account tried, on a row that is about an address: guessing at many accounts shows.
    about: Mapped[str] = mapped_column(String(64), default="")
    at: Mapped[datetime]
