"""Adoptions, follow-ups, recalls, follows, saved searches, merged organisations, keys.

Revision ID: 0008
Revises: 0004
"""

from alembic import op
import sqlalchemy as sa

revision = "0008"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = (
    "organisation_merges",
    "api_tokens",
    "adoptions",
    "adoption_stages",
    "follow_ups",
    "transfer_checks",
    "recalls",
    "recall_messages",
    "saved_searches",
    "follows",
    "follow_news",
    "feed_tokens",
)


def upgrade() -> None:
    _create_organisation_merges()
    _create_api_tokens()
    _create_adoptions()
    _create_adoption_stages()
    _create_follow_ups()
    _create_transfer_checks()
    _create_recalls()
    _create_recall_messages()
    _create_saved_searches()
    _create_follows()
    _create_follow_news()
    _create_feed_tokens()
    _make_append_only("adoption_stages")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    if not _is_sqlite():
        op.execute("DROP FUNCTION adoption_stages_refuse()")


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _known(table: str, column: str, name: str, *values: str) -> sa.CheckConstraint:
    known = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({known})", name=op.f(f"ck_{table}_{name}"))


def _make_append_only(table: str) -> None:
    refusal = f"rows of {table} are never changed or deleted"
    if _is_sqlite():
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{refusal}' "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_refuse()"
    )


def _create_organisation_merges() -> None:
    op.create_table(
        "organisation_merges",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("into_id", sa.Integer(), nullable=False),
        sa.Column("merged_by_id", sa.Integer(), nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "organisation_id <> into_id", name=op.f("ck_organisation_merges_into_another")
        ),
        sa.ForeignKeyConstraint(
            ["into_id"], ["organisations.id"], name=op.f("fk_organisation_merges_into_id")
        ),
        sa.ForeignKeyConstraint(
            ["merged_by_id"], ["users.id"], name=op.f("fk_organisation_merges_merged_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisations.id"],
            name=op.f("fk_organisation_merges_organisation_id"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_organisation_merges")),
    )
    op.create_index(op.f("ix_organisation_merges_into_id"), "organisation_merges", ["into_id"])


def _create_api_tokens() -> None:
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("scope", sa.String(40), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_api_tokens_expires_later")),
        sa.CheckConstraint("length(name) > 0", name=op.f("ck_api_tokens_name_not_empty")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_api_tokens_user_id")),
        _known("api_tokens", "scope", "scope_known", "adoptions:write"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
    )
    op.create_index(op.f("ix_api_tokens_user_id"), "api_tokens", ["user_id"])


def _create_adoptions() -> None:
    op.create_table(
        "adoptions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("region", sa.String(length=60), nullable=True),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("shown", sa.String(40), nullable=False),
        sa.Column("stage", sa.String(40), nullable=False),
        sa.Column("stage_on", sa.Date(), nullable=False),
        sa.Column("people_involved", sa.Integer(), nullable=True),
        sa.Column("women_involved", sa.Integer(), nullable=True),
        sa.Column("youth_involved", sa.Integer(), nullable=True),
        sa.Column("women_led", sa.String(40), nullable=False),
        sa.Column("youth_led", sa.String(40), nullable=False),
        sa.Column("women_leaders", sa.Integer(), nullable=True),
        sa.Column("youth_leaders", sa.Integer(), nullable=True),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("adaptations", sa.Text(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verified_by_id", sa.Integer(), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("lock_number", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "women_leaders IS NULL OR (women_led = 'yes' AND women_leaders > 0 AND (women_involved IS NULL OR women_leaders <= women_involved))",
            name=op.f("ck_adoptions_women_leaders_among_women"),
        ),
        sa.CheckConstraint(
            "youth_leaders IS NULL OR (youth_led = 'yes' AND youth_leaders > 0 AND (youth_involved IS NULL OR youth_leaders <= youth_involved))",
            name=op.f("ck_adoptions_youth_leaders_among_youth"),
        ),
        sa.CheckConstraint(
            "(verified_at IS NULL) = (verified_by_id IS NULL)",
            name=op.f("ck_adoptions_verified_by_somebody"),
        ),
        sa.CheckConstraint(
            "people_involved IS NULL OR people_involved >= 0",
            name=op.f("ck_adoptions_people_counted"),
        ),
        sa.CheckConstraint(
            "verified_by_id IS NULL OR verified_by_id <> recorded_by_id",
            name=op.f("ck_adoptions_verified_by_another"),
        ),
        sa.CheckConstraint(
            "women_involved IS NULL OR (women_involved >= 0 AND (people_involved IS NULL OR women_involved <= people_involved))",
            name=op.f("ck_adoptions_women_among_people"),
        ),
        sa.CheckConstraint(
            "youth_involved IS NULL OR (youth_involved >= 0 AND (people_involved IS NULL OR youth_involved <= people_involved))",
            name=op.f("ck_adoptions_youth_among_people"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisations.id"], name=op.f("fk_adoptions_organisation_id")
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practices.id"], name=op.f("fk_adoptions_practice_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_adoptions_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revisions.id"], name=op.f("fk_adoptions_revision_id")
        ),
        sa.ForeignKeyConstraint(
            ["verified_by_id"], ["users.id"], name=op.f("fk_adoptions_verified_by_id")
        ),
        _known("adoptions", "shown", "shown_known", "aggregate", "organisation"),
        _known(
            "adoptions",
            "stage",
            "stage_known",
            "intent",
            "trial",
            "adopted",
            "institutionalised",
            "abandoned",
        ),
        _known("adoptions", "women_led", "women_led_known", "yes", "no", "unknown"),
        _known("adoptions", "youth_led", "youth_led_known", "yes", "no", "unknown"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adoptions")),
    )
    op.create_index(op.f("ix_adoptions_organisation_id"), "adoptions", ["organisation_id"])
    op.create_index(op.f("ix_adoptions_practice_id"), "adoptions", ["practice_id"])
    op.create_index(op.f("ix_adoptions_recorded_by_id"), "adoptions", ["recorded_by_id"])
    op.create_index("ix_adoptions_stage_stage_on", "adoptions", ["stage", "stage_on"])


def _create_adoption_stages() -> None:
    op.create_table(
        "adoption_stages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("adoption_id", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(40), nullable=False),
        sa.Column("reached_on", sa.Date(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["adoption_id"], ["adoptions.id"], name=op.f("fk_adoption_stages_adoption_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_adoption_stages_recorded_by_id")
        ),
        _known(
            "adoption_stages",
            "stage",
            "stage_known",
            "intent",
            "trial",
            "adopted",
            "institutionalised",
            "abandoned",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adoption_stages")),
        sa.UniqueConstraint(
            "adoption_id", "stage", name=op.f("uq_adoption_stages_adoption_id_stage")
        ),
    )


def _create_follow_ups() -> None:
    op.create_table(
        "follow_ups",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("adoption_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("dropped_on", sa.Date(), nullable=True),
        sa.Column("what_changed", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("unintended", sa.Text(), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("still_in_use", sa.Boolean(), nullable=True),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(done_on IS NULL) = (recorded_at IS NULL) AND (done_on IS NULL) = (recorded_by_id IS NULL) AND (done_on IS NULL) = (rating IS NULL) AND (done_on IS NULL) = (still_in_use IS NULL)",
            name=op.f("ck_follow_ups_done_with_an_answer"),
        ),
        sa.CheckConstraint(
            "done_on IS NULL OR dropped_on IS NULL", name=op.f("ck_follow_ups_done_or_dropped")
        ),
        sa.CheckConstraint("month IN (3, 6, 12)", name=op.f("ck_follow_ups_month_known")),
        sa.CheckConstraint(
            "rating IS NULL OR rating BETWEEN 1 AND 4", name=op.f("ck_follow_ups_rating_known")
        ),
        sa.ForeignKeyConstraint(
            ["adoption_id"], ["adoptions.id"], name=op.f("fk_follow_ups_adoption_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_follow_ups_recorded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_ups")),
        sa.UniqueConstraint("adoption_id", "month", name=op.f("uq_follow_ups_adoption_id_month")),
    )
    op.create_index("ix_follow_ups_done_on_due_on", "follow_ups", ["done_on", "due_on"])


def _create_transfer_checks() -> None:
    op.create_table(
        "transfer_checks",
        sa.Column("adoption_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["adoption_id"], ["adoptions.id"], name=op.f("fk_transfer_checks_adoption_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["users.id"], name=op.f("fk_transfer_checks_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["versions.id"], name=op.f("fk_transfer_checks_version_id")
        ),
        sa.PrimaryKeyConstraint("adoption_id", name=op.f("pk_transfer_checks")),
    )


def _create_recalls() -> None:
    op.create_table(
        "recalls",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(40), nullable=True),
        sa.Column("adoption_id", sa.Integer(), nullable=True),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "reason IS NULL OR kind = 'withdrawn'", name=op.f("ck_recalls_reason_of_a_withdrawal")
        ),
        sa.CheckConstraint(
            "(acknowledged_at IS NULL) = (acknowledged_by_id IS NULL)",
            name=op.f("ck_recalls_acknowledged_by_somebody"),
        ),
        sa.CheckConstraint(
            "(adoption_id IS NULL) <> (user_id IS NULL)", name=op.f("ck_recalls_for_one_holder")
        ),
        sa.ForeignKeyConstraint(
            ["acknowledged_by_id"], ["users.id"], name=op.f("fk_recalls_acknowledged_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["adoption_id"], ["adoptions.id"], name=op.f("fk_recalls_adoption_id")
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["audit_entries.id"], name=op.f("fk_recalls_entry_id")
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practices.id"], name=op.f("fk_recalls_practice_id")
        ),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revisions.id"], name=op.f("fk_recalls_revision_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_recalls_user_id")),
        _known(
            "recalls", "kind", "kind_known", "corrected", "restricted", "withdrawn", "archived"
        ),
        _known(
            "recalls", "reason", "reason_known", "safety", "consent", "error", "outdated", "rights"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recalls")),
        sa.UniqueConstraint(
            "entry_id", "adoption_id", name=op.f("uq_recalls_entry_id_adoption_id")
        ),
        sa.UniqueConstraint("entry_id", "user_id", name=op.f("uq_recalls_entry_id_user_id")),
    )
    op.create_index(op.f("ix_recalls_adoption_id"), "recalls", ["adoption_id"])
    op.create_index(op.f("ix_recalls_practice_id"), "recalls", ["practice_id"])
    op.create_index(op.f("ix_recalls_user_id"), "recalls", ["user_id"])


def _create_recall_messages() -> None:
    op.create_table(
        "recall_messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(text) > 0", name=op.f("ck_recall_messages_text_not_empty")),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_recall_messages_author_id")
        ),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revisions.id"], name=op.f("fk_recall_messages_revision_id")
        ),
        _known(
            "recall_messages",
            "action",
            "action_known",
            "submit",
            "recall",
            "assign",
            "request_changes",
            "approve",
            "reopen",
            "publish",
            "reject",
            "abandon",
            "supersede",
            "archive",
            "restore",
            "withdraw",
            "import",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall_messages")),
        sa.UniqueConstraint(
            "revision_id", "action", name=op.f("uq_recall_messages_revision_id_action")
        ),
    )


def _create_saved_searches() -> None:
    op.create_table(
        "saved_searches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("query", sa.String(length=1000), nullable=False),
        sa.Column("locale", sa.String(40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(name) > 0", name=op.f("ck_saved_searches_name_not_empty")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_saved_searches_user_id")),
        _known("saved_searches", "locale", "locale_known", "fr", "en"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_searches")),
        sa.UniqueConstraint("user_id", "query", name=op.f("uq_saved_searches_user_id_query")),
    )


def _create_follows() -> None:
    op.create_table(
        "follows",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("practice_id", sa.Integer(), nullable=True),
        sa.Column("theme", sa.String(length=60), nullable=True),
        sa.Column("saved_search_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(practice_id IS NOT NULL AND theme IS NULL AND saved_search_id IS NULL) OR (practice_id IS NULL AND theme IS NOT NULL AND saved_search_id IS NULL) OR (practice_id IS NULL AND theme IS NULL AND saved_search_id IS NOT NULL)",
            name=op.f("ck_follows_of_one_thing"),
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practices.id"], name=op.f("fk_follows_practice_id")
        ),
        sa.ForeignKeyConstraint(
            ["saved_search_id"], ["saved_searches.id"], name=op.f("fk_follows_saved_search_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_follows_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follows")),
        sa.UniqueConstraint("user_id", "practice_id", name=op.f("uq_follows_user_id_practice_id")),
        sa.UniqueConstraint(
            "user_id", "saved_search_id", name=op.f("uq_follows_user_id_saved_search_id")
        ),
        sa.UniqueConstraint("user_id", "theme", name=op.f("uq_follows_user_id_theme")),
    )
    op.create_index("ix_follows_practice_id", "follows", ["practice_id"])


def _create_follow_news() -> None:
    op.create_table(
        "follow_news",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["audit_entries.id"], name=op.f("fk_follow_news_entry_id")
        ),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practices.id"], name=op.f("fk_follow_news_practice_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_follow_news_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_news")),
        sa.UniqueConstraint("user_id", "entry_id", name=op.f("uq_follow_news_user_id_entry_id")),
    )


def _create_feed_tokens() -> None:
    op.create_table(
        "feed_tokens",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_feed_tokens_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_feed_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_feed_tokens_token_hash")),
    )
