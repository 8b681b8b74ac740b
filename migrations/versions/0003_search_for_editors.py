"""Glossary entries that editors change, searches that found nothing, the editors' choice.

Revision ID: 0003
Revises: 0002
"""

import hashlib
import json

from alembic import op
import sqlalchemy as sa

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "glossary_entries",
        sa.Column("digest", sa.String(64), nullable=False, server_default=""),
    )
    op.add_column(
        "glossary_entries", sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "glossary_entries",
        sa.Column("is_removed", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    _fill_digests()
    op.create_table(
        "search_misses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("query_hash", sa.String(64), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(200), nullable=True),
        sa.Column("locale", sa.String(40), nullable=False),
        sa.Column("last_seen_on", sa.Date(), nullable=False),
        sa.CheckConstraint("times >= 1", name=op.f("ck_search_misses_times_counted")),
        sa.CheckConstraint(
            "text IS NULL OR times >= 3", name=op.f("ck_search_misses_text_only_if_repeated")
        ),
        sa.CheckConstraint("locale IN ('fr', 'en')", name=op.f("ck_search_misses_locale_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_misses")),
        sa.UniqueConstraint("query_hash", name=op.f("uq_search_misses_query_hash")),
    )
    op.create_table(
        "search_promotions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("query", sa.String(200), nullable=False),
        sa.Column("practice_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["practice_id"], ["practices.id"], name=op.f("fk_search_promotions_practice_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_promotions")),
        sa.UniqueConstraint(
            "query", "practice_id", name=op.f("uq_search_promotions_query_practice_id")
        ),
    )
    op.create_index(op.f("ix_search_promotions_practice_id"), "search_promotions", ["practice_id"])


def _fill_digests() -> None:
    entries = sa.table(
        "glossary_entries",
        sa.column("id", sa.Integer()),
        sa.column("content", sa.JSON()),
        sa.column("digest", sa.String()),
    )
    connection = op.get_bind()
    for number, content in connection.execute(sa.select(entries.c.id, entries.c.content)).all():
        text = json.dumps(content, ensure_ascii=True, sort_keys=True)
        digest = hashlib.sha256(text.encode()).hexdigest()
        connection.execute(sa.update(entries).where(entries.c.id == number).values(digest=digest))


def downgrade() -> None:
    op.drop_table("search_promotions")
    op.drop_table("search_misses")
    # Nothing there says any more that these are not to be shown.
    op.execute("DELETE FROM glossary_entries WHERE is_removed")
    for column in ("is_removed", "edited_at", "digest"):
        op.drop_column("glossary_entries", column)
