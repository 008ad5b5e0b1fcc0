"""How much people have used, and how much their roles may."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from gateway.storage.tables.base import Base


class UsageRow(Base):
    """What an owner, or one key, has used on one day of the owner's time zone. What failed is given back."""

    __tablename__ = "usage_days"

    who: Mapped[str] = mapped_column(String(40), primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    images: Mapped[int] = mapped_column(BigInteger)
    work: Mapped[float]


class RoleLimitsRow(Base):
    """What an administrator has set for a role."""

    __tablename__ = "role_limits"

    role: Mapped[str] = mapped_column(String(10), primary_key=True)
    limits: Mapped[dict[str, Any]]
