"""`avila worker`: takes jobs from the table and runs them on the Triton beside it. Needs PostgreSQL."""

from __future__ import annotations

import argparse
from typing import Any


def add_parser(subparsers: Any) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("worker", help="take jobs and run them, beside gateways on one PostgreSQL")
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    """Work until told to stop; jobs that run then get the grace period, and go back into the queue after it."""
    import asyncio

    from avila.terminal import complain
    from gateway.observability.logging import configure_logging
    from gateway.settings import SettingsError, load_settings
    from gateway.storage.database import DatabaseError
    from gateway.storage.images import StorageError
    from gateway.worker.__main__ import run as work

    try:
        settings = load_settings()
        if settings.database_url is None:
            complain(
                "a worker of its own needs PostgreSQL; set AVILA_DATABASE_URL. With SQLite the gateway is the worker"
            )
            return 1
        configure_logging(settings.log_format, settings.log_level)
        asyncio.run(work(settings))
    except (SettingsError, DatabaseError, StorageError, OSError) as error:
        complain(str(error))
        return 1
    return 0
