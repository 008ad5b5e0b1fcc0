"""Roles' safety policies, rules about prompts, and what was decided and found about a job's pictures."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Add both tables and both columns."""
    op.create_table(
        "role_safety",
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("policy", JSON, nullable=False),
        sa.PrimaryKeyConstraint("role", name="pk_role_safety"),
    )
    op.create_table(
        "safety_rules",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("label", sa.String(100), nullable=False),
        sa.Column("words", sa.String(200), nullable=False),
        sa.Column("created_by", sa.String(40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_safety_rules"),
    )
    op.add_column("jobs", sa.Column("moderation", JSON))
    op.add_column("images", sa.Column("moderation", sa.String(20)))


def downgrade() -> None:
    """Remove them."""
    op.drop_column("images", "moderation")
    op.drop_column("jobs", "moderation")
    op.drop_table("safety_rules")
    op.drop_table("role_safety")
