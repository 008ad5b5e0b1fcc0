"""The audit log lets one change through: that an address is taken out, when the person it was of is erased."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KEPT = ("id", "at", "action", "outcome", "actor", "key_id", "request_id", "target", "details")
SQLITE = """CREATE TRIGGER audit_log_no_UPDATE BEFORE UPDATE ON audit_log {when}
BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END"""
FUNCTION = """CREATE OR REPLACE FUNCTION audit_log_is_only_added_to() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN {exception} RAISE EXCEPTION 'the audit log is only added to'; END $$"""
EXCEPTION = """IF TG_OP = 'UPDATE' THEN
  IF NEW.address IS NULL AND to_jsonb(NEW) - 'address' = to_jsonb(OLD) - 'address' THEN RETURN NEW; END IF;
END IF;"""


def upgrade() -> None:
    """Apply."""
    if op.get_bind().dialect.name == "sqlite":
        same = " AND ".join(f"NEW.{column} IS OLD.{column}" for column in KEPT)
        op.execute("DROP TRIGGER audit_log_no_UPDATE")
        op.execute(SQLITE.format(when=f"WHEN NOT (NEW.address IS NULL AND {same})"))
    else:
        op.execute(FUNCTION.format(exception=EXCEPTION))


def downgrade() -> None:
    """Undo."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER audit_log_no_UPDATE")
        op.execute(SQLITE.format(when=""))
    else:
        op.execute(FUNCTION.format(exception=""))
