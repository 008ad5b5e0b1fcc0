"""`avila migrate`: bring the database up to this version and leave, before anything of the version starts."""

from __future__ import annotations

import argparse
from typing import Any


def add_parser(subparsers: Any) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("migrate", help="bring the database up to this version and leave")
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    """Migrate. 1 when the database cannot be reached or is of a newer version."""
    import asyncio

    from avila.terminal import complain, say
    from gateway.settings import Settings, SettingsError, load_settings
    from gateway.storage.database import DatabaseError
    from gateway.stores import make_database

    async def migrate(settings: Settings) -> str:
        database = make_database(settings)
        try:
            await database.open()
            return await database.revision()
        finally:
            await database.aclose()

    try:
        say(f"the database is at schema {asyncio.run(migrate(load_settings()))}")
    except (SettingsError, DatabaseError, OSError) as error:
        complain(str(error))
        return 1
    return 0
