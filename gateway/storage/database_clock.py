"""The time by which those who share work over the database measure: leases, and until when something is waited for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, literal
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.storage.tables.base import Instant


class DatabaseClock:
    """On PostgreSQL, which several machines use, its own; on SQLite, which one uses, `now`.

    Attributes:
        now: as a statement compares and stores it.
    """

    def __init__(self, session: AsyncSession, now: datetime) -> None:
        self._moment = now
        self._is_sqlite = session.get_bind().dialect.name == "sqlite"
        self.now: ColumnElement[Any] = literal(now, Instant()) if self._is_sqlite else func.clock_timestamp()

    def after(self, seconds: float) -> Any:
        """So long from now, as a statement compares and stores it; negative seconds lie before."""
        if self._is_sqlite:
            return self._moment + timedelta(seconds=seconds)
        return func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 0, seconds)
