"""The keys' rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.storage.tables import ApiKey, SecretRow


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

    async def by_prefix(self, prefix: str) -> ApiKey | None:
        """The key with this public part."""
        return (await self._session.scalars(select(ApiKey).where(ApiKey.prefix == prefix))).one_or_none()

    async def named(self, reference: str) -> Sequence[ApiKey]:
        """Keys that are not revoked and whose id, prefix or name is `reference`."""
        which = or_(ApiKey.id == reference, ApiKey.prefix == reference, ApiKey.name == reference)
        return (await self._session.scalars(select(ApiKey).where(which, ApiKey.revoked_at.is_(None)))).all()

    async def all(self) -> Sequence[ApiKey]:
        """Every key, oldest first."""
        return (await self._session.scalars(select(ApiKey).order_by(ApiKey.id))).all()

    async def revoke(self, key_id: str, at: datetime) -> None:
        """End a key; a second time changes nothing."""
        await self._session.execute(
            update(ApiKey).where(ApiKey.id == key_id, ApiKey.revoked_at.is_(None)).values(revoked_at=at)
        )

    async def set_last_used(self, used: Mapping[str, datetime]) -> None:
        """Record when keys were used last, by id."""
        for key_id, at in used.items():
            await self._session.execute(update(ApiKey).where(ApiKey.id == key_id).values(last_used_at=at))
