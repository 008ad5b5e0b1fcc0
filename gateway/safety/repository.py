"""The rows of rules about prompts, and of roles' policies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.storage.tables import RoleSafetyRow, SafetyRuleRow


class SafetyRepository:
    """All SQL of this domain."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self._dialect = sqlite if session.get_bind().dialect.name == "sqlite" else postgresql

    async def policy(self, role: str) -> dict[str, Any]:
        """What is set for a role."""
        statement = select(RoleSafetyRow.policy).where(RoleSafetyRow.role == role)
        return await self._session.scalar(statement) or {}

    async def policies(self) -> Mapping[str, dict[str, Any]]:
        """What is set, by role."""
        rows = await self._session.execute(select(RoleSafetyRow.role, RoleSafetyRow.policy))
        return {row[0]: row[1] for row in rows}

    async def set_policy(self, role: str, policy: Mapping[str, Any]) -> None:
        """Set a role's."""
        insert = self._dialect.insert(RoleSafetyRow).values(role=role, policy=policy)
        changed = {"policy": insert.excluded.policy}
        await self._session.execute(insert.on_conflict_do_update(index_elements=["role"], set_=changed))

    async def rules(self) -> Sequence[SafetyRuleRow]:
        """All of them, oldest first."""
        return (await self._session.scalars(select(SafetyRuleRow).order_by(SafetyRuleRow.id))).all()

    async def count(self) -> int:
        """How many there are."""
        return await self._session.scalar(select(func.count()).select_from(SafetyRuleRow)) or 0

    def add(self, row: SafetyRuleRow) -> None:
        """Insert at the end of the transaction."""
        self._session.add(row)

    async def remove(self, rule_id: str) -> bool:
        """Delete one; False when there is none of this id."""
        statement = delete(SafetyRuleRow).where(SafetyRuleRow.id == rule_id).returning(SafetyRuleRow.id)
        return (await self._session.execute(statement)).first() is not None
