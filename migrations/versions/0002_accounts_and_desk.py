"""Second factor, ended sessions, tombstones, named readers, frozen attachments, notifications.

Revision ID: 0002
Revises: 0001
"""

from alembic import op
import sqlalchemy as sa

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

REASONS = ("safety", "consent", "error", "outdated", "rights")
MAIL_KINDS = ("notification", "invitation", "password-reset")


def upgrade() -> None:
    op.add_column("users", sa.Column("country", sa.String(2), nullable=True))
    op.add_column("users", sa.Column("totp_secret", sa.String(64), nullable=True))
    op.add_column("users", sa.Column("totp_step", sa.Integer(), nullable=True))
    op.add_column("comments", sa.Column("quote", sa.Text(), nullable=False, server_default=""))
    op.add_column("attachments", sa.Column("width", sa.Integer(), nullable=True))
    op.add_column("attachments", sa.Column("height", sa.Integer(), nullable=True))
    # Sessions and failed attempts are of the moment: nobody was able to sign in before.
    op.drop_table("user_sessions")
    _create_sessions(
        sa.Column("authenticated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
    )
    op.drop_table("failed_attempts")
    _create_failed_attempts(sa.Column("about", sa.String(64), nullable=False))
    op.create_table(
        "recovery_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_recovery_codes_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_codes")),
        sa.UniqueConstraint(
            "user_id", "code_hash", name=op.f("uq_recovery_codes_user_id_code_hash")
        ),
    )
    _create_desk_tables()
    _create_notification_tables()


def _create_sessions(*more: sa.Column) -> None:
    op.create_table(
        "user_sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("device", sa.String(200), nullable=False),
        *more,
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_user_sessions_expires_later")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_sessions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_user_sessions_token_hash")),
    )
    op.create_index(op.f("ix_user_sessions_user_id"), "user_sessions", ["user_id"])


def _create_failed_attempts(*more: sa.Column) -> None:
    op.create_table(
        "failed_attempts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        *more,
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failed_attempts")),
    )
    op.create_index("ix_failed_attempts_key_at", "failed_attempts", ["key", "at"])


def _create_desk_tables() -> None:
    known = ", ".join(f"'{reason}'" for reason in REASONS)
    op.create_table(
        "withdrawal_reasons",
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.CheckConstraint(
            f"reason IN ({known})", name=op.f("ck_withdrawal_reasons_reason_known")
        ),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revisions.id"], name=op.f("fk_withdrawal_reasons_revision_id")
        ),
        sa.PrimaryKeyConstraint("revision_id", name=op.f("pk_withdrawal_reasons")),
    )
    op.create_table(
        "practice_readers",
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("granted_by_id", sa.Integer(), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practices.id"], name=op.f("fk_practice_readers_practice_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_practice_readers_user_id")
        ),
        sa.ForeignKeyConstraint(
            ["granted_by_id"], ["users.id"], name=op.f("fk_practice_readers_granted_by_id")
        ),
        sa.PrimaryKeyConstraint("practice_id", "user_id", name=op.f("pk_practice_readers")),
    )
    op.create_table(
        "version_attachments",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(80), nullable=False),
        sa.Column("file_name", sa.String(200), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("alternative_text_fr", sa.String(500), nullable=False),
        sa.Column("alternative_text_en", sa.String(500), nullable=False),
        sa.Column("credit", sa.String(200), nullable=False),
        sa.Column("licence", sa.String(60), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["versions.id"], name=op.f("fk_version_attachments_version_id")
        ),
        sa.PrimaryKeyConstraint("version_id", "content_hash", name=op.f("pk_version_attachments")),
    )
    op.create_index(
        op.f("ix_version_attachments_content_hash"), "version_attachments", ["content_hash"]
    )


def _create_notification_tables() -> None:
    op.create_table(
        "notifications",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_notifications_user_id")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["audit_entries.id"], name=op.f("fk_notifications_entry_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notifications")),
        sa.UniqueConstraint("user_id", "entry_id", name=op.f("uq_notifications_user_id_entry_id")),
    )
    op.create_index(op.f("ix_notifications_entry_id"), "notifications", ["entry_id"])
    kinds = ", ".join(f"'{kind}'" for kind in MAIL_KINDS)
    op.create_table(
        "mails",
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
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_mails_attempts_counted")),
        sa.CheckConstraint(f"kind IN ({kinds})", name=op.f("ck_mails_kind_known")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_mails_user_id")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["audit_entries.id"], name=op.f("fk_mails_entry_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
        sa.UniqueConstraint(
            "user_id", "kind", "entry_id", name=op.f("uq_mails_user_id_kind_entry_id")
        ),
    )
    op.create_index("ix_mails_sent_at_due_at", "mails", ["sent_at", "due_at"])


def downgrade() -> None:
    for table in ("mails", "notifications", "version_attachments", "practice_readers"):
        op.drop_table(table)
    op.drop_table("withdrawal_reasons")
    op.drop_table("recovery_codes")
    op.drop_table("failed_attempts")
    _create_failed_attempts()
    op.drop_table("user_sessions")
    _create_sessions()
    for table, column in (
        ("attachments", "height"),
        ("attachments", "width"),
        ("comments", "quote"),
        ("users", "totp_step"),
        ("users", "totp_secret"),
        ("users", "country"),
    ):
        op.drop_column(table, column)
