"""What gateways have the installer do at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "errands",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("given", JSON, nullable=False),
        sa.Column("origin", JSON, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("lease_until", MOMENT),
        sa.Column("answer", JSON),
        sa.PrimaryKeyConstraint("id", name="pk_errands"),
    )


def downgrade() -> None:
    """Remove it."""
    op.drop_table("errands")
