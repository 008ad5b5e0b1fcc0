"""The rows of installations: the administrators' side, and the installer's.

Every write of an installer says `WHERE id = … AND fence = …` with the fence of its own claim, so one that was stopped
beyond its lease and wakes up later changes nothing (as `gateway.worker.repository`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.audit.repository import AuditRepository
from gateway.installations.status import ACTIVE, InstallationStatus, Wish
from gateway.storage.database import UNTRACKED
from gateway.storage.database_clock import DatabaseClock
from gateway.storage.tables import InstallationRow

LOST = {"code": "installer_lost", "message": "every installer that took this installation was lost"}


class AlreadyOpenError(Exception):
    """Something of this kind and name is being installed."""


class LeaseLostError(Exception):
    """The installation is somebody else's by now, or has ended; nothing was written."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an installation is; see `InstallationRow`."""

    status: InstallationStatus
    step: str | None = None
    detail: str | None = None
    bytes_done: int | None = None
    seconds_left: float | None = None

    def values(self) -> dict[str, Any]:
        """For a row."""
        done = {} if self.bytes_done is None else {"bytes_done": self.bytes_done}
        detail = None if self.detail is None else self.detail[:200]
        return {
            "status": self.status,
            "step": self.step,
            "detail": detail,
            "seconds_left": self.seconds_left,
            **done,
        }


class InstallationRepository:
    """The administrators' side."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self.audit = AuditRepository(session)

    async def add(self, row: InstallationRow) -> None:
        """Insert one.

        Raises:
            AlreadyOpenError: see there.
        """
        self._session.add(row)
        try:
            await self._session.flush()
        except IntegrityError:
            raise AlreadyOpenError(row.name) from None

    async def get(self, installation_id: str) -> InstallationRow | None:
        """One."""
        return await self._session.get(InstallationRow, installation_id)

    async def page(self, before: str | None, limit: int) -> Sequence[InstallationRow]:
        """Youngest first."""
        statement = select(InstallationRow).order_by(InstallationRow.id.desc()).limit(limit)
        if before is not None:
            statement = statement.where(InstallationRow.id < before)
        return (await self._session.scalars(statement)).all()

    async def change(
        self, row: InstallationRow, states: Collection[InstallationStatus], **values: Any
    ) -> InstallationRow | None:
        """Change one that is in one of `states`; None when it no longer is."""
        statement = (
            update(InstallationRow)
            .where(InstallationRow.id == row.id, InstallationRow.status.in_(states))
            .values(**values, version=InstallationRow.version + 1)
            .returning(InstallationRow)
        )
        try:
            return (await self._session.scalars(statement, execution_options=UNTRACKED)).one_or_none()
        except IntegrityError:
            raise AlreadyOpenError(row.name) from None


class InstallerRepository:
    """The installer's side. Its leases are measured by the database's clock."""

    def __init__(self, session: AsyncSession, now: datetime) -> None:
        self._session = session
        self._is_sqlite = session.get_bind().dialect.name == "sqlite"
        self._clock = DatabaseClock(session, now)
        self._moment = now

    async def has_work(self) -> bool:
        """Whether there is something to claim or to give up; only reads."""
        lost = and_(InstallationRow.status.in_(ACTIVE), InstallationRow.lease_until < self._clock.now)
        waiting = select(InstallationRow.id).where(or_(InstallationRow.status == InstallationStatus.QUEUED, lost))
        return await self._session.scalar(waiting.limit(1)) is not None

    async def claim(self, installer: str, lease_s: float, max_attempts: int) -> InstallationRow | None:
        """Take the oldest that waits, or that a lost installer has left."""
        lost = and_(InstallationRow.status.in_(ACTIVE), InstallationRow.lease_until < self._clock.now)
        waiting = or_(InstallationRow.status == InstallationStatus.QUEUED, lost)
        pick = (
            select(InstallationRow.id)
            .where(waiting, InstallationRow.wish.is_(None), InstallationRow.attempts < max_attempts)
            .order_by(InstallationRow.id)
            .limit(1)
        )
        if not self._is_sqlite:
            pick = pick.with_for_update(skip_locked=True)
        take = (
            update(InstallationRow)
            .where(InstallationRow.id == pick.scalar_subquery(), waiting)
            .values(
                status=InstallationStatus.DOWNLOADING,
                step=None,
                detail=None,
                error=None,
                lease_owner=installer,
                lease_until=self._clock.after(lease_s),
                fence=InstallationRow.fence + 1,
                attempts=InstallationRow.attempts + 1,
                version=InstallationRow.version + 1,
                started_at=func.coalesce(InstallationRow.started_at, self._clock.now),
            )
            .returning(InstallationRow)
        )
        return (await self._session.scalars(take, execution_options=UNTRACKED)).one_or_none()

    async def give_up_lost(self, max_attempts: int) -> None:
        """Of lost installers: fulfil what was wished, and end what was tried too often."""
        lost = and_(InstallationRow.status.in_(ACTIVE), InstallationRow.lease_until < self._clock.now)
        ended = {"lease_owner": None, "version": InstallationRow.version + 1}
        for condition, values in (
            (
                InstallationRow.wish == Wish.CANCEL,
                {"status": InstallationStatus.CANCELED, "finished_at": self._clock.now},
            ),
            (InstallationRow.wish == Wish.PAUSE, {"status": InstallationStatus.PAUSED, "wish": None}),
            (
                InstallationRow.attempts >= max_attempts,
                {"status": InstallationStatus.FAILED, "error": LOST, "finished_at": self._clock.now},
            ),
        ):
            statement = update(InstallationRow).where(lost, condition).values(**ended, **values)
            await self._session.execute(statement, execution_options=UNTRACKED)

    async def hold(self, row: InstallationRow, lease_s: float, progress: Progress | None) -> Wish | None:
        """Lengthen the lease and record the progress; what somebody has asked for meanwhile.

        Raises:
            LeaseLostError: see there.
        """
        news = {} if progress is None else {**progress.values(), "version": InstallationRow.version + 1}
        found = await self._write(row, lease_until=self._clock.after(lease_s), **news)
        return None if found.wish is None else Wish(found.wish)

    async def end(self, row: InstallationRow, status: InstallationStatus, **values: Any) -> None:
        """Let go of it: ended, paused, or back in the queue. Raises LeaseLostError."""
        finished = {"finished_at": self._clock.now} if status.is_terminal else {}
        await self._write(
            row,
            status=status,
            wish=None,
            step=None,
            detail=None,
            seconds_left=None,
            lease_owner=None,
            lease_until=None,
            version=InstallationRow.version + 1,
            **{**finished, **values},
        )

    def record(self, row: InstallationRow, ended: InstallationStatus, error: Mapping[str, Any] | None) -> None:
        """Write into the audit log how one ended."""
        code = None if error is None else error["code"]
        action = f"model.install_{ended}"
        AuditRepository(self._session).record(self._moment, action, row.id, kind=row.kind, name=row.name, code=code)

    async def in_need(self, ids: Collection[str]) -> set[str]:
        """Those of `ids` whose downloads may still be of use."""
        of_use = (InstallationStatus.SUCCEEDED, InstallationStatus.CANCELED)
        statement = select(InstallationRow.id).where(InstallationRow.id.in_(ids), InstallationRow.status.not_in(of_use))
        return set((await self._session.scalars(statement)).all())

    async def forget_before(self, moment: datetime) -> None:
        """Remove what ended before `moment`."""
        ended = InstallationRow.finished_at < moment
        await self._session.execute(delete(InstallationRow).where(ended))

    async def _write(self, row: InstallationRow, **values: Any) -> InstallationRow:
        statement = (
            update(InstallationRow)
            .where(
                InstallationRow.id == row.id,
                InstallationRow.fence == row.fence,
                InstallationRow.status.in_(ACTIVE),
            )
            .values(**values)
            .returning(InstallationRow)
        )
        found = (await self._session.scalars(statement, execution_options=UNTRACKED)).one_or_none()
        if found is None:
            raise LeaseLostError(row.id)
        return found
