"""Pictures of another size, resampled with Lanczos' filter as Pillow does it."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""[height, width, 3], or a mask's [height, width]."""

_LOBES = 3.0


class ResizeMode(StrEnum):
    """How a picture of another shape is brought to a size."""

    CROP = "crop"
    FIT = "fit"
    STRETCH = "stretch"


def resized(picture: Picture, width: int, height: int, mode: str = ResizeMode.STRETCH) -> Picture:
    """The picture at `width` × `height` pixels.

    `crop` keeps the shape and cuts off what hangs over, `fit` keeps it and repeats the border where nothing is,
    `stretch` does not keep it.
    """
    rows, columns = picture.shape[:2]
    if (columns, rows) == (width, height):
        return picture
    if mode == ResizeMode.STRETCH:
        return _resampled(picture, width, height)
    ratios = (width / columns, height / rows)
    ratio = max(ratios) if mode == ResizeMode.CROP else min(ratios)
    inner = max(1, round(columns * ratio)), max(1, round(rows * ratio))
    scaled = _resampled(picture, *inner)
    left, top = abs(inner[0] - width) // 2, abs(inner[1] - height) // 2
    if mode == ResizeMode.CROP:
        return scaled[top : top + height, left : left + width]
    borders = [(top, height - inner[1] - top), (left, width - inner[0] - left)]
    return np.pad(scaled, [*borders, (0, 0)][: picture.ndim], mode="edge")


def _resampled(picture: Picture, width: int, height: int) -> Picture:
    planes = picture[None] if picture.ndim == 2 else picture.transpose(2, 0, 1)
    across = planes
    if width != planes.shape[2]:
        across = _rounded(planes.astype(np.float32) @ _weights(planes.shape[2], width).T)
    down = across
    if height != planes.shape[1]:
        down = _rounded(_weights(planes.shape[1], height) @ across.astype(np.float32))
    return down[0] if picture.ndim == 2 else np.ascontiguousarray(down.transpose(1, 2, 0))


def _rounded(values: NDArray[np.float32]) -> Picture:
    """Pillow rounds between the two directions, too."""
    pixels: Picture = np.clip(np.floor(values + np.float32(0.5)), 0, 255).astype(np.uint8)
    return pixels


def _weights(size: int, wanted: int) -> NDArray[np.float32]:
    """float32 [wanted, size]: the share of each pixel in each new one."""
    scale = size / wanted
    stretch = max(scale, 1.0)
    centres = (np.arange(wanted)[:, None] + 0.5) * scale
    places = (np.arange(size)[None] + 0.5 - centres) / stretch
    values = np.where(np.abs(places) < _LOBES, np.sinc(places) * np.sinc(places / _LOBES), 0.0)
    weights: NDArray[np.float32] = (values / values.sum(axis=1, keepdims=True)).astype(np.float32)
    return weights
