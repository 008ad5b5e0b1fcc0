"""The audit log, to which rows are only added; and what a job's worker goes on from: the trace and the request."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SQLITE = """CREATE TRIGGER audit_log_no_{act} BEFORE {act} ON audit_log
BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END"""
FUNCTION = """CREATE FUNCTION audit_log_is_only_added_to() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'the audit log is only added to'; END $$"""
POSTGRES = """CREATE TRIGGER audit_log_no_{act} BEFORE {act} ON audit_log
FOR EACH {each} EXECUTE FUNCTION audit_log_is_only_added_to()"""


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "audit_log",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("outcome", sa.String(10), nullable=False),
        sa.Column("actor", sa.String(40), nullable=False),
        sa.Column("key_id", sa.String(40)),
        sa.Column("address", sa.String(45)),
        sa.Column("request_id", sa.String(64)),
        sa.Column("target", sa.String(80), nullable=False),
        sa.Column("details", sa.JSON().with_variant(JSONB(), "postgresql"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_log"),
    )
    op.create_index("ix_audit_log_actor", "audit_log", ["actor", "id"])
    op.create_index("ix_audit_log_target", "audit_log", ["target", "id"])
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(SQLITE.format(act=act))
    else:
        op.execute(FUNCTION)
        for act, each in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
            op.execute(POSTGRES.format(act=act, each=each))
    op.add_column("jobs", sa.Column("traceparent", sa.String(60)))
    op.add_column("jobs", sa.Column("request_id", sa.String(64)))


def downgrade() -> None:
    """Undo."""
    op.drop_column("jobs", "request_id")
    op.drop_column("jobs", "traceparent")
    op.drop_table("audit_log")
    if op.get_bind().dialect.name != "sqlite":
        op.execute("DROP FUNCTION audit_log_is_only_added_to()")
