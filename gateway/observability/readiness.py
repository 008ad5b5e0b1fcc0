"""Whether pictures can be made now: a real inference, not more often than once a second."""

from __future__ import annotations

import asyncio

from gateway.backend.base import Backend, Health
from gateway.kit.clock import Clock
from gateway.storage.database import Database, DatabaseUnavailableError

FRESH_S = 1.0
PATIENCE_S = 5.0
DATABASE_S = 2.0
DATABASE_MAY_BE_AWAY_S = 15.0
"""A restart of the database takes every gateway's away at once: they wait for it. One that stays without it leaves."""


class Readiness:
    """Asks the backend, one question at a time, however many ask here."""

    def __init__(self, backend: Backend, clock: Clock, database: Database | None = None) -> None:
        self._backend = backend
        self._clock = clock
        self._database = database
        self._database_left_at: float | None = None
        self._asking = asyncio.Lock()
        self._answer = Health(is_ready=False, reason="not asked yet")
        self._answered_at: float | None = None

    async def check(self) -> Health:
        """The backend's health, at most a second old."""
        async with self._asking:
            if self._answered_at is None or self._clock.monotonic() - self._answered_at >= FRESH_S:
                self._answer = await self._ask()
                self._answered_at = self._clock.monotonic()
            return self._answer

    async def _ask(self) -> Health:
        away_s, health = await asyncio.gather(self._without_database_s(), self._backend_health())
        if away_s > DATABASE_MAY_BE_AWAY_S:
            return Health(is_ready=False, reason=f"the database has been away for {away_s:.0f} s")
        return health

    async def _backend_health(self) -> Health:
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._backend.health()
        except TimeoutError:
            return Health(is_ready=False, reason=f"no answer to a real inference within {PATIENCE_S:g} s")

    async def _without_database_s(self) -> float:
        if self._database is None:
            return 0.0
        now = self._clock.monotonic()
        try:
            async with asyncio.timeout(DATABASE_S):
                await self._database.ping()
        except (DatabaseUnavailableError, TimeoutError):
            self._database_left_at = now if self._database_left_at is None else self._database_left_at
            return now - self._database_left_at
        self._database_left_at = None
        return 0.0
