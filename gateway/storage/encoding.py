"""From pixels to the bytes of a picture file. Slow work: call it in a thread."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from PIL import Image

from diffusion.events import Pixels
from gateway.storage.png import write_png


class ImageFormat(StrEnum):
    """The formats that are written."""

    PNG = "png"
    JPEG = "jpeg"
    WEBP = "webp"


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a picture is written.

    Attributes:
        quality: 1 … 100; means nothing to PNG, which loses nothing.
        has_recipe: whether the file tells how it was made.
    """

    format: ImageFormat = ImageFormat.PNG
    quality: int = 100
    has_recipe: bool = True

    @property
    def media_type(self) -> str:
        """Of the file."""
        return f"image/{self.format.value}"


def encode(pixels: Pixels, encoding: Encoding, texts: Mapping[str, Any] | None = None) -> bytes:
    """The file of a picture; `texts` are the writer's options for what it says beside its pixels."""
    if encoding.format is ImageFormat.PNG:
        return write_png(pixels, **(texts or {}))
    options: dict[str, Any] = {}
    if encoding.format is ImageFormat.JPEG:
        options = {"quality": min(max(encoding.quality, 1), 95), "subsampling": 0 if encoding.quality >= 90 else 2}
    else:
        options = {"quality": max(encoding.quality, 1), "method": 2}
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, encoding.format.value, **options, **(texts or {}))
    return buffer.getvalue()


def reencode(data: bytes, encoding: Encoding, size: tuple[int, int]) -> bytes:
    """One of our own files, enlarged to `size` (width, height) and written anew."""
    with Image.open(io.BytesIO(data)) as picture:
        enlarged = picture.convert("RGB").resize(size, Image.Resampling.BICUBIC)
    return encode(np.asarray(enlarged), encoding)


def preview_data(pixels: Pixels) -> str:
    """A preview as a data URL: WebP, small enough for a notification."""
    data = encode(pixels, Encoding(ImageFormat.WEBP, 60))
    return f"data:image/webp;base64,{base64.b64encode(data).decode('ascii')}"
