"""The rows of what is loaded where, and the jobs that hold it there.

Who uses a pipeline says so in his own job's row (`held_on`), under that job's fence: a job that has ended, was handed
back or taken over holds nothing, so no hold outlives its job. To hold, the pipeline's row must be `warm`, and is locked
while that is written; whoever unloads locks the same row first and counts the holders after: one of the two comes
first, whichever worker or machine it runs on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.jobs.status import ACTIVE, JobStatus
from gateway.residency.rule import BARRED, LOADED, MOVING, REMOVAL, Known, Residency, State, first_record
from gateway.storage.database import UNTRACKED
from gateway.storage.tables import JobRow, ModelServerRow, ResidencyRow

FIELDS = ("state", "reason", "content", "version", "changed_at", "last_used_at", "wanted_since", "wanted_until")


@dataclass(frozen=True, slots=True)
class Lease:
    """Who loads or unloads, and until when he is believed to live."""

    owner: str
    until: datetime


class ResidencyRepository:
    """All SQL of this domain. `now` is the process's time; on PostgreSQL, which several machines use, its own is."""

    def __init__(self, session: AsyncSession, now: datetime) -> None:
        self._session = session
        self._is_sqlite = session.get_bind().dialect.name == "sqlite"
        self._dialect = sqlite if self._is_sqlite else postgresql
        self._now = now

    async def now(self) -> datetime:
        """The time that counts here."""
        if self._is_sqlite:
            return self._now
        found: datetime = (await self._session.execute(select(func.clock_timestamp()))).scalar_one()
        return found

    # -- servers ------------------------------------------------------------------------------------------------------

    async def touch(self, server: str, max_resident: int) -> None:
        """A worker speaks for this server."""
        values = {"seen_at": await self.now(), "max_resident": max_resident}
        insert = self._dialect.insert(ModelServerRow).values(name=server, **values)
        await self._session.execute(insert.on_conflict_do_update(index_elements=["name"], set_=values))

    async def servers(self, silence: timedelta) -> Mapping[str, int]:
        """Those that a worker spoke for lately, with how many pipelines each may keep."""
        alive = ModelServerRow.seen_at > await self.now() - silence
        rows = await self._session.execute(select(ModelServerRow.name, ModelServerRow.max_resident).where(alive))
        return {row[0]: row[1] for row in rows}

    async def forget_servers(self, silence: timedelta) -> None:
        """Remove those that nobody has spoken for since long, with their records."""
        gone = select(ModelServerRow.name).where(ModelServerRow.seen_at < await self.now() - silence)
        await self._session.execute(
            delete(ResidencyRow).where(ResidencyRow.server.in_(gone)), execution_options=UNTRACKED
        )
        old = ModelServerRow.seen_at < await self.now() - silence
        await self._session.execute(delete(ModelServerRow).where(old), execution_options=UNTRACKED)

    # -- residencies --------------------------------------------------------------------------------------------------

    async def known(self, server: str, *, is_locking: bool = False) -> dict[str, Residency]:
        """The record of a server, by pipeline; with `is_locking` nobody else changes it until this transaction ends."""
        statement = select(ResidencyRow).where(ResidencyRow.server == server).order_by(ResidencyRow.model)
        if is_locking and not self._is_sqlite:  # which has one writer anyway
            # a row that nobody has written yet cannot be locked, and its first two writers would not see each other
            await self._session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"residency {server}"))))
            statement = statement.with_for_update()
        rows = (await self._session.scalars(statement, execution_options=UNTRACKED)).all()
        holders = await self._holders(server)  # after the lock: who was first has committed by now
        return {row.model: _residency(row, holders.get(row.model, 0)) for row in rows}

    async def _holders(self, server: str) -> dict[str, int]:
        counts = (
            select(JobRow.model, func.count())
            .where(JobRow.held_on == server, JobRow.status.in_(ACTIVE))
            .group_by(JobRow.model)
        )
        return {row[0]: row[1] for row in await self._session.execute(counts)}

    async def save(self, server: str, before: Known, after: Known, lease: Lease) -> None:
        """Write what differs. Whoever does so owns what is to be loaded and unloaded, for as long as his lease."""
        for gone in before.keys() - after.keys():
            await self._session.execute(delete(ResidencyRow).where(*_key(server, gone)), execution_options=UNTRACKED)
        for name, one in after.items():
            old = before.get(name)
            if old == one:
                continue
            values: dict[str, Any] = {field: getattr(one, field) for field in FIELDS}
            if old is None or old.version != one.version:
                is_order = one.state in MOVING
                values["lease_owner"] = lease.owner if is_order else None
                values["lease_until"] = lease.until if is_order else None
            await self._upsert(server, name, values)

    async def finish(self, server: str, done: Residency) -> bool:
        """Write how an order ended; False when it was given to somebody else meanwhile."""
        values = {field: getattr(done, field) for field in FIELDS} | {"lease_owner": None, "lease_until": None}
        mine = ResidencyRow.version == done.version - 1
        statement = update(ResidencyRow).where(*_key(server, done.model), mine).values(values)
        found = await self._session.execute(statement.returning(ResidencyRow.model), execution_options=UNTRACKED)
        return found.first() is not None

    async def renew(self, server: str, one: Residency, lease: Lease) -> None:
        """Still at it."""
        mine = ResidencyRow.version == one.version
        statement = update(ResidencyRow).where(*_key(server, one.model), mine).values(lease_until=lease.until)
        await self._session.execute(statement, execution_options=UNTRACKED)

    async def record(self, servers: Sequence[str]) -> Sequence[tuple[str, Residency]]:
        """Everything of these servers."""
        return [(server, one) for server in servers for one in (await self.known(server)).values()]

    async def barred(self) -> frozenset[str]:
        """Pipelines that are being taken away, from whatever server."""
        is_fresh = ResidencyRow.changed_at > await self.now() - REMOVAL
        statement = select(ResidencyRow.model).where(ResidencyRow.state.in_(BARRED), is_fresh)
        return frozenset((await self._session.scalars(statement)).all())

    async def last_used(self) -> Sequence[str]:
        """Pipelines by when any server used them last, youngest first."""
        latest = func.max(ResidencyRow.last_used_at)
        statement = select(ResidencyRow.model).where(ResidencyRow.last_used_at.is_not(None))
        return (await self._session.scalars(statement.group_by(ResidencyRow.model).order_by(latest.desc()))).all()

    # -- holding ------------------------------------------------------------------------------------------------------

    async def hold(self, server: str, job: JobRow) -> bool:
        """Use a warm pipeline for a claimed job; False, and nothing written, where it is not warm or not the job's."""
        values = {"last_used_at": await self.now(), "wanted_since": None, "wanted_until": None}
        warm = ResidencyRow.state == State.WARM
        take = update(ResidencyRow).where(*_key(server, job.model), warm).values(values)
        taken = await self._session.execute(take.returning(ResidencyRow.model), execution_options=UNTRACKED)
        if taken.first() is None:
            return False
        mine = (JobRow.id == job.id, JobRow.fence == job.fence, JobRow.status.in_(ACTIVE))
        held = update(JobRow).where(*mine).values(held_on=server).returning(JobRow.id)
        return (await self._session.execute(held, execution_options=UNTRACKED)).first() is not None

    async def want(self, server: str, model: str, how_long: timedelta) -> Residency:
        """Ask for a pipeline; returns how it stands."""
        now = await self.now()
        known = await self.known(server, is_locking=True)
        one = known.get(model) or first_record(model, await self.barred(), now)
        wanted = one.wanted(now, how_long)
        await self.save(server, known, {**known, model: wanted}, Lease("", now))
        return wanted

    async def ask_again(self, server: str, model: str, how_long: timedelta) -> Residency:
        """Ask for a pipeline that is not loaded, also for one that has failed a moment ago; returns how it stands."""
        now = await self.now()
        known = await self.known(server, is_locking=True)
        one = known.get(model) or first_record(model, await self.barred(), now)
        if one.state in LOADED:
            return one
        wanted = (one.to(State.COLD, now) if one.state is State.FAILED else one).wanted(now, how_long)
        await self.save(server, known, {**known, model: wanted}, Lease("", now))
        return wanted

    async def jobs_of(self, model: str) -> tuple[int, int]:
        """How many jobs of a pipeline wait, and how many run."""
        states = (JobStatus.QUEUED, *ACTIVE)
        statement = select(JobRow.status, func.count()).where(JobRow.model == model, JobRow.status.in_(states))
        found = {row[0]: row[1] for row in await self._session.execute(statement.group_by(JobRow.status))}
        waiting = found.pop(JobStatus.QUEUED.value, 0)
        return waiting, sum(found.values())

    async def _upsert(self, server: str, model: str, values: Mapping[str, Any]) -> None:
        insert = self._dialect.insert(ResidencyRow).values(server=server, model=model, **values)
        changed = insert.on_conflict_do_update(index_elements=["server", "model"], set_=dict(values))
        await self._session.execute(changed)


def _key(server: str, model: str) -> tuple[Any, ...]:
    return ResidencyRow.server == server, ResidencyRow.model == model


def _residency(row: ResidencyRow, holders: int) -> Residency:
    return Residency(
        model=row.model,
        state=State(row.state),
        holders=holders,
        lease_until=row.lease_until,
        **{field: getattr(row, field) for field in FIELDS if field != "state"},
    )
