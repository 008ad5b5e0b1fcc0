"""What `/v1/uploads` answers, and the one type of every field that names a picture."""

from __future__ import annotations

import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from gateway.storage.tables import UploadRow

PICTURE = (
    "a data URL (PNG, JPEG, WebP), the id of an upload (`POST /v1/uploads`) or of a picture of your own gallery, or a "
    "public http(s) address"
)
PictureText = Annotated[str, Field(min_length=1, description=PICTURE)]


class AddressBody(BaseModel):
    """Where a picture lies."""

    model_config = ConfigDict(extra="forbid")

    address: Annotated[str, Field(min_length=1, max_length=2000, description="a public http(s) address")]


class Upload(BaseModel):
    """A picture that requests may name by its `id` until it expires."""

    id: str
    width: int
    height: int
    media_type: str
    bytes: int
    expires_at: datetime.datetime

    @classmethod
    def of(cls, row: UploadRow) -> Upload:
        """From its row."""
        return cls(
            id=row.id,
            width=row.width,
            height=row.height,
            media_type=row.media_type,
            bytes=row.size_bytes,
            expires_at=row.expires_at,
        )
