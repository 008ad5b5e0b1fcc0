"""Quotas: usage per day, limits of roles; what a result cache needs."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def new_columns() -> dict[str, list[sa.Column[Any]]]:
    """What is added to tables that exist."""
    return {
        "users": [sa.Column("preferences", JSON, nullable=False, server_default="{}")],
        "jobs": [
            sa.Column("quota_day", sa.String(10), nullable=False, server_default=""),
            sa.Column("recipe", sa.String(64), nullable=False, server_default=""),
            sa.Column("cached_from", sa.String(40)),
            sa.Column("fingerprint", sa.String(80), nullable=False, server_default=""),
        ],
    }


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "usage_days",
        sa.Column("who", sa.String(40), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        sa.Column("images", sa.BigInteger(), nullable=False),
        sa.Column("work", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("who", "day", name=op.f("pk_usage_days")),
    )
    op.create_table(
        "role_limits",
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("limits", JSON, nullable=False),
        sa.PrimaryKeyConstraint("role", name=op.f("pk_role_limits")),
    )
    for table, columns in new_columns().items():
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.add_column(column)
        with op.batch_alter_table(table) as batch:
            for column in columns:
                if column.server_default is not None:
                    batch.alter_column(column.name, server_default=None)
    op.create_index("ix_jobs_recipe", "jobs", ["owner", "recipe"])
    op.create_index("ix_images_owner_bytes", "images", ["owner", "size_bytes"])


def downgrade() -> None:
    """Undo."""
    op.drop_index("ix_images_owner_bytes", "images")
    op.drop_index("ix_jobs_recipe", "jobs")
    for table, columns in new_columns().items():
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.drop_column(column.name)
    op.drop_table("role_limits")
    op.drop_table("usage_days")
