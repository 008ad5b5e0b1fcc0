"""What administrators see and ask of what is loaded. The workers do it; see `gateway.residency.keeper`."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.audit.repository import AuditRepository
from gateway.errors import GatewayError, ModelNotFoundError, UnavailableError
from gateway.kit.clock import Clock
from gateway.models.inventory import InstalledPipeline, Inventory
from gateway.residency.repository import Lease, ResidencyRepository
from gateway.residency.rule import BARRED, LOADED, Residency, State
from gateway.storage.database import Database

UNLOAD_S, POLL_S = 60.0, 0.2
SILENCE = timedelta(seconds=30)
"""A server that no worker has spoken for since is not counted."""


class ModelInUseError(GatewayError):
    """Running jobs use it."""

    status = 409
    code = "model_in_use"
    may_retry = True


class ModelState(StrEnum):
    """What a pipeline is over all servers: the first of these that it is on one of them."""

    WARM = "warm"
    LOADING = "loading"
    FAILED = "failed"
    COLD = "cold"
    INSTALLED = "installed"
    """On disk, and no server knows it yet."""


_TOLD = {
    State.WARM: ModelState.WARM,
    State.YIELDING: ModelState.WARM,
    State.LOADING: ModelState.LOADING,
    State.FAILED: ModelState.FAILED,
    State.COLD: ModelState.COLD,
    State.UNLOADING: ModelState.COLD,
    State.REMOVING: ModelState.COLD,
    State.REMOVED: ModelState.COLD,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """One pipeline on one server. `is_wanted`: it is to be loaded as soon as there is a place."""

    server: str
    residency: Residency
    is_wanted: bool

    @property
    def state(self) -> ModelState:
        """In the words of the list."""
        if self.is_wanted and self.residency.state is State.COLD:
            return ModelState.LOADING
        return _TOLD[self.residency.state]


@dataclass(frozen=True, slots=True)
class KnownModel:
    """An installed pipeline, and where it is loaded."""

    installed: InstalledPipeline
    standings: Sequence[Standing]

    @property
    def state(self) -> ModelState:
        """Over all servers."""
        found = {standing.state for standing in self.standings}
        return next((state for state in ModelState if state in found), ModelState.INSTALLED)

    @property
    def reason(self) -> str | None:
        """Why it failed."""
        return next((one.residency.reason for one in self.standings if one.residency.reason), None)

    @property
    def last_used_at(self) -> datetime | None:
        """By any job, on any server."""
        return max((one.residency.last_used_at for one in self.standings if one.residency.last_used_at), default=None)


class ResidencyService:
    """The administrators' side."""

    def __init__(self, database: Database, clock: Clock, inventory: Inventory, load_wait_s: float) -> None:
        self._database = database
        self._clock = clock
        self._inventory = inventory
        self._load_wait = timedelta(seconds=load_wait_s)

    async def list(self) -> Mapping[str, KnownModel]:
        """Every installed pipeline, by name."""
        installed = await asyncio.to_thread(self._inventory.list)
        async with self._database.reading() as session:
            repository = ResidencyRepository(session, self._clock.now())
            now = await repository.now()
            record = await repository.record(list(await repository.servers(SILENCE)))
        standings: dict[str, list[Standing]] = {name: [] for name in installed}
        for server, one in record:
            if one.model in standings:
                standings[one.model].append(Standing(server, one, one.is_wanted(now)))
        return {name: KnownModel(pipeline, standings[name]) for name, pipeline in installed.items()}

    async def get(self, name: str) -> KnownModel:
        """One of them.

        Raises:
            ModelNotFoundError: no such pipeline is installed.
        """
        known = await self.list()
        if name not in known:
            raise ModelNotFoundError(name, list(known))
        return known[name]

    async def load(self, name: str) -> KnownModel:
        """Have a pipeline loaded on every server, at once where there is a place; the least recently used one goes.

        Raises:
            ModelNotFoundError: no such pipeline is installed.
            UnavailableError: there is no server.
            ModelInUseError: it is being deleted or changed.
        """
        await self.get(name)
        async with self._database.transaction() as session:
            repository = ResidencyRepository(session, self._clock.now())
            servers = await repository.servers(SILENCE)
            if not servers:
                raise UnavailableError("no worker is running, so nothing can be loaded", retry_after_s=30)
            for server in servers:
                if (await repository.ask_again(server, name, self._load_wait)).state in BARRED:
                    raise ModelInUseError(f"The model '{name}' is being deleted or changed; try again later")
            AuditRepository(session).record(self._clock.now(), "model.load", name)
        return await self.get(name)

    async def unload(self, name: str) -> KnownModel:
        """Have a pipeline unloaded on every server; the next job that asks for it loads it again.

        Raises:
            ModelNotFoundError: no such pipeline is installed.
            ModelInUseError: running jobs use it.
        """
        await self.get(name)
        async with self._database.transaction() as session:
            repository = ResidencyRepository(session, self._clock.now())
            now = await repository.now()
            for server in await repository.servers(SILENCE):
                known = await repository.known(server, is_locking=True)
                one = known.get(name)
                if one is None:
                    continue
                if one.holders or one.state is State.LOADING:
                    raise ModelInUseError(_in_use(one))
                forgotten = dataclasses.replace(one, wanted_since=None, wanted_until=None)
                done = forgotten.to(State.UNLOADING, now) if one.state in LOADED else forgotten
                await repository.save(server, known, {**known, name: done}, Lease("", now))
            AuditRepository(session).record(self._clock.now(), "model.unload", name)
        return await self.get(name)

    async def remove(self, name: str) -> None:
        """Unload a pipeline on every server and let nobody load it: its files are about to be changed or taken away.

        `readmit` ends that; so does its disappearance, and after a few minutes what `gateway.residency.rule` says of
        one whose remover died.

        Raises:
            ModelNotFoundError: no such pipeline is installed.
            ModelInUseError: jobs of it run or wait, it is being loaded, or a server still has it after a minute.
        """
        await self.get(name)
        begun, is_first = self._clock.monotonic(), True
        unloading: set[str] = set()
        while True:
            async with self._database.transaction() as session:
                repository = ResidencyRepository(session, self._clock.now())
                left = [
                    server
                    for server in sorted(await repository.servers(SILENCE))
                    if not await self._remove_from(repository, server, name, unloading, is_first=is_first)
                ]
                if is_first and any(jobs := await repository.jobs_of(name)):  # with every row locked: who claims waits
                    raise ModelInUseError(_has_jobs(name, *jobs))
            if not left:
                return
            if self._clock.monotonic() - begun > UNLOAD_S:
                raise ModelInUseError(f"The model '{name}' is still loaded on {', '.join(left)}; try again later")
            is_first = False
            await asyncio.sleep(POLL_S)

    async def _remove_from(
        self, repository: ResidencyRepository, server: str, name: str, unloading: set[str], *, is_first: bool
    ) -> bool:
        """Whether a look finds it removed there, or forgotten since; else it is ordered. A worker that looks for the
        first time may write its own record over that, so what is ordered counts only when it is found. `unloading`
        gets the servers that have it loaded: one that has it still when the order is over could not do it.
        """
        known, now = await repository.known(server, is_locking=True), await repository.now()
        one = known.get(name) or Residency(name, State.COLD, now)
        if one.state is State.REMOVED or (name not in known and not is_first):
            return True
        if server in unloading and one.state in (State.FAILED, *LOADED):
            raise ModelInUseError(f"The model '{name}' could not be unloaded on {server}; its log says why")
        if one.holders or one.state is State.LOADING:
            raise ModelInUseError(_in_use(one))
        ordered = one.removed(now)
        if ordered.state is State.REMOVING:
            unloading.add(server)
        await repository.save(server, known, {**known, name: ordered}, Lease("", now))
        return False

    async def readmit(self, name: str) -> None:
        """Let a pipeline be loaded again: it stays after all, or is back."""
        async with self._database.transaction() as session:
            repository = ResidencyRepository(session, self._clock.now())
            now = await repository.now()
            for server in sorted(await repository.servers(SILENCE)):
                known = await repository.known(server, is_locking=True)
                if name in known:
                    back = known[name].readmitted(now)
                    await repository.save(server, known, {**known, name: back}, Lease("", now))


def _has_jobs(name: str, waiting: int, running: int) -> str:
    told = f"{running} jobs of it run and {waiting} wait; cancel them or let them end"
    return f"The model '{name}' is in use: {told}"


def _in_use(one: Residency) -> str:
    what = "is being loaded" if one.state is State.LOADING else f"is used by {one.holders} running jobs"
    return f"The model '{one.model}' {what}; try again later, or drain it and wait"
