"""`avila installer`: looks at, installs and deletes models for administrators; `avila up` runs one by itself."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gateway.settings import Settings


def add_parser(subparsers: Any) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("installer", help="install the models that administrators ask for over HTTP")
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    """Work until told to stop; an installation that runs then goes on where it was at the next start."""
    import asyncio

    from avila.terminal import complain
    from gateway.observability.logging import configure_logging
    from gateway.settings import SettingsError, load_settings
    from gateway.storage.database import DatabaseError

    try:
        settings = load_settings()
        configure_logging(settings.log_format, settings.log_level)
        asyncio.run(_work(settings))
    except (SettingsError, DatabaseError, OSError) as error:
        complain(str(error))
        return 1
    return 0


async def _work(settings: Settings) -> None:
    import asyncio
    import signal

    from avila.installing.installer import Installer
    from gateway.backend.base import Health
    from gateway.errands.runner import ErrandRunner
    from gateway.ground import background
    from gateway.kit.clock import SystemClock
    from gateway.observability.ops import make_ops_app, ops_port
    from gateway.storage.database import Database, DatabaseUnavailableError, sqlite_url
    from gateway.store_keeping import store_keeping

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    url = settings.database_url
    database = Database(url.get_secret_value() if url is not None else sqlite_url(settings.data_dir))

    async def readyz() -> Health:
        try:
            await database.ping()
        except DatabaseUnavailableError as error:
            return Health(False, str(error))
        return Health(True)

    try:
        await database.open()
        async with ops_port(settings.host, settings.ops_port, make_ops_app(readyz)):
            clock = SystemClock()
            async with (
                store_keeping(settings, database, clock) as acts,
                background(ErrandRunner(database, clock, acts).run()),
            ):
                await Installer(database, clock, settings).run(stop)
    finally:
        await database.aclose()
