"""What readers report, how often people are written, and texts that are to be read again.

Revision ID: 0007
Revises: 0006
"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.schema import SchemaItem

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

OLD_MAILS = ("notification", "invitation", "password-reset")
MAILS = (*OLD_MAILS, "digest")


def upgrade() -> None:
    with op.batch_alter_table("notifications", copy_from=_notifications()) as batch:
        batch.add_column(sa.Column("to_do_as", sa.String(40), nullable=True))
        batch.add_column(sa.Column("done_at", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(
            sa.Column("awaits_digest", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch.add_column(sa.Column("digest_on", sa.Date(), nullable=True))
        batch.create_check_constraint(
            op.f("ck_notifications_only_to_dos_get_done"),
            "done_at IS NULL OR to_do_as IS NOT NULL",
        )
        batch.create_check_constraint(
            op.f("ck_notifications_in_one_digest"), "NOT (awaits_digest AND digest_on IS NOT NULL)"
        )
    op.create_index(
        op.f("ix_notifications_awaits_digest_created_at"),
        "notifications",
        ["awaits_digest", "created_at"],
    )
    with op.batch_alter_table("mails", copy_from=_mails(OLD_MAILS)) as batch:
        batch.add_column(sa.Column("digest_on", sa.Date(), nullable=True))
        batch.drop_constraint(op.f("ck_mails_kind_known"), type_="check")
        batch.create_check_constraint(op.f("ck_mails_kind_known"), f"kind IN ({_listed(MAILS)})")
        batch.create_check_constraint(
            op.f("ck_mails_digest_has_a_day"), "(kind = 'digest') = (digest_on IS NOT NULL)"
        )
        batch.create_unique_constraint(
            op.f("uq_mails_user_id_digest_on"), ["user_id", "digest_on"]
        )
    _create_preferences()
    _create_reports()
    _create_reviews()


def _create_preferences() -> None:
    op.create_table(
        "mail_preferences",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(40), nullable=False),
        sa.Column("rhythm", sa.String(40), nullable=False),
        sa.CheckConstraint(
            "level IN ('all', 'to-do', 'none')", name=op.f("ck_mail_preferences_level_known")
        ),
        sa.CheckConstraint(
            "rhythm IN ('at-once', 'daily')", name=op.f("ck_mail_preferences_rhythm_known")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_mail_preferences_user_id")
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_mail_preferences")),
    )


def _create_reports() -> None:
    op.create_table(
        "problem_reports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("contact", sa.String(200), nullable=False),
        sa.Column("locale", sa.String(40), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handled_by_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("length(body) > 0", name=op.f("ck_problem_reports_body_not_empty")),
        sa.CheckConstraint(
            "(state = 'handled') = (handled_at IS NOT NULL)",
            name=op.f("ck_problem_reports_handled_at_if_handled"),
        ),
        sa.CheckConstraint(
            "state = 'handled' OR note = ''", name=op.f("ck_problem_reports_note_when_handled")
        ),
        sa.CheckConstraint(
            "kind IN ('danger', 'consent', 'error', 'other')",
            name=op.f("ck_problem_reports_kind_known"),
        ),
        sa.CheckConstraint("locale IN ('fr', 'en')", name=op.f("ck_problem_reports_locale_known")),
        sa.CheckConstraint(
            "state IN ('open', 'handled')", name=op.f("ck_problem_reports_state_known")
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practices.id"], name=op.f("fk_problem_reports_practice_id")
        ),
        sa.ForeignKeyConstraint(
            ["handled_by_id"], ["users.id"], name=op.f("fk_problem_reports_handled_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_problem_reports")),
    )
    op.create_index(op.f("ix_problem_reports_practice_id"), "problem_reports", ["practice_id"])
    op.create_index(op.f("ix_problem_reports_sent_at"), "problem_reports", ["sent_at"])


def _create_reviews() -> None:
    op.create_table(
        "review_reminders",
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("stage", sa.String(40), nullable=False),
        sa.CheckConstraint(
            "stage IN ('soon', 'due')", name=op.f("ck_review_reminders_stage_known")
        ),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revisions.id"], name=op.f("fk_review_reminders_revision_id")
        ),
        sa.PrimaryKeyConstraint(
            "revision_id", "due_on", "stage", name=op.f("pk_review_reminders")
        ),
    )
    op.create_table(
        "review_confirmations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("was_due_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "length(note) > 0", name=op.f("ck_review_confirmations_note_not_empty")
        ),
        sa.CheckConstraint(
            "was_due_on IS NULL OR due_on > was_due_on",
            name=op.f("ck_review_confirmations_due_later"),
        ),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revisions.id"], name=op.f("fk_review_confirmations_revision_id")
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["users.id"], name=op.f("fk_review_confirmations_confirmed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_confirmations")),
    )
    op.create_index(
        op.f("ix_review_confirmations_revision_id"), "review_confirmations", ["revision_id"]
    )


def downgrade() -> None:
    for table in ("review_confirmations", "review_reminders", "problem_reports"):
        op.drop_table(table)
    op.drop_table("mail_preferences")
    # The older code knows no digest; what it would have counted is in the list of the site.
    op.execute("DELETE FROM mails WHERE kind = 'digest'")
    more = (
        sa.Column("digest_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'digest') = (digest_on IS NOT NULL)", name="ck_mails_digest_has_a_day"
        ),
        sa.UniqueConstraint("user_id", "digest_on", name="uq_mails_user_id_digest_on"),
    )
    with op.batch_alter_table("mails", copy_from=_mails(MAILS, *more)) as batch:
        batch.drop_constraint(op.f("uq_mails_user_id_digest_on"), type_="unique")
        batch.drop_constraint(op.f("ck_mails_digest_has_a_day"), type_="check")
        batch.drop_constraint(op.f("ck_mails_kind_known"), type_="check")
        batch.create_check_constraint(
            op.f("ck_mails_kind_known"), f"kind IN ({_listed(OLD_MAILS)})"
        )
        batch.drop_column("digest_on")
    op.drop_index(op.f("ix_notifications_awaits_digest_created_at"), "notifications")
    more = (
        sa.Column("to_do_as", sa.String(40), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("awaits_digest", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("digest_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "done_at IS NULL OR to_do_as IS NOT NULL", name="ck_notifications_only_to_dos_get_done"
        ),
        sa.CheckConstraint(
            "NOT (awaits_digest AND digest_on IS NOT NULL)", name="ck_notifications_in_one_digest"
        ),
    )
    with op.batch_alter_table("notifications", copy_from=_notifications(*more)) as batch:
        batch.drop_constraint(op.f("ck_notifications_in_one_digest"), type_="check")
        batch.drop_constraint(op.f("ck_notifications_only_to_dos_get_done"), type_="check")
        for column in ("digest_on", "awaits_digest", "done_at", "to_do_as"):
            batch.drop_column(column)


def _listed(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{value}'" for value in values)


def _notifications(*more: SchemaItem) -> sa.Table:
    """The table as it is before; SQLite changes one by copying it."""
    return sa.Table(
        "notifications",
        sa.MetaData(),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        *more,
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_notifications_user_id"),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["audit_entries.id"], name="fk_notifications_entry_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notifications"),
        sa.UniqueConstraint("user_id", "entry_id", name="uq_notifications_user_id_entry_id"),
        sa.Index("ix_notifications_entry_id", "entry_id"),
    )


def _mails(kinds: tuple[str, ...], *more: SchemaItem) -> sa.Table:
    return sa.Table(
        "mails",
        sa.MetaData(),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.String(200), nullable=False),
        *more,
        sa.CheckConstraint("attempts >= 0", name="ck_mails_attempts_counted"),
        sa.CheckConstraint(f"kind IN ({_listed(kinds)})", name="ck_mails_kind_known"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_mails_user_id"),
        sa.ForeignKeyConstraint(["entry_id"], ["audit_entries.id"], name="fk_mails_entry_id"),
        sa.PrimaryKeyConstraint("id", name="pk_mails"),
        sa.UniqueConstraint("user_id", "kind", "entry_id", name="uq_mails_user_id_kind_entry_id"),
        sa.Index("ix_mails_sent_at_due_at", "sent_at", "due_at"),
    )
