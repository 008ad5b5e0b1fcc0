"""What the public surfaces keep for their callers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.storage.tables.base import Base


class A1111OptionsRow(Base):
    """The options that a key, or a person who signed in, has set through AUTOMATIC1111's surface."""

    __tablename__ = "a1111_options"

    caller: Mapped[str] = mapped_column(String(40), primary_key=True)
    options: Mapped[dict[str, Any]]


class CertificateRow(Base):
    """A certificate that this installation has made to sign its pictures with, and its key; both PEM."""

    __tablename__ = "certificates"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    chain: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text)
    algorithm: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime]
