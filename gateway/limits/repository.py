"""The rows of usage and of limits."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.storage.database import UNTRACKED
from gateway.storage.tables import ImageRow, JobRow, RoleLimitsRow, UploadRow, UsageRow, UserRow


class QuotaRepository:
    """All SQL about limits and usage."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql

    async def user(self, user_id: str, *, hold: bool = False) -> tuple[UserRow, dict[str, Any]] | None:
        """A user and his role's limits; `hold` keeps him from being erased until the transaction ends."""
        statement = (
            select(UserRow, RoleLimitsRow.limits)
            .outerjoin(RoleLimitsRow, RoleLimitsRow.role == UserRow.role)
            .where(UserRow.id == user_id)
        )
        if hold:
            statement = statement.with_for_update(read=True, key_share=True, of=UserRow)
        row = (await self._session.execute(statement)).one_or_none()
        return None if row is None else (row[0], row[1] or {})

    async def role(self, role: str) -> dict[str, Any]:
        """A role's limits."""
        statement = select(RoleLimitsRow.limits).where(RoleLimitsRow.role == role)
        return await self._session.scalar(statement) or {}

    async def set_role(self, role: str, limits: Mapping[str, Any]) -> None:
        """Set a role's limits."""
        statement = self._dialect.insert(RoleLimitsRow).values(role=role, limits=limits)
        changed = {"limits": statement.excluded.limits}
        await self._session.execute(statement.on_conflict_do_update(index_elements=["role"], set_=changed))

    async def usage(self, who: str, day: str) -> tuple[int, float]:
        """Images and work used on a day."""
        statement = select(UsageRow.images, UsageRow.work).where(UsageRow.who == who, UsageRow.day == day)
        row = (await self._session.execute(statement)).one_or_none()
        return (0, 0.0) if row is None else (row[0], row[1])

    async def spend(
        self, who: str, day: str, images: int, work: float, bounds: tuple[int | None, float | None]
    ) -> bool:
        """Count so much if it fits within the bounds of images and work; False, and nothing counted, if it does not.

        It locks the row until the transaction ends, so that of many at once each sees what the others took.
        """
        if any(most is not None and more > most for more, most in ((images, bounds[0]), (work, bounds[1]))):
            return False  # the first row of a day has nothing to be compared with
        given = {"who": who, "day": day, "images": images, "work": work}
        given |= {"most_images": bounds[0], "most_work": bounds[1]}
        statement = _spending(self._session.get_bind().dialect.name == "sqlite")
        return (await self._session.execute(statement, given)).first() is not None

    async def refund(self, job: JobRow) -> None:
        """Give back what a job was counted for, but for the pictures it delivered; of blocked ones not the work."""
        delivered = await self._session.scalar(select(func.count()).where(ImageRow.job_id == job.id)) or 0
        ordered = int(job.input["num_images"])
        undelivered = ordered - delivered
        if undelivered <= 0 or job.cached_from is not None:
            return
        found = (job.moderation or {}).get("found", ())
        blocked = sum(one["action"] == "blocked" for one in found)
        undone = max(0, undelivered - blocked)
        who = [job.owner] if job.key_id in (None, job.owner) else [job.owner, job.key_id]
        statement = (
            update(UsageRow)
            .where(UsageRow.who.in_(who), UsageRow.day == job.quota_day)
            .values(images=UsageRow.images - undelivered, work=UsageRow.work - job.work * undone / ordered)
        )
        await self._session.execute(statement, execution_options=UNTRACKED)

    async def waiting_jobs(self, owner: str) -> int:
        """Jobs of an owner that wait."""
        waiting = select(func.count()).where(JobRow.owner == owner, JobRow.status == "queued")
        return await self._session.scalar(waiting) or 0

    async def stored_bytes(self, owner: str) -> int:
        """Bytes of an owner's pictures, made and uploaded."""
        total = 0
        for table in (ImageRow, UploadRow):
            statement = select(func.coalesce(func.sum(table.size_bytes), 0)).where(table.owner == owner)
            total += int(await self._session.scalar(statement) or 0)
        return total


@functools.cache
def _spending(is_sqlite: bool) -> Any:
    """An insert of a day's usage, or its addition to what there is where that fits; what it returns says that it did.

    Its parameters: the columns, and `most_images` and `most_work`, each of which may be None. It is built once.
    """
    used = UsageRow.__table__
    insert = (sqlite if is_sqlite else postgresql).insert(used)
    sums = {name: used.c[name] + insert.excluded[name] for name in ("images", "work")}
    most = {name: bindparam(f"most_{name}", type_=used.c[name].type) for name in sums}
    fits = [or_(most[name].is_(None), sums[name] <= most[name]) for name in sums]
    adding = insert.on_conflict_do_update(index_elements=["who", "day"], set_=sums, where=and_(*fits))
    return adding.returning(used.c.who)
