"""The worker: claims as many jobs as it may run at once, and takes over what lost workers left."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import socket

import structlog

from gateway.jobs.records import EVENTS_PER_CLAIM, JobEvent
from gateway.jobs.status import JobStatus
from gateway.jobs.wakeups.base import CancelRequested, DeliveriesDue, JobAvailable, Message
from gateway.kit.streams import ended
from gateway.storage.database import DatabaseUnavailableError
from gateway.storage.tables import JobRow
from gateway.worker.events import started_event
from gateway.worker.repository import ClaimRepository
from gateway.worker.run import JobRun
from gateway.worker.tools import Tools

POLL_S = 1.0
"""Wake-ups are hints: so often the table is asked anyway, and lost workers' jobs are taken over.

At moments of their own, not so long after the last job: a picture that takes as long would always meet them at its end.
"""

FIRST_LOOK_S = 5.0
"""A worker that has just begun waits so long to see what is loaded before it takes a job."""

TAKEN_OVER_OFFSET = EVENTS_PER_CLAIM - 2
log = structlog.stdlib.get_logger("gateway.worker")


class Worker:
    """Runs jobs until it is stopped. The constructor starts nothing."""

    def __init__(self, tools: Tools, concurrency: int) -> None:
        self._tools = tools
        self._concurrency = concurrency
        self._name = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"
        self._runs: dict[str, JobRun] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._main: asyncio.Task[None] | None = None
        self._keeping: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None
        self._do_others_wait = True
        self._is_stopping = False
        self._is_doubtful = False

    @property
    def running(self) -> int:
        """Jobs it runs now."""
        return len(self._runs)

    @property
    def is_taking(self) -> bool:
        """Whether it still looks for jobs; a worker that has stopped to without being told must be started again."""
        has_stopped = any(task is not None and task.done() for task in (self._main, self._looking))
        return self._is_stopping or not has_stopped

    def hear(self, message: Message) -> None:
        """A wake-up."""
        if isinstance(message, JobAvailable):
            self._wake.set()
        elif isinstance(message, CancelRequested) and message.job_id in self._runs:
            self._runs[message.job_id].cancel()

    def start(self) -> None:
        """Begin to take jobs."""
        self._main = asyncio.ensure_future(self._take_jobs())
        self._looking = asyncio.ensure_future(self._look_for_lost())
        if self._tools.keeper is not None:
            self._keeping = asyncio.ensure_future(self._tools.keeper.run())

    async def stop(self, grace_s: float) -> None:
        """Take no more jobs; those that run get `grace_s` to end, then go back into the queue."""
        self._is_stopping = True
        self._wake.set()
        if self._looking is not None:
            await ended(self._looking)
        if self._main is not None:
            await self._main  # not cancelled: a claim that is being committed would be held until its lease ends
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace_s)
        for run in list(self._runs.values()):
            run.abandon()
        if self._tasks:
            await asyncio.wait(self._tasks)
        if self._keeping is not None:
            await ended(self._keeping)

    async def _take_jobs(self) -> None:
        if self._tools.keeper is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FIRST_LOOK_S):
                    await self._tools.keeper.has_looked.wait()
        while not self._is_stopping:
            self._wake.clear()
            try:
                if await self._can_run():
                    while self._may_take and await self._take_one():
                        pass
                    self._do_others_wait = self._do_others_wait or not self._may_take  # nobody has looked
            except DatabaseUnavailableError as error:
                log.warning("the database is away", reason=str(error))
            await self._wake.wait()

    async def _look_for_lost(self) -> None:
        while True:
            try:
                await self._take_over()
            except DatabaseUnavailableError as error:
                log.warning("the database is away", reason=str(error))
            self._wake.set()
            await asyncio.sleep(POLL_S)

    @property
    def _loading(self) -> set[str]:
        """Models that one of its runs waits for: more of their jobs would only wait here, in the place of others."""
        return {run.model for run in self._runs.values() if run.is_waiting_for_model}

    @property
    def _may_take(self) -> bool:
        return not self._is_stopping and not self._is_doubtful and len(self._tasks) < self._concurrency

    async def _can_run(self) -> bool:
        """After a run whose networks were away: whether they are back. Else its jobs would be tried here in vain."""
        if self._is_doubtful and not self._is_stopping:
            health = await self._tools.backend.health()
            self._is_doubtful = not health.is_ready
            if self._is_doubtful:
                log.warning("no jobs are taken until the networks are back", reason=health.reason)
        return not self._is_doubtful

    async def _take_one(self) -> bool:
        """Take a job and run it; whether there may be another."""
        async with self._tools.database.transaction() as session:
            claims = ClaimRepository(session, self._tools.clock.now())
            job = await claims.claim(self._name, self._tools.lease_s, self._loading)
            is_held = False
            if job is not None:
                is_held = self._tools.keeper is None or await self._tools.keeper.hold(session, job)
                await claims.add_events(job, [started_event(job)])
        self._do_others_wait = claims.have_others_waited
        if job is None:
            return False
        self._tools.wakeups.send(started_event(job))
        run = JobRun(self._tools, job, is_held=is_held)
        self._runs[job.id] = run
        task = asyncio.ensure_future(run.run())
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._ended(job, run, done))
        return self._do_others_wait

    def _ended(self, job: JobRow, run: JobRun, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if self._runs.get(job.id) is run:
            del self._runs[job.id]
        self._is_doubtful = self._is_doubtful or run.backend_was_away
        if self._do_others_wait or self._is_doubtful:
            self._wake.set()  # for its place; a job that comes later has a wake-up of its own
        if not task.cancelled() and task.exception() is not None:
            log.error("a job's run was lost; its lease will be taken over", job_id=job.id, exc_info=task.exception())

    async def _take_over(self) -> None:
        now = self._tools.clock.now()
        async with self._tools.database.reading() as session:
            if not await ClaimRepository(session, now).are_some_lost():
                return
        async with self._tools.database.transaction() as session:
            claims = ClaimRepository(session, now)
            lost = [(job, _event_of(job)) for job in await claims.take_over()]
            for job, event in lost:
                await claims.add_events(job, [event])
        for job, event in lost:
            if event.is_terminal:
                self._tools.metrics.jobs.labels(job.model, event.type).inc()
            log.warning("took over a lost worker's job", job_id=job.id, status=job.status, attempts=job.attempts)
            self._tools.wakeups.send(event)
            if job.webhooks:
                self._tools.wakeups.send(DeliveriesDue())


def _event_of(job: JobRow) -> JobEvent:
    data = {"error": job.error} if job.status == JobStatus.FAILED else {}
    return JobEvent(job.id, job.owner, job.fence * EVENTS_PER_CLAIM + TAKEN_OVER_OFFSET, job.status, data)
