"""Answers of `/v1/audit`."""

from __future__ import annotations

import datetime
from typing import Any

from pydantic import BaseModel

from gateway.storage.tables import AuditRow


class Act(BaseModel):
    """Who did what to what. `actor` is empty for somebody who had not said who he is."""

    id: str
    at: datetime.datetime
    action: str
    outcome: str
    actor: str
    key_id: str | None
    address: str | None
    request_id: str | None
    target: str
    details: dict[str, Any]

    @classmethod
    def of(cls, row: AuditRow) -> Act:
        """From its row."""
        return cls(**{name: getattr(row, name) for name in cls.model_fields})


class ActList(BaseModel):
    """A page of acts, youngest first."""

    results: list[Act]
    next: str | None
