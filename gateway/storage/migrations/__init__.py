"""Alembic, driven from code: the program brings its database up itself, so there is no set-up step to forget."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

_LOCK = 0x4156494C  # "AVIL": one migrating process at a time on PostgreSQL


class UnknownRevisionError(Exception):
    """The database was made by a newer version of the program."""


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Apply every migration up to `revision`, within the connection's transaction.

    Raises:
        UnknownRevisionError: the database is at a revision this version does not know.
    """
    config = _config(connection)
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    current = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if current is not None and current not in known:
        raise UnknownRevisionError(
            f"the database is at schema {current}, which this version does not know; start the version that made it"
        )
    command.upgrade(config, revision)


def downgrade(connection: Connection, revision: str) -> None:
    """Undo migrations down to `revision` ("base" for all), within the connection's transaction."""
    command.downgrade(_config(connection), revision)


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
