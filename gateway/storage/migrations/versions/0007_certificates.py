"""The certificate that an installation makes to sign its pictures with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "certificates",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("chain", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("algorithm", sa.String(20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_certificates"),
    )


def downgrade() -> None:
    """Remove it; pictures made from then on are signed by another."""
    op.drop_table("certificates")
