"""What a translation corresponds to, what an author does, and invitations to write together.

Revision ID: 0005
Revises: 0004
"""

from alembic import op
import sqlalchemy as sa

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ROLES = ("writes", "translates", "left")


def _role(**more: str) -> sa.Column:
    kind = sa.Enum(*ROLES, name="role_known", native_enum=False, length=40)
    return sa.Column("role", kind, nullable=False, **more)


def _known(table: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{role}'" for role in ROLES)
    return sa.CheckConstraint(f"role IN ({listed})", name=op.f(f"ck_{table}_role_known"))


def upgrade() -> None:
    op.add_column(
        "revisions",
        sa.Column("translation_bases", sa.JSON(), nullable=False, server_default="{}"),
    )
    with op.batch_alter_table("revision_authors") as table:
        table.add_column(_role(server_default=ROLES[0]))
        table.create_check_constraint(
            op.f("ck_revision_authors_role_known"),
            "role IN ('writes', 'translates', 'left')",
        )
    op.create_table(
        "author_invitations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        _role(),
        sa.Column("invited_by_id", sa.Integer(), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "length(email) > 0", name=op.f("ck_author_invitations_email_not_empty")
        ),
        _known("author_invitations"),
        sa.ForeignKeyConstraint(
            ["revision_id"], ["revisions.id"], name=op.f("fk_author_invitations_revision_id")
        ),
        sa.ForeignKeyConstraint(
            ["invited_by_id"], ["users.id"], name=op.f("fk_author_invitations_invited_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_author_invitations")),
        sa.UniqueConstraint(
            "revision_id", "email", name=op.f("uq_author_invitations_revision_id_email")
        ),
    )
    op.create_index(op.f("ix_author_invitations_email"), "author_invitations", ["email"])


def downgrade() -> None:
    op.drop_table("author_invitations")
    with op.batch_alter_table("revision_authors") as table:
        table.drop_constraint(op.f("ck_revision_authors_role_known"), type_="check")
        table.drop_column("role")
    op.drop_column("revisions", "translation_bases")
