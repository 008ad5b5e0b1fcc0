"""The rows of users and of tokens that work once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.storage.database import UNTRACKED
from gateway.storage.tables import OneTimeTokenRow, UserRow

MAX_UNUSED = 1000


class UserRepository:
    """All SQL about users."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, user: UserRow) -> bool:
        """Insert; False when the e-mail address or the identity has an account already."""
        try:
            async with self._session.begin_nested():
                self._session.add(user)
        except IntegrityError:
            return False
        return True

    async def get(self, user_id: str) -> UserRow | None:
        """One user."""
        return await self._session.get(UserRow, user_id)

    async def by_email(self, email: str) -> UserRow | None:
        """The user of an address in lower case."""
        return (await self._session.scalars(select(UserRow).where(UserRow.email == email))).one_or_none()

    async def by_identity(self, identity: str) -> UserRow | None:
        """The user who signs in with this account of a provider."""
        return (await self._session.scalars(select(UserRow).where(UserRow.identity == identity))).one_or_none()

    async def page(self, after: str | None, limit: int, ids: Sequence[str] | None = None) -> Sequence[UserRow]:
        """Users, oldest first; of these ids if given."""
        statement = select(UserRow).order_by(UserRow.id).limit(limit)
        if after is not None:
            statement = statement.where(UserRow.id > after)
        if ids is not None:
            statement = statement.where(UserRow.id.in_(ids))
        return (await self._session.scalars(statement)).all()

    async def count(self, role: str | None = None) -> int:
        """Users; active ones of a role if given."""
        statement = select(func.count()).select_from(UserRow)
        if role is not None:
            statement = statement.where(UserRow.role == role, UserRow.status == "active")
        return await self._session.scalar(statement) or 0

    async def change(self, user_id: str, values: Mapping[str, Any]) -> None:
        """Set some columns."""
        await self._session.execute(update(UserRow).where(UserRow.id == user_id).values(**values))


class OneTimeTokenRepository:
    """All SQL about one-time tokens."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, row: OneTimeTokenRow) -> None:
        """Insert at the end of the transaction."""
        self._session.add(row)

    async def unused(self, purpose: str, now: datetime) -> Sequence[OneTimeTokenRow]:
        """Those of a purpose that still work, youngest first."""
        row = OneTimeTokenRow
        statement = select(row).where(row.purpose == purpose, row.used_at.is_(None), row.expires_at > now)
        return (await self._session.scalars(statement.order_by(row.id.desc()).limit(MAX_UNUSED))).all()

    async def withdraw(self, purpose: str, token_id: str, now: datetime) -> bool:
        """Make one that still works worthless; False when there is none of this id."""
        row = OneTimeTokenRow
        which = row.id == token_id, row.purpose == purpose, row.used_at.is_(None), row.expires_at > now
        statement = update(row).where(*which).values(expires_at=now).returning(row.id)
        return (await self._session.execute(statement, execution_options=UNTRACKED)).first() is not None

    async def use(self, purpose: str, token_hash: str, now: datetime) -> OneTimeTokenRow | None:
        """Use a token up; None when it is unknown, was used, or has expired. Of two at once, one gets it."""
        statement = (
            update(OneTimeTokenRow)
            .where(
                OneTimeTokenRow.purpose == purpose,
                OneTimeTokenRow.hash == token_hash,
                OneTimeTokenRow.used_at.is_(None),
                OneTimeTokenRow.expires_at > now,
            )
            .values(used_at=now)
            .returning(OneTimeTokenRow)
        )
        return (await self._session.scalars(statement, execution_options=UNTRACKED)).one_or_none()

    async def drop(self, purpose: str, user_id: str | None = None) -> None:
        """Make the unused tokens of a purpose worthless; those for one user if given."""
        statement = update(OneTimeTokenRow).where(OneTimeTokenRow.purpose == purpose, OneTimeTokenRow.used_at.is_(None))
        if user_id is not None:
            statement = statement.where(OneTimeTokenRow.user_id == user_id)
        await self._session.execute(statement.values(used_at=OneTimeTokenRow.created_at))
