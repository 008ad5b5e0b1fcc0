"""The development certificate's row: the first process makes it, all others use it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.storage.tables import CertificateRow


class CertificateRepository:
    """All SQL about certificates."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, name: str) -> CertificateRow | None:
        """The certificate of this name."""
        return await self._session.get(CertificateRow, name)

    async def get_or_set(self, fresh: CertificateRow) -> CertificateRow:
        """The certificate of this name; `fresh` becomes it when there is none."""
        dialect = sqlite if self._session.get_bind().dialect.name == "sqlite" else postgresql
        values = {column.key: getattr(fresh, column.key) for column in CertificateRow.__table__.columns}
        await self._session.execute(dialect.insert(CertificateRow).values(values).on_conflict_do_nothing())
        return (await self._session.scalars(select(CertificateRow).where(CertificateRow.name == fresh.name))).one()
