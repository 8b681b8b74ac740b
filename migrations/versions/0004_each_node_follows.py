"""The indexes follow the audit trail: nothing is queued for them any more.

Revision ID: 0004
Revises: 0003
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_audit_entries_type_id"), "audit_entries", ["type", "id"])
    op.execute("DELETE FROM deliveries WHERE consumer = 'index'")


def downgrade() -> None:
    # What the older code would have queued it finds by comparing, when it starts.
    op.drop_index(op.f("ix_audit_entries_type_id"), "audit_entries")
