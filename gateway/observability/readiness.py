"""Whether pictures can be made now: a real inference, not more often than once a second."""

from __future__ import annotations

import asyncio

from gateway.backend.base import Backend, Health
from gateway.kit.clock import Clock

FRESH_S = 1.0
PATIENCE_S = 5.0


class Readiness:
    """Asks the backend, one question at a time, however many ask here."""

    def __init__(self, backend: Backend, clock: Clock) -> None:
        self._backend = backend
        self._clock = clock
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
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._backend.health()
        except TimeoutError:
            return Health(is_ready=False, reason=f"no answer to a real inference within {PATIENCE_S:g} s")
