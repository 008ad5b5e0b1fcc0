"""The rows of secrets, keys and sessions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.storage.database import UNTRACKED
from gateway.storage.tables import ApiKey, SecretRow, SessionRow, UserRow

_KEY = (
    select(ApiKey, UserRow).outerjoin(UserRow, ApiKey.user_id == UserRow.id).where(ApiKey.prefix == bindparam("public"))
)
"""Built once: it is asked with every request."""


class SecretRepository:
    """All SQL about the installation's secrets."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get_or_set(self, name: str, fresh: str) -> str:
        """The secret of this name; `fresh` becomes it when there is none."""
        dialect = sqlite if self._session.get_bind().dialect.name == "sqlite" else postgresql
        statement = dialect.insert(SecretRow).values(name=name, value=fresh).on_conflict_do_nothing()
        await self._session.execute(statement)
        return (await self._session.scalars(select(SecretRow.value).where(SecretRow.name == name))).one()


class KeyRepository:
    """All SQL about API keys."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, key: ApiKey) -> None:
        """Insert at the end of the transaction."""
        self._session.add(key)

    async def by_prefix(self, prefix: str) -> tuple[ApiKey, UserRow | None] | None:
        """The key with this public part, and whose it is."""
        row = (await self._session.execute(_KEY, {"public": prefix})).one_or_none()
        return None if row is None else (row[0], row[1])

    async def named(self, reference: str, user_id: str | None = None) -> Sequence[ApiKey]:
        """Keys that are not revoked and whose id, prefix or name is `reference`; of one user if given."""
        which = or_(ApiKey.id == reference, ApiKey.prefix == reference, ApiKey.name == reference)
        statement = select(ApiKey).where(which, ApiKey.revoked_at.is_(None))
        if user_id is not None:
            statement = statement.where(ApiKey.user_id == user_id)
        return (await self._session.scalars(statement)).all()

    async def all(
        self, user_id: str | None = None, after: str | None = None, limit: int | None = None
    ) -> Sequence[ApiKey]:
        """Every key, oldest first; of one user, or only some beyond `after`, if given."""
        statement = select(ApiKey).order_by(ApiKey.id).limit(limit)
        if user_id is not None:
            statement = statement.where(ApiKey.user_id == user_id)
        if after is not None:
            statement = statement.where(ApiKey.id > after)
        return (await self._session.scalars(statement)).all()

    async def owners(self, user_ids: Collection[str]) -> Mapping[str, str]:
        """The addresses of people, by their ids."""
        rows = await self._session.execute(select(UserRow.id, UserRow.email).where(UserRow.id.in_(user_ids)))
        return {row[0]: row[1] for row in rows}

    async def revoke(self, key_id: str, at: datetime) -> None:
        """End a key; a second time changes nothing."""
        await self._session.execute(
            update(ApiKey).where(ApiKey.id == key_id, ApiKey.revoked_at.is_(None)).values(revoked_at=at)
        )

    async def set_last_used(self, used: Mapping[str, datetime]) -> None:
        """Record when keys were used last, by id."""
        for key_id, at in used.items():
            await self._session.execute(update(ApiKey).where(ApiKey.id == key_id).values(last_used_at=at))


class SessionRepository:
    """All SQL about sessions."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, row: SessionRow) -> None:
        """Insert at the end of the transaction."""
        self._session.add(row)

    async def get(self, session_id: str) -> tuple[SessionRow, UserRow] | None:
        """A session and its user."""
        statement = select(SessionRow, UserRow).join(UserRow, SessionRow.user_id == UserRow.id)
        row = (await self._session.execute(statement.where(SessionRow.id == session_id))).one_or_none()
        return None if row is None else (row[0], row[1])

    async def by_refresh(self, token_hash: str) -> tuple[SessionRow, UserRow] | None:
        """The session whose refresh token this is, or was before its last use; locked until the transaction ends."""
        statement = (
            select(SessionRow, UserRow)
            .join(UserRow, SessionRow.user_id == UserRow.id)
            .where(or_(SessionRow.refresh_hash == token_hash, SessionRow.previous_hash == token_hash))
            .with_for_update(of=SessionRow)
        )
        row = (await self._session.execute(statement)).one_or_none()
        return None if row is None else (row[0], row[1])

    async def of_user(self, user_id: str, now: datetime) -> Sequence[SessionRow]:
        """A user's open sessions, youngest first."""
        statement = (
            select(SessionRow)
            .where(SessionRow.user_id == user_id, SessionRow.revoked_at.is_(None), SessionRow.expires_at > now)
            .order_by(SessionRow.id.desc())
        )
        return (await self._session.scalars(statement)).all()

    async def revoke(self, user_id: str, at: datetime, session_id: str | None = None, keep: str | None = None) -> None:
        """End one session of a user, or all of them but `keep`."""
        statement = update(SessionRow).where(SessionRow.user_id == user_id, SessionRow.revoked_at.is_(None))
        if session_id is not None:
            statement = statement.where(SessionRow.id == session_id)
        if keep is not None:
            statement = statement.where(SessionRow.id != keep)
        await self._session.execute(statement.values(revoked_at=at), execution_options=UNTRACKED)
