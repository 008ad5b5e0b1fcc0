"""What administrators have set about what may be asked for and shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.storage.tables.base import Base


class RoleSafetyRow(Base):
    """A role's policy; see `gateway.safety.policy.SafetyPolicy`."""

    __tablename__ = "role_safety"

    role: Mapped[str] = mapped_column(String(10), primary_key=True)
    policy: Mapped[dict[str, Any]]


class SafetyRuleRow(Base):
    """A rule about prompts; see `gateway.safety.rules.Rule`. `label` is what people are told when it matches."""

    __tablename__ = "safety_rules"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    label: Mapped[str] = mapped_column(String(100))
    words: Mapped[str] = mapped_column(String(200))
    created_by: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime]
