"""The rows of jobs' events. A plain insert: the unit of work would cost more than the statement."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.storage.tables import JobEventRow


async def add_event(session: AsyncSession, key: tuple[str, int], kind: str, data: dict[str, Any], at: datetime) -> None:
    """Store an event under the job's id and its own."""
    values = {"job_id": key[0], "id": key[1], "type": kind, "data": data, "created_at": at}
    await session.execute(insert(JobEventRow), values)
