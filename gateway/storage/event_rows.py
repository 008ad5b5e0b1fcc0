"""The rows of jobs' events. A plain insert: the unit of work would cost more than the statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.storage.tables import JobEventRow

_TABLE: Any = JobEventRow.__table__
_INSERT = insert(_TABLE)
Event: TypeAlias = tuple[str, int, str, dict[str, Any]]
"""Its job's id, its own, its type, its data."""


async def add_events(session: AsyncSession, events: Sequence[Event], at: datetime) -> None:
    """Store events in one statement."""
    rows = [{"job_id": job, "id": id, "type": kind, "data": data, "created_at": at} for job, id, kind, data in events]
    if rows:
        await session.execute(_INSERT, rows)
