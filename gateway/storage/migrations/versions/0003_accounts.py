"""Users, their sessions and one-time tokens; what a key is good for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "users",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("password_hash", sa.String(200)),
        sa.Column("identity", sa.String(400)),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("timezone", sa.String(64), nullable=False),
        sa.Column("limits", JSON, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("signed_in_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
        sa.UniqueConstraint("identity", name=op.f("uq_users_identity")),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("user_id", sa.String(40), nullable=False),
        sa.Column("refresh_hash", sa.String(64), nullable=False),
        sa.Column("previous_hash", sa.String(64)),
        sa.Column("agent", sa.String(200), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("refreshed_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("revoked_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("refresh_hash", name=op.f("uq_sessions_refresh_hash")),
        sa.UniqueConstraint("previous_hash", name=op.f("uq_sessions_previous_hash")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id_users"), ondelete="CASCADE"),
    )
    op.create_index(op.f("ix_sessions_user_id"), "sessions", ["user_id"])
    op.create_table(
        "one_time_tokens",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("purpose", sa.String(12), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(40)),
        sa.Column("email", sa.String(254)),
        sa.Column("role", sa.String(10)),
        sa.Column("created_by", sa.String(40)),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("expires_at", INSTANT, nullable=False),
        sa.Column("used_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_tokens")),
        sa.UniqueConstraint("hash", name=op.f("uq_one_time_tokens_hash")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_one_time_tokens_user_id_users"), ondelete="CASCADE"
        ),
    )
    with op.batch_alter_table("api_keys") as keys:
        keys.add_column(sa.Column("user_id", sa.String(40)))
        keys.add_column(sa.Column("scopes", sa.String(100), nullable=False, server_default="generate read"))
        keys.add_column(sa.Column("policy", JSON, nullable=False, server_default="{}"))
        keys.add_column(sa.Column("expires_at", INSTANT))
        keys.create_foreign_key(op.f("fk_api_keys_user_id_users"), "users", ["user_id"], ["id"], ondelete="CASCADE")
        keys.create_index("ix_api_keys_user", ["user_id"])
    with op.batch_alter_table("api_keys") as keys:
        keys.alter_column("scopes", server_default=None)
        keys.alter_column("policy", server_default=None)


def downgrade() -> None:
    """Undo."""
    with op.batch_alter_table("api_keys") as keys:
        keys.drop_index("ix_api_keys_user")
        keys.drop_constraint("fk_api_keys_user_id_users", type_="foreignkey")
        for column in ("expires_at", "policy", "scopes", "user_id"):
            keys.drop_column(column)
    for table in ("one_time_tokens", "sessions", "users"):
        op.drop_table(table)
