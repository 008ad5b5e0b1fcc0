"""The rows of errands: the side of who asks, and of who does them. Moments are by the database's clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.storage.database import UNTRACKED
from gateway.storage.database_clock import DatabaseClock
from gateway.storage.tables import ErrandRow


@dataclass(frozen=True, slots=True)
class Standing:
    """How an errand is. `is_over`: nobody has begun it in time, or who had it was lost."""

    answer: Mapping[str, Any] | None
    is_taken: bool
    is_over: bool


class ErrandRepository:
    """All SQL about errands."""

    def __init__(self, session: AsyncSession, now: datetime) -> None:
        self._session = session
        self._is_sqlite = session.get_bind().dialect.name == "sqlite"
        self._clock = DatabaseClock(session, now)

    # -- who asks -----------------------------------------------------------------------------------------------------

    async def add(self, row: ErrandRow, within_s: float) -> None:
        """Ask for one that is to be begun within `within_s`."""
        row.until = self._clock.after(within_s)
        self._session.add(row)
        await self._session.flush()

    async def standing(self, errand_id: str) -> Standing:
        """How it is."""
        limit = func.coalesce(ErrandRow.lease_until, ErrandRow.until)
        statement = select(ErrandRow.answer, ErrandRow.lease_until.is_not(None), limit < self._clock.now)
        found = (await self._session.execute(statement.where(ErrandRow.id == errand_id))).one_or_none()
        return Standing(None, False, True) if found is None else Standing(*found)

    async def forget(self, errand_id: str) -> None:
        """Nobody waits for it any more; where it has not been begun, it is not."""
        await self._session.execute(delete(ErrandRow).where(ErrandRow.id == errand_id))

    # -- who does them ------------------------------------------------------------------------------------------------

    async def has_work(self) -> bool:
        """Whether one waits; only reads."""
        return await self._session.scalar(select(ErrandRow.id).where(*self._waiting()).limit(1)) is not None

    async def take(self, lease_s: float) -> ErrandRow | None:
        """The oldest that waits and is waited for. Each is taken once: who asked can ask again."""
        pick = select(ErrandRow.id).where(*self._waiting()).order_by(ErrandRow.id).limit(1)
        if not self._is_sqlite:
            pick = pick.with_for_update(skip_locked=True)
        statement = (
            update(ErrandRow)
            .where(ErrandRow.id == pick.scalar_subquery(), *self._waiting())
            .values(lease_until=self._clock.after(lease_s))
            .returning(ErrandRow)
        )
        return (await self._session.scalars(statement, execution_options=UNTRACKED)).one_or_none()

    async def renew(self, errand_id: str, lease_s: float) -> None:
        """Still at it."""
        await self._write(errand_id, lease_until=self._clock.after(lease_s))

    async def answer(self, errand_id: str, answer: Mapping[str, Any]) -> None:
        """It is done; nothing happens where nobody waits any more."""
        await self._write(errand_id, answer=answer)

    async def forget_old(self, age_s: float) -> None:
        """Those of gateways that died while they waited."""
        await self._session.execute(delete(ErrandRow).where(ErrandRow.until < self._clock.after(-age_s)))

    # -- parts --------------------------------------------------------------------------------------------------------

    def _waiting(self) -> tuple[ColumnElement[bool], ...]:
        return ErrandRow.lease_until.is_(None), ErrandRow.until > self._clock.now

    async def _write(self, errand_id: str, **values: Any) -> None:
        statement = update(ErrandRow).where(ErrandRow.id == errand_id).values(**values)
        await self._session.execute(statement, execution_options=UNTRACKED)
