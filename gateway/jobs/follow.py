"""One job's events, from any point to its end, whatever is lost on the way."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from gateway.jobs.hub import Hub
from gateway.jobs.records import JobEvent
from gateway.jobs.repository import JobRepository
from gateway.storage.database import Database

SAFETY_S = 2.0
"""After so long without an event the database is asked: wake-ups are hints and may be lost."""


async def follow(database: Database, hub: Hub, job_id: str, owner: str, after: int) -> AsyncGenerator[JobEvent, None]:
    """The stored events with an id beyond `after`, then those that come, up to the terminal one.

    It listens before it reads, so nothing falls between the two. No database session is open while it waits.
    """
    with hub.job(job_id) as subscription:
        for event in await stored(database, job_id, owner, after):
            after = event.id
            yield event
            if event.is_terminal:
                return
        while True:
            heard = await subscription.take(SAFETY_S)
            if heard is not None and heard.is_passing:
                if heard.id > after:
                    yield heard
                continue
            # a stored event: what came before it may have been lost, so the database tells them all, in order
            for event in await stored(database, job_id, owner, after):
                after = event.id
                yield event
                if event.is_terminal:
                    return


async def stored(database: Database, job_id: str, owner: str, after: int) -> list[JobEvent]:
    """The stored events with an id beyond `after`, in order."""
    async with database.reading() as session:
        rows = await JobRepository(session).events(job_id, after)
    return [JobEvent(row.job_id, owner, row.id, row.type, row.data) for row in rows]
