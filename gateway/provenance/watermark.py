"""An invisible mark in the pixels: 32 bits that survive JPEG compression and resizing, though not cropping.

Spread spectrum on a small grid that is laid over the whole picture: each bit is a keyed pattern of signs over the cells
that belong to it, and the embedder raises its strength until the picture itself, edges and all, reads as wished
(informed embedding). Reading needs neither the original nor its size. Slow work: call it in a thread.
"""

from __future__ import annotations

import functools
import hashlib
import zlib
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from diffusion.events import Pixels

Array = NDArray[np.float32]
ID_BITS, CHECK_BITS = 32, 16
BITS = ID_BITS + CHECK_BITS
GRIDS = {0: 48, 256: 64, 512: 128}
"""Cells a side, by the least length of the shorter side: small enough cells for the eye, large enough to be resized."""

KEY = b"avila-diffusion watermark 1"
ROUNDS, PASSES = 8, 3
SLOPES = (0.25, 1.2)
"""How much more of a bit is read for so much more of its strength lies between these, and is measured in each round."""

SETTLED = 0.05
"""Of the wanted strength: when no bit's changes by more in a round, further ones are for nothing."""

STRENGTH, LEAST, MOST = 2.4, 1.0, 5.0
MAX_AMPLITUDE = 9.0
SPREAD = 0.08
"""How much of a cell's change its neighbours get, when the pattern is enlarged smoothly and read cell by cell."""

PRESENT_Z = 1.4
"""Of the mean strength in standard errors; pictures without a mark stay about 0.8 ± 0.09."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What was read. `confidence` grows from 0 to 1 with the strength of the weakest bits."""

    id: int
    confidence: float


def embed(pixels: Pixels, id: int) -> Pixels:
    """The picture with a mark in it; [H, W, 3] of uint8."""
    height, width = pixels.shape[:2]
    grid = max(cells for least, cells in GRIDS.items() if min(height, width) >= least)
    wanted = _bits_of(id)
    small = _on_grid(_luma(pixels), grid)
    mask = _mask(small)
    unmarked, error = _measure(small, grid)
    target = float(np.clip(STRENGTH * error, LEAST, MOST))
    strength = np.full(BITS, target, np.float32)
    lost = np.zeros(BITS, np.float32)
    marked = pixels
    for _ in range(PASSES):
        limit = 0.0
        for _ in range(ROUNDS):  # on the grid, where it costs next to nothing
            pattern = _pattern(wanted * strength, grid) * mask
            fine = _fine(np.clip(small + _neighbours(pattern), 0.0, 255.0))  # black and white take no change
            limit = limit or _limit(fine)  # half of a round's time, and no longer moved by the next one's change
            seen = _strengths(np.clip(fine, -limit, limit), grid)
            before = strength
            slope = np.clip(wanted * (seen - unmarked) / np.maximum(strength, 0.1), *SLOPES)
            more = (target + lost - wanted * seen) / slope
            strength = np.clip(strength + more, 0.0, MAX_AMPLITUDE).astype(np.float32)
            if float(np.abs(strength - before).max()) < target * SETTLED:
                break
        marked = _add(pixels, pattern)
        missing = target - wanted * _measure(_on_grid(_luma(marked), grid), grid)[0]
        if float(missing.max()) < target / 4:
            break
        lost += np.maximum(missing, 0.0)  # to pixels of those cells that are not all black or white
    return marked


def read(pixels: Pixels) -> Mark | None:
    """The mark in a picture, or None."""
    luma = _luma(pixels)
    for grid in GRIDS.values():
        seen, error = _measure(_on_grid(luma, grid), grid)
        if error <= 0.0 or float(np.abs(seen).mean()) / error < PRESENT_Z:
            continue
        bits = seen > 0
        id = int.from_bytes(np.packbits(bits[:ID_BITS]).tobytes(), "big")
        if np.array_equal(_bits_of(id) > 0, bits):
            weakest = float(np.quantile(np.abs(seen), 0.1)) / error
            return Mark(id, round(min(1.0, weakest / STRENGTH), 3))
    return None


def _bits_of(id: int) -> Array:
    """+1 and -1: the id, then its checksum."""
    data = id.to_bytes(ID_BITS // 8, "big")
    check = (zlib.crc32(KEY + data) & 0xFFFF).to_bytes(CHECK_BITS // 8, "big")
    return np.unpackbits(np.frombuffer(data + check, np.uint8)).astype(np.float32) * 2 - 1


@dataclass(frozen=True, slots=True)
class _Layout:
    """Which cells belong to which bit, and their signs.

    Attributes:
        owner, signs: of each cell, as they lie.
        order: the cells, bit by bit; those of a bit begin at `starts`.
        counts: cells of each bit.
    """

    owner: NDArray[np.intp]
    signs: Array
    order: NDArray[np.intp]
    starts: NDArray[np.intp]
    counts: Array


@functools.cache
def _layout(grid: int) -> _Layout:
    """From a hash, so that it is the same for ever."""
    cells = grid * grid
    noise = hashlib.shake_256(KEY + grid.to_bytes(2, "big")).digest(cells * 9)
    order = np.argsort(np.frombuffer(noise[: cells * 8], np.uint64), kind="stable")
    owner = np.empty(cells, np.intp)
    owner[order] = np.arange(cells) % BITS
    signs = (np.frombuffer(noise[cells * 8 :], np.uint8) & 1).astype(np.float32) * 2 - 1
    counts = np.bincount(owner, minlength=BITS)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    return _Layout(owner, signs, np.argsort(owner, kind="stable"), starts, counts.astype(np.float32))


def _pattern(values: Array, grid: int) -> Array:
    layout = _layout(grid)
    return (values[layout.owner] * layout.signs).reshape(grid, grid).astype(np.float32)


def _measure(small: Array, grid: int) -> tuple[Array, float]:
    """How strongly each bit reads, and the standard error of that."""
    fine = _fine(small)
    limit = _limit(fine)
    cells = np.clip(fine, -limit, limit)
    error = float(cells.std()) / float(np.sqrt(_layout(grid).counts.mean()))
    return _strengths(cells, grid), error


def _fine(small: Array) -> Array:
    """How each cell, in a row, differs from those around it."""
    return np.asarray(small - _around(small), np.float32).ravel()


def _limit(fine: Array) -> float:
    """An edge counts no more than a busy cell."""
    middle = fine.size // 2
    return 2.5 * float(np.partition(np.abs(fine), middle)[middle]) + 3.0


def _strengths(cells: Array, grid: int) -> Array:
    layout = _layout(grid)
    sums = np.add.reduceat((cells * layout.signs)[layout.order], layout.starts)
    return np.asarray(sums / layout.counts, np.float32)


def _luma(pixels: Pixels) -> Array:
    return cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY).astype(np.float32)


def _on_grid(luma: Array, grid: int) -> Array:
    """The brightness of each cell."""
    return np.asarray(cv2.resize(luma, (grid, grid), interpolation=cv2.INTER_AREA), np.float32)


def _add(pixels: Pixels, pattern: Array) -> Pixels:
    """The pattern, enlarged, on all three channels."""
    height, width = pixels.shape[:2]
    enlarged = np.asarray(cv2.resize(pattern, (width, height), interpolation=cv2.INTER_CUBIC), np.float32)
    more, less = _bytes_of(enlarged, cv2.THRESH_TOZERO), _bytes_of(enlarged, cv2.THRESH_TOZERO_INV)
    marked = cv2.subtract(cv2.add(np.ascontiguousarray(pixels), more), less)  # both saturate
    return np.asarray(marked, np.uint8)


def _bytes_of(change: Array, which: int) -> Pixels:
    """What of it is above or below nothing, on all channels and without its sign: wider numbers would take longer."""
    _, part = cv2.threshold(change, 0.0, 0.0, which)
    return np.asarray(cv2.cvtColor(cv2.convertScaleAbs(part), cv2.COLOR_GRAY2RGB), np.uint8)


def _around(cells: Array) -> Array:
    """The mean of each cell and its eight neighbours."""
    return np.asarray(cv2.blur(cells, (3, 3), borderType=cv2.BORDER_REPLICATE), np.float32)


def _neighbours(pattern: Array) -> Array:
    """The pattern as it reads after it was enlarged smoothly."""
    kernel = np.array([SPREAD, 1 - 2 * SPREAD, SPREAD], np.float32)
    return np.asarray(cv2.sepFilter2D(pattern, cv2.CV_32F, kernel, kernel), np.float32)


def _mask(small: Array) -> Array:
    """More where the picture is busy and hides it, less where it is flat."""
    local = _around(np.abs(small - _around(small)))
    return np.asarray(np.clip(0.6 + 0.5 * local / (float(local.mean()) + 1e-3), 0.6, 1.8), np.float32)
