"""Small pictures. Slow work: call it in a thread."""

from __future__ import annotations

import io

from PIL import Image

SIDE = 320
MEDIA_TYPE = "image/webp"


def thumbnail_of(data: bytes) -> bytes:
    """A WebP of at most 320 pixels a side of one of our own pictures."""
    with Image.open(io.BytesIO(data)) as picture:
        small = picture.convert("RGB")
        small.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
        buffer = io.BytesIO()
        small.save(buffer, "WEBP", quality=80, method=3)
        return buffer.getvalue()
