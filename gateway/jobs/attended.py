"""A job whose caller waits for it on an open connection, as the foreign surfaces have it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, cast

from fastapi import Depends, Header, Request

from gateway.errors import UnavailableError
from gateway.jobs.dependencies import CallerWishes, Wishes
from gateway.jobs.records import JobEvent, Order
from gateway.jobs.service import JobService
from gateway.kit.clock import Clock
from gateway.kit.shutdown import Shutdown
from gateway.kit.streams import until
from gateway.settings import Settings
from gateway.storage.images import ImageStore
from gateway.storage.tables import JobRow


class Attendance:
    """What such an endpoint needs of the application, and of the request beside its body."""

    def __init__(self, request: Request, wishes: Wishes, *, is_retry: bool) -> None:
        state = request.state
        self.jobs = cast(JobService, state.jobs)
        self.store = cast(ImageStore, state.images)
        self.clock = cast(Clock, state.clock)
        self.shutdown = cast(Shutdown, state.shutdown)
        self.keepalive_s = cast(Settings, state.settings).sse_keepalive_s
        self.wishes = wishes
        self.is_retry = is_retry

    async def accept(self, order: Order) -> JobRow:
        """The job of an order. A client's own retry joins the job that its first try made."""
        if self.is_retry and order.body_hash is not None:
            running = await self.jobs.find_same(order.owner, order.body_hash)
            if running is not None:
                return running
        job, _ = await self.jobs.accept(order)
        return job

    async def events(self, job: JobRow) -> AsyncGenerator[JobEvent, None]:
        """The job's events. Who stops reading before the end cancels the job, unless it is to be kept.

        Raises:
            UnavailableError: the server's time is over. The job is in the table still, and a retry finds it.
        """
        has_ended, last = False, 0
        try:
            async with aclosing(until(self.jobs.follow_accepted(job), self.shutdown.over)) as events:
                async for event in events:
                    has_ended, last = event.is_terminal, event.id
                    yield event
            for event in [] if has_ended else await self.jobs.stored(job.id, job.owner, last):
                has_ended = event.is_terminal  # written in the last moment before the end
                yield event
            if not has_ended:
                raise UnavailableError("The service is restarting; send the same request again", retry_after_s=2)
        finally:
            if not (has_ended or job.is_kept or self.shutdown.begun.is_set()):
                await self.jobs.cancel(job.id, job.owner)


async def _attended(
    request: Request, wishes: CallerWishes, x_stainless_retry_count: Annotated[int, Header(ge=0, le=100)] = 0
) -> Attendance:
    return Attendance(request, wishes, is_retry=x_stainless_retry_count > 0)


Attended = Annotated[Attendance, Depends(_attended)]


def warning_header(warnings: tuple[str, ...]) -> dict[str, str]:
    """What could not be honoured, as a header."""
    if not warnings:
        return {}
    return {"x-avila-warnings": "; ".join(warnings).encode("ascii", "backslashreplace").decode()}
