"""What `avila installer` does for gateways, in the tests' own process but over a connection of its own."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from gateway.errands.runner import ErrandRunner
from gateway.ground import background
from gateway.kit.clock import SystemClock
from gateway.settings import Settings
from gateway.storage.database import Database, sqlite_url
from gateway.store_keeping import store_keeping


@contextlib.asynccontextmanager
async def store_keeper(settings: Settings) -> AsyncIterator[None]:
    """Errands are done while the block runs."""
    url, clock = settings.database_url, SystemClock()
    database = Database(sqlite_url(settings.data_dir) if url is None else url.get_secret_value())
    try:
        async with (
            store_keeping(settings, database, clock) as acts,
            background(ErrandRunner(database, clock, acts).run()),
        ):
            yield
    finally:
        await database.aclose()
