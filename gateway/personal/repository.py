"""Which rows are somebody's, said once for all tables: exporting and erasing read the same list.

A table with a column `owner` is on it by itself; every other one is in `_OTHERS` or in `NOBODYS`, which a test checks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, and_, delete, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import ColumnElement

from gateway.jobs.status import TERMINAL
from gateway.storage.database import UNTRACKED
from gateway.storage.image_rows import delete_images
from gateway.storage.tables import (
    A1111OptionsRow,
    AlbumImageRow,
    AlbumRow,
    ApiKey,
    AuditRow,
    Base,
    ImageRow,
    ImageTagRow,
    JobEventRow,
    JobRow,
    OneTimeTokenRow,
    SessionRow,
    UploadRow,
    UsageRow,
    UserRow,
)

SECRET = frozenset({"password_hash", "hash", "refresh_hash", "previous_hash"})
"""Columns that nobody is told, not even the person himself: who reads the export could use them."""

NOBODYS = frozenset(
    {"secrets", "queue_state", "role_limits", "certificates", "drained_models", "announcements"}
    | {"role_safety", "safety_rules", "installations", "model_servers", "residencies", "errands"}
)
KEPT = frozenset({"audit_log"})
"""What outlives its person, without his address: ids that lead nowhere any more."""


@dataclass(frozen=True, slots=True)
class Traces:
    """What a person is called in the rows."""

    user_id: str
    email: str
    key_ids: Collection[str]
    session_ids: Collection[str]

    @property
    def callers(self) -> list[str]:
        """Under which names he used the service."""
        return [self.user_id, *self.key_ids, *self.session_ids]


_OTHERS: Mapping[str, Callable[[Traces], ColumnElement[bool]]] = {
    "users": lambda who: UserRow.id == who.user_id,
    "sessions": lambda who: SessionRow.user_id == who.user_id,
    "api_keys": lambda who: ApiKey.user_id == who.user_id,
    "one_time_tokens": lambda who: or_(OneTimeTokenRow.user_id == who.user_id, OneTimeTokenRow.email == who.email),
    "usage_days": lambda who: UsageRow.who.in_(who.callers),
    "a1111_options": lambda who: A1111OptionsRow.caller.in_(who.callers),
    "job_events": lambda who: JobEventRow.job_id.in_(select(JobRow.id).where(JobRow.owner == who.user_id)),
    "image_tags": lambda who: ImageTagRow.image_id.in_(select(ImageRow.id).where(ImageRow.owner == who.user_id)),
    "album_images": lambda who: AlbumImageRow.album_id.in_(select(AlbumRow.id).where(AlbumRow.owner == who.user_id)),
    "audit_log": lambda who: or_(AuditRow.actor == who.user_id, AuditRow.target.in_(who.callers)),
}


def personal_tables() -> list[Table]:
    """The tables that hold something of somebody, those first that others refer to."""
    return [table for table in Base.metadata.sorted_tables if "owner" in table.c or table.name in _OTHERS]


def table_names() -> list[str]:
    """Their names, as `PersonalRepository.page` takes them."""
    return [table.name for table in personal_tables()]


def condition(table: Table, who: Traces) -> ColumnElement[bool]:
    """Which of its rows are the person's."""
    return _OTHERS[table.name](who) if table.name in _OTHERS else table.c.owner == who.user_id


class PersonalRepository:
    """All SQL about everything of one person."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def traces(self, user_id: str) -> Traces | None:
        """What somebody is called; None when there is nobody of that id."""
        email = await self._session.scalar(select(UserRow.email).where(UserRow.id == user_id))
        if email is None:
            return None
        keys = await self._session.scalars(select(ApiKey.id).where(ApiKey.user_id == user_id))
        sessions = await self._session.scalars(select(SessionRow.id).where(SessionRow.user_id == user_id))
        return Traces(user_id, email, keys.all(), sessions.all())

    async def page(
        self, name: str, who: Traces, after: Sequence[Any] | None, limit: int
    ) -> tuple[list[dict[str, Any]], Sequence[Any] | None]:
        """Rows of his beyond the key `after`, without secrets, and the last one's key; None when there are no more."""
        table = Base.metadata.tables[name]
        key = list(table.primary_key.columns)
        statement = select(table).where(condition(table, who)).order_by(*key).limit(limit)
        if after is not None:
            statement = statement.where(tuple_(*key) > tuple_(*after))
        rows = (await self._session.execute(statement)).mappings().all()
        told = [{str(column): value for column, value in row.items() if str(column) not in SECRET} for row in rows]
        last = [rows[-1][column.name] for column in key] if len(rows) == limit else None
        return told, last

    async def erasing(self, limit: int) -> Sequence[str]:
        """Ids of people whose erasure was begun."""
        return (await self._session.scalars(select(UserRow.id).where(UserRow.status == "erasing").limit(limit))).all()

    async def open_jobs(self, user_id: str, limit: int) -> Sequence[str]:
        """Ids of jobs of his that have not ended and are not being cancelled."""
        statement = select(JobRow.id).where(
            JobRow.owner == user_id, JobRow.status.not_in(TERMINAL), JobRow.cancel_requested.is_(False)
        )
        return (await self._session.scalars(statement.limit(limit))).all()

    async def shut(self, user_id: str, at: datetime) -> None:
        """Let nobody in as him any more."""
        await self._session.execute(update(UserRow).where(UserRow.id == user_id).values(status="erasing"))
        for table in (SessionRow, ApiKey):
            theirs = and_(table.user_id == user_id, table.revoked_at.is_(None))
            await self._session.execute(update(table).where(theirs).values(revoked_at=at), execution_options=UNTRACKED)

    async def delete_images(self, user_id: str, limit: int) -> tuple[int, set[str]]:
        """Remove some of his pictures; how many, and the blobs that they named."""
        ids = (await self._session.scalars(select(ImageRow.id).where(ImageRow.owner == user_id).limit(limit))).all()
        return len(ids), {blob for pair in await delete_images(self._session, ids) for blob in pair if blob is not None}

    async def delete_uploads(self, user_id: str) -> Sequence[str]:
        """Remove the pictures that he sent; the blobs that they named."""
        statement = delete(UploadRow).where(UploadRow.owner == user_id).returning(UploadRow.blob)
        return (await self._session.scalars(statement, execution_options=UNTRACKED)).all()

    async def delete_jobs(self, user_id: str, limit: int) -> int:
        """Remove some of his jobs with their events; a worker that runs one finds its lease lost."""
        ids = (await self._session.scalars(select(JobRow.id).where(JobRow.owner == user_id).limit(limit))).all()
        late = (await self._session.scalars(select(ImageRow.id).where(ImageRow.job_id.in_(ids)))).all()
        await delete_images(self._session, late)  # made since; their files are swept up
        await self._session.execute(delete(JobEventRow).where(JobEventRow.job_id.in_(ids)), execution_options=UNTRACKED)
        await self._session.execute(delete(JobRow).where(JobRow.id.in_(ids)), execution_options=UNTRACKED)
        return len(ids)

    async def delete_rest(self, who: Traces) -> None:
        """Remove him and every row of his that is left.

        His own row goes first: an order that is being accepted holds it, so that it is in time to be removed here, and
        later ones find nobody who may order.
        """
        await self._session.execute(delete(UserRow).where(UserRow.id == who.user_id), execution_options=UNTRACKED)
        while (await self.delete_images(who.user_id, 1000))[0]:
            pass
        for table in reversed(personal_tables()):
            if table.name not in KEPT and table.name != "users":
                await self._session.execute(delete(table).where(condition(table, who)))

    async def forget_addresses(self, who: Traces) -> None:
        """Take out of the audit log where he was: the one change that its triggers let through."""
        by_him = or_(AuditRow.actor == who.user_id, and_(AuditRow.actor == "", AuditRow.target.in_(who.callers)))
        statement = update(AuditRow).where(by_him, AuditRow.address.is_not(None)).values(address=None)
        await self._session.execute(statement, execution_options=UNTRACKED)
