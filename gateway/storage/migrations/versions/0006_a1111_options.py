"""Options of AUTOMATIC1111's surface, one row for each caller."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "a1111_options",
        sa.Column("caller", sa.String(40), nullable=False),
        sa.Column("options", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("caller", name="pk_a1111_options"),
    )


def downgrade() -> None:
    """Remove it."""
    op.drop_table("a1111_options")
