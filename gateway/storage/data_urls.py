"""Pictures that travel and are stored as text: data URLs, bounded before they are decoded. Slow work: use a thread."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import re
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from diffusion.errors import InvalidFieldError
from diffusion.events import Pixels

FORMATS = ("PNG", "JPEG", "WEBP")
MAX_PIXELS = 16_777_216
MASK = "mask"
PICTURES = ("image", MASK)
"""Fields of a stored input that hold a data URL."""

PARENT = "parent"
"""Of a stored input: the data URL of the file that its image was made from, where the image is not that file itself."""

ALLOWED = "a data URL of a PNG, JPEG or WebP file in base64"
_DATA_URL = re.compile(r"data:image/(?:png|jpeg|webp);base64,")


def read_data_url(field: str, text: object) -> Pixels:
    """The picture in a data URL, RGB, a mask's grey values; turned as its file says.

    Raises:
        InvalidFieldError: naming `field`, without the data.
    """
    return pixels_of(field, data_in(field, text))


def pixels_of(field: str, data: bytes) -> Pixels:
    """The picture in a file, RGB, a mask's grey values; turned as it says. Raises InvalidFieldError."""
    picture = opened(field, data)
    return grey_of(picture) if field == MASK else np.array(picture.convert("RGB"))


def data_in(field: str, text: object) -> bytes:
    """The file in a data URL.

    Raises:
        InvalidFieldError: naming `field`, without the data.
    """
    head = _DATA_URL.match(text) if isinstance(text, str) else None
    if not isinstance(text, str) or head is None:
        raise InvalidFieldError(field, text[:40] if isinstance(text, str) else type(text).__name__, ALLOWED)
    try:
        return base64.b64decode(text[head.end() :], validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidFieldError(field, "text that is not base64", ALLOWED) from error


def opened(field: str, data: bytes) -> Image.Image:
    """A picture's file, decoded and turned as it says, in its own mode; `format` says which it was.

    Raises:
        InvalidFieldError: naming `field`: it is none, or has too many pixels, which is seen before they are decoded.
    """
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                given = f"{picture.width}×{picture.height} pixels"
                raise InvalidFieldError(field, given, f"at most {MAX_PIXELS} pixels")
            form = picture.format
            upright = ImageOps.exif_transpose(picture)
            upright.load()
            upright.format = form
            return upright
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise InvalidFieldError(field, "a file that cannot be read", "a PNG, JPEG or WebP file") from error


def grey_of(mask: Image.Image) -> Pixels:
    """uint8 [height, width]: white is 255, what is transparent is black."""
    if mask.has_transparency_data:
        over = mask.convert("RGBA")
        mask = Image.alpha_composite(Image.new("RGBA", over.size, (0, 0, 0, 255)), over)
    return np.array(mask.convert("L"))


def data_url(pixels: Pixels) -> str:
    """The one data URL of these pixels, a PNG: equal pictures have equal texts."""
    return f"data:image/png;base64,{base64.b64encode(png_of(pixels)).decode('ascii')}"


def file_url(data: bytes) -> str:
    """The data URL of a file as it is."""
    return f"data:{media_type_of(data)};base64,{base64.b64encode(data).decode('ascii')}"


def media_type_of(data: bytes) -> str:
    """Of a file that is one of FORMATS."""
    if data.startswith(b"\x89PNG"):
        return "image/png"
    return "image/jpeg" if data.startswith(b"\xff\xd8") else "image/webp"


def png_of(pixels: Pixels) -> bytes:
    """A PNG of these pixels."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def control_field(number: int) -> str:
    """The field that names the picture of a request's control."""
    return f"controls[{number}].image"


def hash_of(text: str) -> str:
    """What a picture is called that was sent without a name."""
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def pictures_in(stored: dict[str, Any]) -> dict[str, str]:
    """The data URLs of a stored input, by field: what went in, as it was used."""
    found = {field: stored[field] for field in PICTURES if stored.get(field) is not None}
    maps = {control_field(number): control["image"] for number, control in enumerate(stored.get("controls") or ())}
    return found | maps


def without_data(stored: dict[str, Any]) -> dict[str, Any]:
    """A stored input to be shown: a picture is named by the id that its sender named it by, else by a hash."""
    sources = stored.get("sources", {})
    shown = {name: value for name, value in stored.items() if name not in ("sources", PARENT)}
    for field in PICTURES:
        if shown.get(field) is not None:
            shown[field] = sources.get(field) or hash_of(shown[field])
    if shown.get("controls"):
        shown["controls"] = [
            {**control, "image": sources.get(control_field(number)) or hash_of(control["image"])}
            for number, control in enumerate(shown["controls"])
        ]
    return shown
