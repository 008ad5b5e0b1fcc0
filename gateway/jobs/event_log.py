"""A job's stored events, and what webhooks tell of them: written together, by whoever changes the job."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from gateway.jobs.records import JobEvent
from gateway.storage.database import Session
from gateway.storage.event_rows import add_events
from gateway.storage.tables import JobRow
from gateway.webhooks.repository import Outbox


async def log_events(session: Session, job: JobRow, events: Sequence[JobEvent], at: datetime) -> None:
    """Store events of a job in the session's transaction, with the deliveries of those that somebody is to hear of."""
    for event in events if job.webhooks else ():
        await Outbox(session).tell(job, event, at)
    await add_events(session, [(event.job_id, event.id, event.type, event.data) for event in events], at)
