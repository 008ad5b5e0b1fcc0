"""Reading the audit log, and writing what no other transaction holds."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Any

from gateway.audit.repository import DONE, AuditFilter, AuditRepository
from gateway.kit.clock import Clock
from gateway.storage.database import Database
from gateway.storage.tables import AuditRow

EXPORT_PAGE = 500


class AuditService:
    """The administrators' side."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def record(self, action: str, target: str = "", outcome: str = DONE, **details: Any) -> None:
        """Write an act down in a transaction of its own; see `AuditRepository.record`."""
        async with self._database.transaction() as session:
            AuditRepository(session).record(self._clock.now(), action, target, outcome, **details)

    async def page(self, which: AuditFilter, before: str | None, limit: int) -> Sequence[AuditRow]:
        """Acts older than `before`, youngest first."""
        async with self._database.reading() as session:
            return await AuditRepository(session).page(which, before, limit, oldest_first=False)

    async def export(self, which: AuditFilter) -> AsyncGenerator[AuditRow, None]:
        """All of them, oldest first; no session is open between two pages."""
        after: str | None = None
        while True:
            async with self._database.reading() as session:
                rows = await AuditRepository(session).page(which, after, EXPORT_PAGE, oldest_first=True)
            for row in rows:
                yield row
            if len(rows) < EXPORT_PAGE:
                return
            after = rows[-1].id
