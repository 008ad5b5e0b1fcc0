"""The rows of the audit log. `record` goes into the transaction of the act: both are there, or neither is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.audit.origin import origin
from gateway.kit.ids import new_id
from gateway.storage.tables import AuditRow

DONE, REFUSED = "done", "refused"


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which acts; None stands for all. `action` also means everything below it: `key` includes `key.create`."""

    action: str | None = None
    outcome: str | None = None
    actor: str | None = None
    target: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class AuditRepository:
    """All SQL about the audit log."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def record(self, at: datetime, action: str, target: str = "", outcome: str = DONE, **details: Any) -> None:
        """Add an act of whom the request's origin names, at the end of the transaction.

        Args:
            at: when.
            action: what, as `thing.act`.
            target: id of what it was done to.
            outcome: `done` or `refused`.
            details: what JSON can hold; no secrets, no names or addresses of people.
        """
        by = origin()
        self._session.add(
            AuditRow(
                id=new_id("aud", at),
                at=at,
                action=action,
                outcome=outcome,
                actor=by.actor,
                key_id=by.key_id,
                address=by.address,
                request_id=by.request_id,
                target=target[:80],
                details=details,
            )
        )

    async def page(
        self, which: AuditFilter, after: str | None, limit: int, *, oldest_first: bool
    ) -> Sequence[AuditRow]:
        """Acts beyond `after`, in order."""
        statement = select(AuditRow).limit(limit)
        if which.action is not None:
            below = AuditRow.action.startswith(f"{which.action}.", autoescape=True)
            statement = statement.where((AuditRow.action == which.action) | below)
        for column, wanted in (
            (AuditRow.outcome, which.outcome),
            (AuditRow.actor, which.actor),
            (AuditRow.target, which.target),
        ):
            if wanted is not None:
                statement = statement.where(column == wanted)
        if which.since is not None:
            statement = statement.where(AuditRow.at >= which.since)
        if which.until is not None:
            statement = statement.where(AuditRow.at < which.until)
        if after is not None:
            statement = statement.where(AuditRow.id > after if oldest_first else AuditRow.id < after)
        order = AuditRow.id.asc() if oldest_first else AuditRow.id.desc()
        return (await self._session.scalars(statement.order_by(order))).all()
