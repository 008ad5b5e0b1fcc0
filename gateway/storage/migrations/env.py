"""Run by Alembic: the connection comes from `gateway.storage.migrations`, or from the command line's database URL."""

from __future__ import annotations

from alembic import context

from gateway.storage.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite alters a table by copying it
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
