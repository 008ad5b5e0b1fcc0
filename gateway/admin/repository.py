"""Figures over everybody's jobs, the announcement, and drained models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.jobs.status import ACTIVE, JobStatus
from gateway.storage.tables import AnnouncementRow, ApiKey, DrainedModelRow, JobRow, UserRow

GROUPS = ("user", "key", "model")


@dataclass(frozen=True, slots=True)
class Tally:
    """Succeeded jobs together. `name` is None for the sum of all."""

    name: str | None
    label: str | None
    jobs: int
    images: int
    work: float
    mean_s: float | None


class AdminRepository:
    """All SQL of this domain."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._is_sqlite = session.get_bind().dialect.name == "sqlite"

    async def tallies(self, since: datetime, until: datetime, by: str | None = None) -> Sequence[Tally]:
        """What was made within a time, together or by user, key or model; most pictures first."""
        columns = self._sums()
        if by is None:
            rows = await self._session.execute(self._made(select(*columns), since, until))
            return [Tally(None, None, *_numbers(row)) for row in rows]
        group: Any = {"user": JobRow.owner, "key": JobRow.key_id, "model": JobRow.model}[by]
        statement = self._made(select(group, *columns), since, until).group_by(group)
        rows = (await self._session.execute(statement.order_by(columns[1].desc()).limit(200))).all()
        labels = await self._labels(by, [row[0] for row in rows])
        return [Tally(row[0], labels.get(row[0]), *_numbers(row[1:])) for row in rows]

    async def days(self, since: datetime, until: datetime, by: str | None = None) -> Sequence[tuple[str, Tally]]:
        """The same for each day (UTC) of the time."""
        day = (
            func.strftime("%Y-%m-%d", JobRow.finished_at)
            if self._is_sqlite
            else func.to_char(func.timezone("UTC", JobRow.finished_at), "YYYY-MM-DD")
        ).label("day")
        groups: list[Any] = [day]
        if by is not None:
            groups.append({"user": JobRow.owner, "key": JobRow.key_id, "model": JobRow.model}[by].label("who"))
        statement = self._made(select(*groups, *self._sums()), since, until).group_by(*(group.name for group in groups))
        rows = (await self._session.execute(statement.order_by("day").limit(20_000))).all()
        width = len(groups)
        names = [row[1] if by is not None else None for row in rows]
        labels = await self._labels(by, [name for name in names if name]) if by else {}
        return [
            (row[0], Tally(name, labels.get(name or ""), *_numbers(row[width:])))
            for row, name in zip(rows, names, strict=True)
        ]

    async def standing(self) -> tuple[dict[str, int], int]:
        """How many jobs are in each unfinished state, and how many workers run some."""
        open_states = (JobStatus.QUEUED, *ACTIVE)
        counts = select(JobRow.status, func.count()).where(JobRow.status.in_(open_states)).group_by(JobRow.status)
        found = {row[0]: row[1] for row in await self._session.execute(counts)}
        workers = select(func.count(JobRow.lease_owner.distinct())).where(JobRow.status.in_(ACTIVE))
        return found, await self._session.scalar(workers) or 0

    async def running_of(self, model: str) -> int:
        """Jobs of a model that run."""
        statement = select(func.count()).where(JobRow.model == model, JobRow.status.in_(ACTIVE))
        return await self._session.scalar(statement) or 0

    async def owners(self, ids: Sequence[str]) -> Mapping[str, str]:
        """Names for people's ids and those of keys that belong to nobody."""
        return {**await self._labels("user", ids), **await self._labels("key", ids)}

    async def announcement(self) -> AnnouncementRow | None:
        """The announcement, over or not."""
        return await self._session.get(AnnouncementRow, 1)

    async def announce(self, values: Mapping[str, Any]) -> None:
        """Replace it."""
        insert = (sqlite if self._is_sqlite else postgresql).insert(AnnouncementRow).values(id=1, **values)
        await self._session.execute(insert.on_conflict_do_update(index_elements=["id"], set_=dict(values)))

    async def withdraw(self) -> bool:
        """Take it back; False when there was none."""
        return (await self._session.execute(delete(AnnouncementRow).returning(AnnouncementRow.id))).first() is not None

    async def drained(self) -> Mapping[str, datetime]:
        """The models that are being drained, and since when."""
        rows = await self._session.execute(select(DrainedModelRow.model, DrainedModelRow.since))
        return {row[0]: row[1] for row in rows}

    async def drain(self, model: str, now: datetime) -> bool:
        """Begin; False, and nothing changed, when it has begun already."""
        insert = (sqlite if self._is_sqlite else postgresql).insert(DrainedModelRow).values(model=model, since=now)
        begun = insert.on_conflict_do_nothing().returning(DrainedModelRow.model)
        return (await self._session.execute(begun)).first() is not None

    async def undrain(self, model: str) -> bool:
        """End; False when it was not drained."""
        ended = delete(DrainedModelRow).where(DrainedModelRow.model == model).returning(DrainedModelRow.model)
        return (await self._session.execute(ended)).first() is not None

    def _sums(self) -> tuple[ColumnElement[Any], ...]:
        took = JobRow.finished_at - JobRow.started_at
        seconds = (
            (func.julianday(JobRow.finished_at) - func.julianday(JobRow.started_at)) * 86_400.0
            if self._is_sqlite
            else func.extract("epoch", took)
        )
        images = func.coalesce(func.sum(JobRow.input["num_images"].as_integer()), 0)
        return func.count(), images, func.coalesce(func.sum(JobRow.work), 0.0), func.avg(seconds)

    @staticmethod
    def _made(statement: Select[Any], since: datetime, until: datetime) -> Select[Any]:
        return statement.where(
            JobRow.status == JobStatus.SUCCEEDED,
            JobRow.cached_from.is_(None),
            JobRow.finished_at >= since,
            JobRow.finished_at < until,
        )

    async def _labels(self, by: str | None, ids: Sequence[str | None]) -> dict[str, str]:
        if by == "user":
            rows = await self._session.execute(select(UserRow.id, UserRow.email).where(UserRow.id.in_(ids)))
        elif by == "key":
            rows = await self._session.execute(select(ApiKey.id, ApiKey.name).where(ApiKey.id.in_(ids)))
        else:
            return {}
        return {row[0]: row[1] for row in rows}


def _numbers(row: Sequence[Any]) -> tuple[int, int, float, float | None]:
    return int(row[0]), int(row[1]), float(row[2]), None if row[3] is None else float(row[3])
