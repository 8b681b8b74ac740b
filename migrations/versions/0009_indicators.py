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
HISTORY = "ix_revisions_history"
INDEXES: tuple[tuple[str, str, list[str]], ...] = (
    (HISTORY, "revisions", ["practice_id", "state", "version_id", "published_at", "visibility"]),
    (
        "ix_adoptions_counted",
        "adoptions",
        [
            *("organisation_id", "stage", "stage_on", "women_led", "youth_led"),
            *("is_demo", "revision_id", "practice_id"),
        ],
    ),
    (
        "ix_adoptions_moved_on",
        "adoptions",
        [
            *("stage_on", "organisation_id", "practice_id", "women_led", "youth_led"),
            *("is_demo", "revision_id"),
        ],
    ),
    (
        "ix_adoptions_recorded",
        "adoptions",
        ["recorded_at", "is_demo", "organisation_id", "revision_id"],
    ),
    (
        "ix_adoptions_recorded_by",
        "adoptions",
        ["organisation_id", "recorded_at", "is_demo", "revision_id"],
    ),
    (
        "ix_adoptions_taken_up",
        "adoptions",
        ["practice_id", "stage", "stage_on", "is_demo", "organisation_id", "revision_id"],
    ),
    ("ix_follow_ups_due_on", "follow_ups", ["due_on", "dropped_on", "done_on", "adoption_id"]),
    ("ix_follow_ups_counted", "follow_ups", ["adoption_id", "due_on", "dropped_on", "done_on"]),
    (
        "ix_adoption_stages_reached",
        "adoption_stages",
        ["adoption_id", "reached_on", "id", "stage"],
    ),
    ("ix_adoption_stages_recorded", "adoption_stages", ["recorded_at", "adoption_id", "stage"]),
)
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
    for name, table, columns in INDEXES:
        op.create_index(op.f(name), table, columns)


def downgrade() -> None:
    for name, table, _ in reversed(INDEXES):
        op.drop_index(op.f(name), table)
    op.execute(TAGS.delete().where(TAGS.c.facet == FACET))
