"""One job's events, from any point to its end, whatever is lost on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence

from gateway.jobs.hub import Hub
from gateway.jobs.records import EVENTS_PER_CLAIM, QUEUED_ID, JobEvent
from gateway.jobs.repository import JobRepository
from gateway.jobs.status import TERMINAL
from gateway.storage.database import Database, DatabaseUnavailableError

DATABASE_PATIENCE_S = 15.0
DATABASE_RETRY_S = 0.5
SAFETY_S = 2.0
"""After so long without an event the database is asked: wake-ups are hints and may be lost."""


async def follow(
    database: Database, hub: Hub, job_id: str, owner: str, after: int, *, is_read: bool = False
) -> AsyncGenerator[JobEvent, None]:
    """The stored events with an id beyond `after`, then those that come, up to the terminal one.

    It listens before it reads, so nothing falls between the two. What is heard is believed where its number follows
    the last one; any other makes it read first, since what came before may have been lost and is stored by then. So
    numbers only grow, and a reader can go on after any of them. No session is open while it waits. With `is_read`
    nothing lay beyond `after` a moment ago, and it begins by listening.
    """
    known, heard = after, None  # `known`: up to here nothing was missed, passing events included
    with hub.job(job_id) as subscription:
        if is_read:
            heard = await subscription.take(SAFETY_S)
        while True:
            if heard is not None and _is_next(known, heard):
                events: Sequence[JobEvent] = [heard]
                has_ended = heard.is_terminal
            else:
                events, has_ended = await _patiently(database, job_id, owner, after)
                is_late = heard is None or has_ended or heard.id <= max([known, *(event.id for event in events)])
                if heard is not None and heard.is_passing and not is_late:
                    events = [*events, heard]
            for event in events:
                after = after if event.is_passing else event.id
                known = max(known, event.id)
                yield event
            if has_ended:
                return
            heard = await subscription.take(SAFETY_S)


def _is_next(known: int, heard: JobEvent) -> bool:
    """Whether nothing can lie between: the first claim's events begin a new count, and only a cancellation that leaves
    nothing to claim comes between that and the acceptance.
    """
    return heard.id == known + 1 or (known == QUEUED_ID and heard.id == EVENTS_PER_CLAIM)


async def stored(database: Database, job_id: str, owner: str, after: int) -> Sequence[JobEvent]:
    """The stored events with an id beyond `after`, in order."""
    return (await _stored(database, job_id, owner, after))[0]


async def _patiently(database: Database, job_id: str, owner: str, after: int) -> tuple[Sequence[JobEvent], bool]:
    """As `_stored`; whoever waits for a picture does not hear of a database that is restarted meanwhile."""
    waited_s = 0.0
    while True:
        try:
            return await _stored(database, job_id, owner, after)
        except DatabaseUnavailableError:
            if waited_s >= DATABASE_PATIENCE_S:
                raise
            await asyncio.sleep(DATABASE_RETRY_S)
            waited_s += DATABASE_RETRY_S


async def _stored(database: Database, job_id: str, owner: str, after: int) -> tuple[Sequence[JobEvent], bool]:
    """The events, and whether no more will come: the last is terminal, or lies before `after`, or the job is gone."""
    async with database.reading() as session:
        jobs = JobRepository(session)
        rows = await jobs.events(job_id, after)
        has_ended = bool(rows) and rows[-1].type in TERMINAL
        if not rows and not await jobs.is_open(job_id):
            rows, has_ended = await jobs.events(job_id, after), True  # it may have ended between the two looks
    return [JobEvent(row.job_id, owner, row.id, row.type, row.data) for row in rows], has_ended
