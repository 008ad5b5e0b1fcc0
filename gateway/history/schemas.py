"""Bodies and answers of the history endpoints."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from gateway.files.service import LinkMaker
from gateway.history.recipe import Making, whole_recipe
from gateway.storage.encoding import ImageFormat
from gateway.storage.tables import AlbumRow, ImageRow

MAX_SELECTION = 1000
Ids = Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=MAX_SELECTION)]
Tag = Annotated[str, Field(min_length=1, max_length=50)]


class Body(BaseModel):
    """A body whose unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class Picture(BaseModel):
    """A picture with its whole recipe and links that show it."""

    id: str
    job_id: str
    index: int
    url: str
    thumbnail_url: str
    media_type: str
    width: int
    height: int
    bytes: int
    recipe: dict[str, Any]
    is_favourite: bool
    rating: int
    tags: list[str]
    created_at: datetime.datetime
    trashed_at: datetime.datetime | None
    moderation: Annotated[str | None, Field(description='"blurred" where that became of it')]

    @classmethod
    def of(cls, row: ImageRow, tags: Sequence[str], making: Making, link: LinkMaker) -> Picture:
        """From the row."""
        url = link(row.id)
        return cls(
            id=row.id,
            job_id=row.job_id,
            index=row.index,
            url=url,
            thumbnail_url=url.replace("?", "/thumbnail?", 1),
            media_type=row.media_type,
            width=row.width,
            height=row.height,
            bytes=row.size_bytes,
            recipe=whole_recipe(row, making),
            is_favourite=row.is_favourite,
            rating=row.rating,
            tags=list(tags),
            created_at=row.created_at,
            trashed_at=row.trashed_at,
            moderation=row.moderation,
        )


class PictureList(BaseModel):
    """A page, youngest first."""

    results: list[Picture]
    next: int | None


class PictureBody(Body):
    """How its owner marks a picture."""

    is_favourite: bool | None = None
    rating: Annotated[int, Field(ge=0, le=5)] | None = None
    tags: Annotated[list[Tag], Field(max_length=50)] | None = None


class CopyWish(Body):
    """Which file of a picture is wanted."""

    format: ImageFormat = ImageFormat.PNG
    recipe: Annotated[bool, Field(description="whether the file tells how the picture was made")] = True
    quality: Annotated[int, Field(ge=1, le=100, description="means nothing to PNG, which loses nothing")] = 90


class SelectionBody(Body):
    """Some pictures."""

    ids: Ids


class Count(BaseModel):
    """How many pictures something was done to."""

    count: int


class TagCount(BaseModel):
    """A tag and how often it is used."""

    tag: str
    count: int


class AlbumBody(Body):
    """A new album."""

    name: Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S")]


class AlbumChange(Body):
    """What goes into an album and what comes out."""

    add: Ids = []
    remove: Ids = []


class Album(BaseModel):
    """An album."""

    id: str
    name: str
    count: int
    created_at: datetime.datetime

    @classmethod
    def of(cls, row: AlbumRow, count: int) -> Album:
        """From the row."""
        return cls(id=row.id, name=row.name, count=count, created_at=row.created_at)
