"""The rows of options, one for each key or signed-in person."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.storage.tables import A1111OptionsRow


class OptionsRepository:
    """All SQL about options."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, caller: str) -> dict[str, Any]:
        """What a caller has changed."""
        row = select(A1111OptionsRow.options).where(A1111OptionsRow.caller == caller)
        return await self._session.scalar(row) or {}

    async def set(self, caller: str, options: dict[str, Any]) -> None:
        """Replace it."""
        dialect = sqlite if self._session.get_bind().dialect.name == "sqlite" else postgresql
        insert = dialect.insert(A1111OptionsRow).values(caller=caller, options=options)
        await self._session.execute(
            insert.on_conflict_do_update(index_elements=["caller"], set_={"options": insert.excluded.options})
        )
