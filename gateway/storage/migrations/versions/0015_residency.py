"""Which pipelines are loaded on which server, and which jobs hold them there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add both tables and the column."""
    op.create_table(
        "model_servers",
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("max_resident", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_model_servers"),
    )
    op.create_table(
        "residencies",
        sa.Column("server", sa.String(200), nullable=False),
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("content", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("last_used_at", MOMENT),
        sa.Column("wanted_since", MOMENT),
        sa.Column("wanted_until", MOMENT),
        sa.Column("lease_owner", sa.String(80)),
        sa.Column("lease_until", MOMENT),
        sa.PrimaryKeyConstraint("server", "model", name="pk_residencies"),
    )
    op.add_column("jobs", sa.Column("held_on", sa.String(200)))


def downgrade() -> None:
    """Remove them."""
    op.drop_column("jobs", "held_on")
    op.drop_table("residencies")
    op.drop_table("model_servers")
