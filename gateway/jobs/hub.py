"""Fan-out of job events to whoever listens in this process. Nobody who listens can hold anybody up."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from gateway.jobs.records import JobEvent

MAX_WAITING = 256


class Subscription:
    """Events for one listener. When he is slow, the oldest passing events go first; then he is told that he missed
    some: what is not passing is in the database, and he can read it there.
    """

    def __init__(self) -> None:
        self._waiting: deque[JobEvent] = deque()
        self._has_some = asyncio.Event()
        self.has_missed = False

    def offer(self, event: JobEvent) -> None:
        """Called by the hub; never waits."""
        if len(self._waiting) >= MAX_WAITING:
            passing = next((waiting for waiting in self._waiting if waiting.is_passing), None)
            if passing is not None:
                self._waiting.remove(passing)
            else:
                self._waiting.popleft()
                self.has_missed = True
        self._waiting.append(event)
        self._has_some.set()

    async def take(self, timeout_s: float) -> JobEvent | None:
        """The next event, or None when there was none for `timeout_s` seconds."""
        if not self._waiting:
            self._has_some.clear()
            try:
                async with asyncio.timeout(timeout_s):
                    await self._has_some.wait()
            except TimeoutError:
                return None
        return self._waiting.popleft()


class Hub:
    """Knows the listeners by job and by owner."""

    def __init__(self) -> None:
        self._by_job: dict[str, set[Subscription]] = {}
        self._by_owner: dict[str, set[Subscription]] = {}

    @contextmanager
    def job(self, job_id: str) -> Iterator[Subscription]:
        """Listen to one job."""
        with self._listening(self._by_job, job_id) as subscription:
            yield subscription

    @contextmanager
    def owner(self, owner: str) -> Iterator[Subscription]:
        """Listen to all jobs of one owner."""
        with self._listening(self._by_owner, owner) as subscription:
            yield subscription

    def publish(self, event: JobEvent) -> None:
        """Hand an event to everybody who listens for it."""
        for subscription in (*self._by_job.get(event.job_id, ()), *self._by_owner.get(event.owner, ())):
            subscription.offer(event)

    @property
    def listeners(self) -> int:
        """How many listen now."""
        return sum(len(found) for index in (self._by_job, self._by_owner) for found in index.values())

    @staticmethod
    @contextmanager
    def _listening(index: dict[str, set[Subscription]], name: str) -> Iterator[Subscription]:
        subscription = Subscription()
        index.setdefault(name, set()).add(subscription)
        try:
            yield subscription
        finally:
            index[name].discard(subscription)
            if not index[name]:
                del index[name]
