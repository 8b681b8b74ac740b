"""Answers to assignments, reminders, the rubric, consent and community validation on record.

Revision ID: 0006
Revises: 0005
"""

from collections.abc import Mapping
from datetime import date
import re
from typing import Any

from alembic import op
import sqlalchemy as sa

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

CRITERIA = ("relevance", "endogenous", "evidence", "inclusiveness", "replicability", "clarity")
CONSENT_TYPES = ("oral", "written", "community", "none-public-sources")
MOMENTS = ("accepted_at", "declined_at", "reminded_at", "overdue_told_at")
CHECKS = {
    "declined_with_a_reason": "(declined_at IS NULL) = (length(decline_reason) = 0)",
    "declined_has_ended": "declined_at IS NULL OR ended_at IS NOT NULL",
}


def upgrade() -> None:
    with op.batch_alter_table("assignments") as table:
        for name in MOMENTS:
            table.add_column(sa.Column(name, sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("decline_reason", sa.Text(), nullable=False, server_default=""))
        for name, condition in CHECKS.items():
            table.create_check_constraint(op.f(f"ck_assignments_{name}"), condition)
    _create_ratings()
    _create_consents()
    _create_validations()
    _record_what_was_signed()


def _create_ratings() -> None:
    op.create_table(
        "verdict_ratings",
        sa.Column("verdict_id", sa.Integer(), nullable=False),
        sa.Column("criterion", sa.String(40), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("level BETWEEN 1 AND 4", name=op.f("ck_verdict_ratings_level_known")),
        sa.CheckConstraint(
            _one_of("criterion", CRITERIA), name=op.f("ck_verdict_ratings_criterion_known")
        ),
        sa.ForeignKeyConstraint(
            ["verdict_id"], ["verdicts.id"], name=op.f("fk_verdict_ratings_verdict_id")
        ),
        sa.PrimaryKeyConstraint("verdict_id", "criterion", name=op.f("pk_verdict_ratings")),
    )


def _one_of(column: str, known: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{each}'" for each in known)
    return f"{column} IN ({listed})"


def _create_consents() -> None:
    moments = ("ended_at", "withdrawn_at", "expiry_told_at", "expired_told_at")
    table = "consent_records"
    op.create_table(
        table,
        *_columns_of_a_record(table),
        sa.Column("type", sa.String(40), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("contact", sa.Text(), nullable=False),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=True) for name in moments),
        sa.Column("withdrawn_by_id", sa.Integer(), nullable=True),
        sa.Column("withdrawal_note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "given_on IS NULL OR expires_on IS NULL OR expires_on > given_on",
            name=op.f("ck_consent_records_expires_after_given"),
        ),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (withdrawn_by_id IS NULL)",
            name=op.f("ck_consent_records_withdrawn_by_somebody"),
        ),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL) = (length(withdrawal_note) = 0)",
            name=op.f("ck_consent_records_withdrawal_explained"),
        ),
        sa.CheckConstraint(
            _one_of("type", CONSENT_TYPES), name=op.f("ck_consent_records_type_known")
        ),
        sa.ForeignKeyConstraint(
            ["withdrawn_by_id"], ["users.id"], name=op.f("fk_consent_records_withdrawn_by_id")
        ),
    )
    _create_indexes(table)


def _create_validations() -> None:
    table = "community_validations"
    op.create_table(
        table,
        *_columns_of_a_record(table),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("validated_on", sa.Date(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("length(role) > 0", name=op.f("ck_community_validations_role_told")),
    )
    _create_indexes(table)


def _columns_of_a_record(table: str) -> tuple[Any, ...]:
    """What it is about, who kept it and when."""
    about = {"practice_id": "practices", "version_id": "versions", "recorded_by_id": "users"}
    return (
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in about),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.ForeignKeyConstraint([name], [f"{other}.id"], name=op.f(f"fk_{table}_{name}"))
            for name, other in about.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )


def _create_indexes(table: str) -> None:
    op.create_index(op.f(f"ix_{table}_practice_id"), table, ["practice_id"])
    is_open = sa.text("ended_at IS NULL")
    op.create_index(
        f"uq_{table}_open",
        table,
        ["version_id"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )


SIGNED = sa.text(
    "SELECT s.answers, s.safeguard_id, s.signed_at, v.id AS version_id, r.practice_id"
    " FROM sign_offs s JOIN versions v ON v.id = s.version_id"
    " JOIN revisions r ON r.id = v.revision_id"
    " WHERE s.id IN (SELECT max(id) FROM sign_offs GROUP BY version_id) ORDER BY s.id"
).columns(answers=sa.JSON(), signed_at=sa.DateTime(timezone=True))


def _record_what_was_signed() -> None:
    """What the last sign-off of each version said becomes a record, its days as far as they are."""
    for row in op.get_bind().execute(SIGNED).mappings().all():
        about = {
            "practice_id": row["practice_id"],
            "version_id": row["version_id"],
            "recorded_by_id": row["safeguard_id"],
            "recorded_at": row["signed_at"],
        }
        consent, validated = (row["answers"].get(key, {}) for key in ("consent", "validated"))
        if consent.get("answer") == "yes" and consent.get("type") in CONSENT_TYPES:
            _insert("consent_records", about | _consent(consent))
        if validated.get("answer") == "yes" and validated.get("role"):
            given = {"role": validated["role"], "language": validated.get("language", "")}
            given["validated_on"] = _day(validated.get("date", ""))
            _insert("community_validations", about | given)


def _consent(given: Mapping[str, str]) -> dict[str, Any]:
    given_on, expires_on = _day(given.get("date", "")), _day(given.get("expiry", ""))
    if given_on is not None and expires_on is not None and expires_on <= given_on:
        given_on = None
    return {
        "type": given["type"],
        "scope": given.get("scope", ""),
        "given_on": given_on,
        "expires_on": expires_on,
        "contact": given.get("contact", ""),
        "withdrawal_note": "",
    }


def _insert(table: str, values: Mapping[str, Any]) -> None:
    kinds = {"recorded_at": sa.DateTime(timezone=True)}
    kinds |= dict.fromkeys(("given_on", "expires_on", "validated_on"), sa.Date())
    columns = (sa.column(name, kinds.get(name)) for name in values)
    op.get_bind().execute(sa.table(table, *columns).insert().values(values))


def _day(text: str) -> date | None:
    """The day, where it was written as one."""
    iso = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", text.strip())
    written = re.fullmatch(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})", text.strip())
    found = iso.groups() if iso else written.groups()[::-1] if written else ()
    try:
        year, month, day = (int(part) for part in found)
        return date(year, month, day)
    except ValueError:
        return None


def downgrade() -> None:
    for table in ("community_validations", "consent_records", "verdict_ratings"):
        op.drop_table(table)
    with op.batch_alter_table("assignments") as table:
        for name in CHECKS:
            table.drop_constraint(op.f(f"ck_assignments_{name}"), type_="check")
        for name in ("decline_reason", *reversed(MOMENTS)):
            table.drop_column(name)
