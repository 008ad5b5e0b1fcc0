"""Keeps one server's pipelines loaded as the rule says, and lets jobs use them. Every worker has one for its server.

Several workers may share a server: what is known is in the database, every change of it is decided under a lock, and
whoever writes that something is to be loaded or unloaded does it. One that dies over it loses its lease, and another
does it again.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from gateway.backend.base import ControlError, ModelControl, Sighting
from gateway.kit.clock import Clock
from gateway.kit.streams import ended
from gateway.observability.metrics import Metrics
from gateway.residency.repository import Lease, ResidencyRepository
from gateway.residency.rule import BARRED, LOADED, MOVING, WAITER, Known, Residency, Seen, State, plan, reconcile
from gateway.storage.database import Database, DatabaseUnavailableError, Session
from gateway.storage.tables import JobRow

log = structlog.stdlib.get_logger("gateway.residency")

TICK_S = 1.0
LEASE = timedelta(seconds=15)
TOUCH_S = 5.0
FORGOTTEN = timedelta(hours=1)
POLL_S = 0.5
NO_LIMIT = 1_000_000
AFTER = {State.LOADING: State.WARM, State.UNLOADING: State.COLD, State.REMOVING: State.REMOVED}
"""What a pipeline is when an order has been carried out."""
FAILED = {**dict.fromkeys(AFTER, State.FAILED), State.UNLOADING: State.COLD}
"""What it is when that could not be done. One that was to be unloaded is not kept from jobs for that: the next look
says whether it is still there, and a server that died meanwhile has nothing loaded.
"""


class ModelLoadError(Exception):
    """The pipeline could not be loaded; the message says why."""


class LoadTimeoutError(Exception):
    """The pipeline was not loaded in the time that a job may wait for it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many pipelines may be resident, how many seconds a job waits for its own, and which is loaded first."""

    max_resident: int
    wait_s: float
    preferred: str | None = None


class Keeper:
    """Owns nothing that cannot be lost: it may be killed at any moment. The constructor starts nothing."""

    def __init__(
        self, database: Database, control: ModelControl, clock: Clock, metrics: Metrics, limits: Limits
    ) -> None:
        self._database = database
        self._control = control
        self._clock = clock
        self._metrics = metrics
        self._max_resident, self._wait_s, self._preferred = limits.max_resident, limits.wait_s, limits.preferred
        self._owner = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"
        self._work: dict[str, asyncio.Task[None]] = {}
        self._wake = asyncio.Event()
        self._changed = asyncio.Event()
        self._touched_at = float("-inf")
        self._installed: Mapping[str, str] = {}
        self.has_looked = asyncio.Event()

    @property
    def server(self) -> str:
        """The name of the server."""
        return self._control.name

    def poke(self) -> None:
        """Something may have changed: look at once."""
        self._wake.set()

    async def run(self) -> None:
        """Keep until cancelled."""
        try:
            while True:
                self._wake.clear()
                try:
                    await self.tick()
                except DatabaseUnavailableError as error:
                    log.warning("the database is away", reason=str(error))
                except Exception:
                    log.exception("the look at what is loaded failed")
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(TICK_S):
                        await self._wake.wait()
        finally:
            for task in list(self._work.values()):
                task.cancel()
            if self._work:
                await asyncio.wait(self._work.values())

    async def tick(self) -> None:
        """Look once, decide, and begin what is to be done."""
        async with self._database.reading() as session:
            repository = ResidencyRepository(session, self._clock.now())
            before = await repository.known(self.server)
            now = await repository.now()
            preferred = [name for name in (self._preferred,) if name] + list(await repository.last_used())
        sighting = await self._control.look()
        if sighting is not None:
            self._installed = sighting.contents
        versions = {name: one.version for name, one in before.items()}
        seen = None if sighting is None else Seen(sighting, versions)
        decided = self._decided(before, seen, preferred, now)
        if seen is not None and decided == before:
            self.has_looked.set()
        self._metrics.resident.set(sum(one.state in LOADED for one in decided.values()))
        is_due = self._clock.monotonic() - self._touched_at >= TOUCH_S
        if decided == before and not is_due:
            return
        async with self._database.transaction() as session:
            repository = ResidencyRepository(session, self._clock.now())
            before, now = await repository.known(self.server, is_locking=True), await repository.now()
            seen = None if seen is None else replace(seen, barred=await repository.barred())
            decided = self._decided(before, seen, preferred, now)
            await repository.save(self.server, before, decided, Lease(self._owner, now + LEASE))
            if is_due:
                await repository.touch(self.server, self._max_resident)
                await repository.forget_servers(FORGOTTEN)
        if is_due:
            self._touched_at = self._clock.monotonic()
        if seen is not None:
            self.has_looked.set()  # what was written before this server was started again is not believed any more
        self._tell()
        self._begin(before, decided, sighting)

    def _decided(self, known: Known, seen: Seen | None, preferred: list[str], now: datetime) -> Known:
        if seen is None:  # nothing can be loaded on a server that does not answer
            return known
        limit = self._max_resident if self._control.is_allowed else NO_LIMIT
        found = reconcile(known, seen, limit, now, preferred)
        return {**found, **plan(found, limit, now)}

    # -- loading and unloading ----------------------------------------------------------------------------------------

    def _begin(self, before: Known, decided: Known, sighting: Sighting | None) -> None:
        for name, one in decided.items():
            is_mine = one.state in MOVING and (name not in before or before[name].version != one.version)
            if is_mine:
                content = "" if sighting is None else sighting.contents.get(name, "")
                task = asyncio.create_task(self._do(one, content), name=f"{one.state}-{name}")
                self._work[name] = task
                task.add_done_callback(lambda done, name=name: self._forget(name, done))  # type: ignore[misc]

    def _forget(self, name: str, task: asyncio.Task[None]) -> None:
        if self._work.get(name) is task:
            del self._work[name]
        if not task.cancelled() and task.exception() is not None:
            log.error("an order was lost; its lease will be taken over", model=name, exc_info=task.exception())
        self.poke()

    async def _do(self, order: Residency, content: str) -> None:
        """Carry one order out and write down how it ended."""
        is_load, begun = order.state is State.LOADING, self._clock.monotonic()
        renewing = asyncio.ensure_future(self._renew(order))
        try:
            await (self._control.load if is_load else self._control.unload)(order.model)
        except ControlError as error:
            state, reason = FAILED[order.state], str(error)
        else:
            state, reason = AFTER[order.state], ""
        finally:
            renewing.cancel()
        took_s = self._clock.monotonic() - begun
        log.info("pipeline", model=order.model, state=state.value, reason=reason, seconds=round(took_s, 2))
        if is_load:
            self._metrics.loads.labels(order.model, state.value).inc()
            self._metrics.load_seconds.labels(order.model).observe(took_s)
        elif not reason:
            self._metrics.unloads.labels(order.model).inc()
        await self._write_down(order, state, reason if state is State.FAILED else "", content)

    async def _write_down(self, order: Residency, state: State, reason: str, content: str) -> None:
        while True:
            try:
                async with self._database.transaction() as session:
                    repository = ResidencyRepository(session, self._clock.now())
                    now = await repository.now()
                    one = (await repository.known(self.server, is_locking=True)).get(order.model)
                    if one is not None and one.version == order.version:  # else the lease was lost
                        done = one.loaded(content, now) if state is State.WARM else one.to(state, now, reason)
                        await repository.finish(self.server, done)
            except DatabaseUnavailableError as error:
                log.warning("the database is away", reason=str(error))
                await asyncio.sleep(TICK_S)
            else:
                return self._tell()

    async def _renew(self, order: Residency) -> None:
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            with contextlib.suppress(DatabaseUnavailableError):
                async with self._database.transaction() as session:
                    repository = ResidencyRepository(session, self._clock.now())
                    await repository.renew(self.server, order, Lease(self._owner, await repository.now() + LEASE))

    def _tell(self) -> None:
        """Wake those up that wait for a pipeline."""
        told, self._changed = self._changed, asyncio.Event()
        told.set()

    # -- jobs ---------------------------------------------------------------------------------------------------------

    async def hold(self, session: Session, job: JobRow) -> bool:
        """Let a claimed job use its pipeline, in the transaction of the claim; False where it is not loaded."""
        return await ResidencyRepository(session, self._clock.now()).hold(self.server, job)

    async def wait(self, job: JobRow, stop: asyncio.Event, is_gone: Callable[[], bool] = lambda: False) -> bool:
        """Have the job's pipeline loaded and let it use it; False when `stop` is set before. `is_gone` says whether
        this process finds its files no more: a server may go on listing it.

        Raises:
            ModelLoadError: it cannot be loaded, or was deleted meanwhile.
            LoadTimeoutError: it was not loaded in time.
        """
        begun, was_barred = self._clock.monotonic(), False
        while not stop.is_set():
            changed = self._changed
            async with self._database.transaction() as session:
                if await self.hold(session, job):
                    return True
            # its own transaction: one that waited for the pipeline's row in vain goes on locking it, and asking takes
            # the server's lock first
            async with self._database.transaction() as session:
                repository = ResidencyRepository(session, self._clock.now())
                one = await repository.want(self.server, job.model, WAITER)
                is_cooling = one.is_cooling(await repository.now())
            if is_cooling:
                raise ModelLoadError(f"the model '{job.model}' could not be loaded: {one.reason}")
            is_barred, is_listed = one.state in BARRED, job.model in self._installed
            if (is_gone() and (is_barred or not is_listed)) or (was_barred and not is_barred and not is_listed):
                raise ModelLoadError(f"the model '{job.model}' was deleted")
            was_barred = is_barred
            if self._clock.monotonic() - begun > self._wait_s:
                raise LoadTimeoutError(self._why_not(one))
            self.poke()
            await _first_of(changed, stop, POLL_S)
        return False

    def _why_not(self, one: Residency) -> str:
        is_moving = one.state in (*MOVING, State.REMOVED)
        why = f"it is {one.state}" if is_moving else f"all {self._max_resident} places for loaded models are in use"
        return f"the model '{one.model}' was not loaded within {self._wait_s:g} s: {why}; try again later"


async def _first_of(one: asyncio.Event, other: asyncio.Event, timeout_s: float) -> None:
    waits = [asyncio.ensure_future(event.wait()) for event in (one, other)]
    await asyncio.wait(waits, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        await ended(wait)
