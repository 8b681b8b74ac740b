"""What indicators count: targets of Goal 16 as terms of a version, and indexes.

Revision ID: 0009
Revises: 0008
"""

from alembic import op
import sqlalchemy as sa

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

FACET = "sdg"
BATCH = 200
HISTORY = "ix_revisions_practice_id_state_version_id_published_at_visibility"
VERSIONS = sa.table("versions", sa.column("id", sa.Integer), sa.column("content", sa.JSON))
TAGS = sa.table(
    "version_tags",
    sa.column("version_id", sa.Integer),
    sa.column("facet", sa.String),
    sa.column("code", sa.String),
)


def upgrade() -> None:
    connection = op.get_bind()
    last = 0
    query = sa.select(VERSIONS.c.id, VERSIONS.c.content).order_by(VERSIONS.c.id).limit(BATCH)
    while rows := connection.execute(query.where(VERSIONS.c.id > last)).all():
        tags = [
            {"version_id": version, "facet": FACET, "code": code}
            for version, content in rows
            for code in dict.fromkeys(content.get("sdg_targets") or ())
        ]
        if tags:
            connection.execute(TAGS.insert(), tags)
        last = rows[-1][0]
    columns = ["practice_id", "state", "version_id", "published_at", "visibility"]
    op.create_index(op.f(HISTORY), "revisions", columns)


def downgrade() -> None:
    op.drop_index(op.f(HISTORY), "revisions")
    op.execute(TAGS.delete().where(TAGS.c.facet == FACET))
