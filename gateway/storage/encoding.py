"""From pixels to the bytes of a picture file. Slow work: call it in a thread."""

from __future__ import annotations

import io
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from PIL import Image

from diffusion.events import Pixels


class ImageFormat(StrEnum):
    """The formats that are written."""

    PNG = "png"
    JPEG = "jpeg"
    WEBP = "webp"


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a picture is written. `quality` is 1 … 100 and means nothing to PNG, which loses nothing."""

    format: ImageFormat = ImageFormat.PNG
    quality: int = 100

    @property
    def media_type(self) -> str:
        """Of the file."""
        return f"image/{self.format.value}"


def encode(pixels: Pixels, encoding: Encoding, size: tuple[int, int] | None = None) -> bytes:
    """The file of a picture, enlarged to `size` (width, height) first where one is given."""
    picture = Image.fromarray(pixels)
    if size is not None and picture.size != size:
        picture = picture.resize(size, Image.Resampling.BICUBIC)
    options: dict[str, Any] = {}
    if encoding.format is ImageFormat.PNG:
        options = {"compress_level": 3}  # level 6 costs several times the time for a few per cent
    elif encoding.format is ImageFormat.JPEG:
        options = {"quality": min(max(encoding.quality, 1), 95), "subsampling": 0 if encoding.quality >= 90 else 2}
    else:
        options = {"quality": max(encoding.quality, 1), "method": 2}
    buffer = io.BytesIO()
    picture.save(buffer, encoding.format.value, **options)
    return buffer.getvalue()
