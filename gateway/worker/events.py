"""Events of a run that are the same for every job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.jobs.records import EVENTS_PER_CLAIM, JobEvent
from gateway.storage.tables import JobRow
from gateway.worker.repository import ClaimRepository


def started_event(job: JobRow) -> JobEvent:
    """The event of a claim; stored in the claim's own transaction."""
    return JobEvent(job.id, job.owner, job.fence * EVENTS_PER_CLAIM, "starting", {"attempt": job.attempts})


async def nothing(_: ClaimRepository) -> None:
    """An event that changes no row."""


def plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts of an error that JSON can hold."""
    return {name: value for name, value in facts.items() if isinstance(value, str | int | float | bool | type(None))}
