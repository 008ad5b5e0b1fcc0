"""The picture that an img2img request starts from, in the size that it asks for. Slow work: use a thread."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from PIL import Image, ImageOps

from diffusion.events import Pixels
from gateway.storage.data_urls import data_in, pixels_of

_PREFIX = "data:image/png;base64,"  # the file says itself what it is


class ResizeMode(IntEnum):
    """AUTOMATIC1111's numbers."""

    STRETCH = 0
    CROP = 1
    FILL = 2
    LATENT = 3


def picture_of(field: str, text: str) -> Pixels:
    """The picture of a text in base64, with or without the head of a data URL; RGB.

    Raises:
        InvalidFieldError: naming `field`.
    """
    return pixels_of(field, file_of(field, text))


def file_of(field: str, text: str) -> bytes:
    """The file itself. Raises InvalidFieldError."""
    return data_in(field, text if text.startswith("data:") else _PREFIX + text)


def mask_of(field: str, text: str, picture: Pixels) -> Pixels:
    """The mask of a text as `picture_of` reads it: grey, as large as `picture`. Raises InvalidFieldError."""
    grey = np.array(Image.fromarray(picture_of(field, text)).convert("L"))
    return resized(grey, (picture.shape[1], picture.shape[0]), ResizeMode.STRETCH)


def resized(pixels: Pixels, size: tuple[int, int], mode: ResizeMode) -> Pixels:
    """`pixels` in this width and height: stretched, cropped around the middle, or whole with its border drawn out."""
    picture = Image.fromarray(pixels)
    if picture.size == size:
        return pixels
    if mode is ResizeMode.CROP:
        return np.array(ImageOps.fit(picture, size, Image.Resampling.LANCZOS))
    if mode is ResizeMode.FILL:
        return _filled(picture, size)
    return np.array(picture.resize(size, Image.Resampling.LANCZOS))


def _filled(picture: Image.Image, size: tuple[int, int]) -> Pixels:
    whole = np.array(ImageOps.contain(picture, size, Image.Resampling.LANCZOS))
    left, top = (size[0] - whole.shape[1]) // 2, (size[1] - whole.shape[0]) // 2
    right, bottom = size[0] - whole.shape[1] - left, size[1] - whole.shape[0] - top
    return np.pad(whole, ((top, bottom), (left, right), (0, 0))[: whole.ndim], mode="edge")
