"""The keys' rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.storage.tables import ApiKey


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
