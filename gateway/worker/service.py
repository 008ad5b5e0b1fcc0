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
from gateway.jobs.wakeups.base import CancelRequested, JobAvailable, Message
from gateway.storage.database import DatabaseUnavailableError
from gateway.storage.tables import JobRow
from gateway.worker.repository import ClaimRepository
from gateway.worker.run import JobRun, Tools, started_event

POLL_S = 1.0
"""Wake-ups are hints: so often the table is asked anyway, and lost workers' jobs are taken over."""

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
        self._is_stopping = False

    @property
    def running(self) -> int:
        """Jobs it runs now."""
        return len(self._runs)

    def hear(self, message: Message) -> None:
        """A wake-up."""
        if isinstance(message, JobAvailable):
            self._wake.set()
        elif isinstance(message, CancelRequested) and message.job_id in self._runs:
            self._runs[message.job_id].cancel()

    def start(self) -> None:
        """Begin to take jobs."""
        self._main = asyncio.ensure_future(self._take_jobs())

    async def stop(self, grace_s: float) -> None:
        """Take no more jobs; those that run get `grace_s` to end, then go back into the queue."""
        self._is_stopping = True
        self._wake.set()
        if self._main is not None:
            await self._main  # not cancelled: a claim that is being committed would be held until its lease ends
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace_s)
        for run in list(self._runs.values()):
            run.abandon()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _take_jobs(self) -> None:
        looked_for_lost = float("-inf")
        while not self._is_stopping:
            self._wake.clear()
            try:
                if self._tools.clock.monotonic() - looked_for_lost >= POLL_S:
                    looked_for_lost = self._tools.clock.monotonic()
                    await self._take_over()
                while not self._is_stopping and len(self._tasks) < self._concurrency and await self._take_one():
                    pass
            except DatabaseUnavailableError as error:
                log.warning("the database is away", reason=str(error))
            if not self._is_stopping:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_S):
                        await self._wake.wait()

    async def _take_one(self) -> bool:
        async with self._tools.database.transaction() as session:
            claims = ClaimRepository(session, self._tools.clock.now())
            job = await claims.claim(self._name, self._tools.lease_s)
            if job is not None:
                await claims.add_event(started_event(job))
        if job is None:
            return False
        await self._tools.wakeups.send(started_event(job))
        run = JobRun(self._tools, job)
        self._runs[job.id] = run
        task = asyncio.ensure_future(run.run())
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._ended(job, run, done))
        return True

    def _ended(self, job: JobRow, run: JobRun, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if self._runs.get(job.id) is run:
            del self._runs[job.id]
        self._wake.set()
        if not task.cancelled() and task.exception() is not None:
            log.error("a job's run was lost; its lease will be taken over", job_id=job.id, exc_info=task.exception())

    async def _take_over(self) -> None:
        now = self._tools.clock.now()
        async with self._tools.database.transaction() as session:
            claims = ClaimRepository(session, now)
            lost = [(job, _event_of(job)) for job in await claims.take_over()]
            for _, event in lost:
                await claims.add_event(event)
        for job, event in lost:
            log.warning("took over a lost worker's job", job_id=job.id, status=job.status, attempts=job.attempts)
            await self._tools.wakeups.send(event)


def _event_of(job: JobRow) -> JobEvent:
    data = {"error": job.error} if job.status == JobStatus.FAILED else {}
    return JobEvent(job.id, job.owner, job.fence * EVENTS_PER_CLAIM + TAKEN_OVER_OFFSET, job.status, data)
