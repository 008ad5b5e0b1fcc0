"""From pixels to the bytes of a picture file. Slow work: call it in a thread."""

from __future__ import annotations

import base64
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


def encode(pixels: Pixels, encoding: Encoding) -> bytes:
    """The file of a picture."""
    return _save(Image.fromarray(pixels), encoding)


def reencode(data: bytes, encoding: Encoding, size: tuple[int, int]) -> bytes:
    """One of our own files, enlarged to `size` (width, height) and written anew."""
    with Image.open(io.BytesIO(data)) as picture:
        return _save(picture.convert("RGB").resize(size, Image.Resampling.BICUBIC), encoding)


def preview_data(pixels: Pixels) -> str:
    """A preview as a data URL: WebP, small enough for a notification."""
    data = encode(pixels, Encoding(ImageFormat.WEBP, 60))
    return f"data:image/webp;base64,{base64.b64encode(data).decode('ascii')}"


def _save(picture: Image.Image, encoding: Encoding) -> bytes:
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
