"""Pictures, with everything they can be found by."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import BigInteger

from gateway.storage.tables.base import Base


class ImageRow(Base):
    """A finished picture. `blob` names its file in the image store; equal pictures share one.

    The recipe's fields are copied from the job, so that a search looks into one table.

    Attributes:
        number: grows with every picture of the installation; the order of history, and its cursor.
        thumbnail: blob of a small WebP, made when it is asked for first.
        moderation: "blurred" where that is what became of it, else None.
        trashed_at: when it was thrown away; it can be taken back until the trash is emptied.
    """

    __tablename__ = "images"
    __table_args__ = (
        Index("ix_images_number", "number", unique=True),
        Index("ix_images_job", "job_id", "index", unique=True),
        Index("ix_images_blob", "blob"),
        Index("ix_images_thumbnail", "thumbnail"),
        Index("ix_images_owner", "owner", "number"),
        Index("ix_images_owner_bytes", "owner", "size_bytes"),
        Index("ix_images_owner_seed", "owner", "seed"),
        Index("ix_images_trashed", "trashed_at"),
    )

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    index: Mapped[int]
    owner: Mapped[str] = mapped_column(String(40))
    blob: Mapped[str] = mapped_column(String(80))
    thumbnail: Mapped[str | None] = mapped_column(String(80))
    media_type: Mapped[str] = mapped_column(String(40))
    width: Mapped[int]
    height: Mapped[int]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    seed: Mapped[int] = mapped_column(BigInteger)
    model: Mapped[str] = mapped_column(String(200))
    fingerprint: Mapped[str] = mapped_column(String(80))
    prompt: Mapped[str] = mapped_column(Text)
    negative_prompt: Mapped[str] = mapped_column(Text)
    steps: Mapped[int]
    guidance: Mapped[float]
    sampler: Mapped[str] = mapped_column(String(40))
    schedule: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime]
    is_favourite: Mapped[bool]
    rating: Mapped[int]
    trashed_at: Mapped[datetime | None]
    moderation: Mapped[str | None] = mapped_column(String(20))


class ImageTagRow(Base):
    """A word that its owner has put on a picture."""

    __tablename__ = "image_tags"
    __table_args__ = (Index("ix_image_tags_tag", "tag", "image_id"),)

    image_id: Mapped[str] = mapped_column(ForeignKey("images.id", ondelete="CASCADE"), primary_key=True)
    tag: Mapped[str] = mapped_column(String(50), primary_key=True)


class AlbumRow(Base):
    """A named selection of an owner's pictures."""

    __tablename__ = "albums"
    __table_args__ = (Index("ix_albums_owner_name", "owner", "name", unique=True),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    owner: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[datetime]


class AlbumImageRow(Base):
    """A picture in an album."""

    __tablename__ = "album_images"
    __table_args__ = (Index("ix_album_images_image", "image_id"),)

    album_id: Mapped[str] = mapped_column(ForeignKey("albums.id", ondelete="CASCADE"), primary_key=True)
    image_id: Mapped[str] = mapped_column(ForeignKey("images.id", ondelete="CASCADE"), primary_key=True)
