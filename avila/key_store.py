"""The service's keys, for commands that run beside it or without it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from gateway.auth.service import KeyService
from gateway.composition import make_database
from gateway.kit.clock import SystemClock
from gateway.settings import Settings


@contextlib.asynccontextmanager
async def opened_keys(settings: Settings) -> AsyncIterator[KeyService]:
    """The keys in the database that the settings name; the database is made where it is missing."""
    database = make_database(settings)
    await database.open()
    try:
        yield KeyService(database, SystemClock())
    finally:
        await database.aclose()
