"""What an uploaded picture tells of itself: its texts, whoever wrote them. Its pixels are not decoded."""

from __future__ import annotations

import asyncio
import base64
import binascii
import io
import warnings
from dataclasses import dataclass, field

from PIL import ExifTags, Image, UnidentifiedImageError

from gateway.errors import InvalidRequestError, PayloadTooLargeError

MAX_BYTES = 64 * 1024 * 1024
MAX_TEXTS = 64
MAX_TEXT_CHARS = 4_000_000
FORMATS = ("PNG", "JPEG", "WEBP")
_UNICODE = b"UNICODE\x00"


@dataclass(frozen=True, slots=True)
class Texts:
    """A picture's size and texts by their keywords; `xmp` is its XMP packet."""

    format: str
    width: int
    height: int
    texts: dict[str, str] = field(default_factory=dict)
    xmp: str = ""

    @property
    def infotext(self) -> str | None:
        """AUTOMATIC1111's text."""
        return self.texts.get("parameters") or self.texts.get("UserComment")


def uploaded(text: str, field_name: str = "image") -> bytes:
    """The bytes of a picture sent in base64 or as a data URL.

    Raises:
        InvalidRequestError, PayloadTooLargeError: naming the field.
    """
    encoded = text.partition(",")[2] if text.startswith("data:") else text
    if len(encoded) > MAX_BYTES * 4 // 3 + 4:
        raise PayloadTooLargeError(MAX_BYTES)
    try:
        return base64.b64decode("".join(encoded.split()), validate=True)
    except (binascii.Error, ValueError):
        raise InvalidRequestError(f"{field_name}: this is not base64", field=field_name) from None


async def read_texts(data: bytes) -> Texts:
    """A picture's texts; its pixels are not decoded.

    Raises:
        InvalidRequestError: it is no picture of a kind that is read.
    """
    return await asyncio.to_thread(texts_of, data)


def texts_of(data: bytes) -> Texts:
    """The same, at once: slow work, use a thread."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
                return _texts_of(picture)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError):
        raise InvalidRequestError("image: expected a PNG, JPEG or WebP picture", field="image") from None


def _texts_of(picture: Image.Image) -> Texts:
    found: dict[str, str] = {}
    for name, value in list(picture.info.items())[:MAX_TEXTS]:
        if isinstance(name, str) and isinstance(value, str) and len(value) <= MAX_TEXT_CHARS:
            found[name] = str(value)
    comment = picture.getexif().get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.UserComment)
    if comment:
        found["UserComment"] = _comment(comment)
    xmp = found.pop("XML:com.adobe.xmp", "") or _text(picture.info.get("xmp", b""))
    return Texts(picture.format or "", *picture.size, found, xmp)


def _comment(value: bytes | str) -> str:
    """An EXIF comment, in the byte order that makes text of it: writers disagree on it."""
    if isinstance(value, str):
        return value
    if not value.startswith(_UNICODE):
        return _text(value.removeprefix(b"ASCII\x00\x00\x00").rstrip(b"\x00"))
    body = value[len(_UNICODE) :]
    order = "utf-16-be" if body[:1] == b"\x00" else "utf-16-le"
    return body.decode(order, "replace")


def _text(value: bytes | str) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", "replace")
