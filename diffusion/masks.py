"""Masks, uint8 [height, width], 255 where to paint: feathering, filling, and the part of a picture that they touch."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from diffusion.events import Pixels
from diffusion.resize import resized_latents

Mask = NDArray[np.uint8]
Floats = NDArray[np.float32]

HALF = 128
"""From this value on a pixel is painted anew as far as the latents go."""
_PASSES = 3


class Region(NamedTuple):
    """A rectangle of pixels; right and bottom are the first ones outside."""

    left: int
    top: int
    right: int
    bottom: int


def bounds_of(mask: Mask) -> Region:
    """The smallest region that holds everything that is not 0; of the whole mask where all of it is."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return Region(0, 0, mask.shape[1], mask.shape[0])
    return Region(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def region_around(mask: Mask, padding: int, width: int, height: int) -> Region:
    """What is generated at `width` × `height` to change only the masked part.

    Its bounds with `padding`, widened to that shape as far as the picture goes (as in diffusers' `get_crop_region`).
    """
    rows, columns = mask.shape
    left, top, right, bottom = bounds_of(mask)
    left, right = _padded(left, right, padding, columns)
    top, bottom = _padded(top, bottom, padding, rows)
    shape = width / height
    if (right - left) / (bottom - top) > shape:
        top, bottom = _widened(top, bottom, int((right - left) / shape), rows)
    else:
        left, right = _widened(left, right, int((bottom - top) * shape), columns)
    return Region(left, top, right, bottom)


def _padded(low: int, high: int, padding: int, size: int) -> tuple[int, int]:
    return max(low - padding, 0), min(high + padding, size)


def _widened(low: int, high: int, wanted: int, size: int) -> tuple[int, int]:
    """An interval of `wanted` around this one, moved inside `size`, and cut where it is larger."""
    more = wanted - (high - low)
    low, high = low - more // 2, high + more - more // 2
    if high >= size:
        low, high = low - (high - size), size
    if low < 0:
        low, high = 0, high - low
    return low, min(high, size)


def blurred(mask: Mask, radius: int) -> Mask:
    """Gaussian blur, as the three box blurs of Pillow's; the edge goes on for ever."""
    if not radius:
        return mask
    variance = radius**2 / _PASSES
    whole = math.floor((math.sqrt(12.0 * variance + 1.0) - 1.0) / 2.0)
    part = (2 * whole + 1) * (whole * (whole + 1) - 3.0 * variance) / (6.0 * (variance - (whole + 1) ** 2))
    reach = _PASSES * (whole + 1)
    left, top, right, bottom = bounds_of(mask)
    (left, right), (top, bottom) = (
        _padded(left, right, reach, mask.shape[1]),
        _padded(top, bottom, reach, mask.shape[0]),
    )
    values = mask[top:bottom, left:right].astype(np.float64)  # farther away nothing changes
    for axis in (1, 0):
        for _ in range(_PASSES):
            values = np.floor(_box_blurred(values, whole, part, axis) + 0.5)
    result = mask.copy()
    result[top:bottom, left:right] = np.clip(values, 0, 255)
    return result


def _box_blurred(values: NDArray[np.float64], whole: int, part: float, axis: int) -> NDArray[np.float64]:
    """The mean over `whole` neighbours on each side, and over the next ones for their `part`."""
    size, reach = values.shape[axis], whole + 1
    padding = [(0, 0), (0, 0)]
    padding[axis] = (reach, reach)
    padded = np.pad(values, padding, mode="edge")
    padding[axis] = (1, 0)
    sums = np.pad(np.cumsum(padded, axis=axis), padding)

    def cut(array: NDArray[np.float64], start: int) -> NDArray[np.float64]:
        return np.take(array, range(start, start + size), axis=axis)

    inner = cut(sums, reach + whole + 1) - cut(sums, reach - whole)
    outer = cut(padded, 0) + cut(padded, 2 * reach)
    mean: NDArray[np.float64] = (inner + part * outer) / (2 * (whole + part) + 1)
    return mean


def filled(picture: Pixels, mask: Mask) -> Pixels:
    """The picture with the colours of the surroundings wherever the mask is not 0, the smoother the farther away."""
    known = (mask == 0).astype(np.float32)
    if known.all():
        return picture
    colours = picture.transpose(2, 0, 1).astype(np.float32) * known
    grown = _grown(colours, known) if known.any() else np.full_like(colours, 127.5)
    pixels: Pixels = np.ascontiguousarray(np.clip(np.rint(grown), 0, 255).astype(np.uint8).transpose(1, 2, 0))
    return np.where((mask == 0)[..., None], picture, pixels)


def _grown(colours: Floats, weight: Floats) -> Floats:
    """The mean colour of each cell, the coarser picture's where no weight is. [3, h, w] times its weights [h, w]."""
    known = weight > 0.0
    means: Floats = (colours / np.where(known, weight, 1.0)).astype(np.float32)
    if known.all():
        return means
    _, height, width = colours.shape
    coarse = _grown(_halved(colours), np.minimum(_halved(weight[None])[0], 1.0e6))
    result: Floats = np.where(known, means, resized_latents(coarse, height, width))
    return result


def _halved(planes: Floats) -> Floats:
    """Sums of blocks of 2 × 2."""
    _, height, width = planes.shape
    even = np.pad(planes, ((0, 0), (0, height % 2), (0, width % 2)))
    blocks: Floats = even[:, ::2, ::2] + even[:, 1::2, ::2] + even[:, ::2, 1::2] + even[:, 1::2, 1::2]
    return blocks


def latent_mask(mask: Mask, pixels: int) -> Floats:
    """float32 [1, h, w] of 0 and 1: each latent goes by the first of its pixels, as torch's `interpolate` does.

    A mask too thin to be met so counts wherever it touches a latent.
    """
    is_painted = mask >= HALF
    cells: NDArray[np.bool_] = is_painted[::pixels, ::pixels]
    if not cells.any():
        height, width = cells.shape
        cells = mask.reshape(height, pixels, width, pixels).max(axis=(1, 3)) > 0
    return cells[None].astype(np.float32)
