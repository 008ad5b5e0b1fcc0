"""Large pictures in tiles that overlap and fade into each other, so that one call of a network has a known size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

OVERLAP = 0.25
"""Least share of a tile that it has in common with the next one."""


@dataclass(frozen=True, slots=True)
class Tiling:
    """Tiles of `height` × `width` cells at `tops` × `lefts` that cover a grid."""

    height: int
    width: int
    tops: tuple[int, ...]
    lefts: tuple[int, ...]

    @classmethod
    def of(cls, rows: int, columns: int, largest: int) -> Tiling:
        """For a grid of rows × columns; no tile has a side above `largest`. One tile where the grid is no larger."""
        height, width = min(rows, largest), min(columns, largest)
        return cls(height, width, _starts(rows, height), _starts(columns, width))

    @property
    def places(self) -> list[tuple[int, int]]:
        """(top, left) of each tile, in reading order."""
        return [(top, left) for top in self.tops for left in self.lefts]

    def cut(self, grid: Floats) -> list[Floats]:
        """The tiles of float32 [C, rows, columns]."""
        return [grid[:, top : top + self.height, left : left + self.width] for top, left in self.places]

    def joined(self, tiles: Sequence[Floats], scale: int) -> Floats:
        """One picture of tiles [C, height · scale, width · scale]; each counts the more, the nearer its middle is."""
        height, width = self.height * scale, self.width * scale
        down, across = _fades(self.tops, self.height, scale), _fades(self.lefts, self.width, scale)
        shape = (len(tiles[0]), self.tops[-1] * scale + height, self.lefts[-1] * scale + width)
        whole = np.zeros(shape, np.float32)
        for tile, (top, left) in zip(tiles, self.places, strict=True):
            weight = down[self.tops.index(top)][:, None] * across[self.lefts.index(left)]
            whole[:, top * scale : top * scale + height, left * scale : left * scale + width] += tile * weight
        return whole


def _starts(size: int, tile: int) -> tuple[int, ...]:
    if size == tile:
        return (0,)
    stride = tile - max(1, math.ceil(tile * OVERLAP))
    count = math.ceil((size - tile) / max(1, stride)) + 1
    return tuple(round(number * (size - tile) / (count - 1)) for number in range(count))


def _fades(starts: Sequence[int], tile: int, scale: int) -> list[Floats]:
    """The share that each tile has along one axis; at every place they add up to 1."""
    length, size = tile * scale, (starts[-1] + tile) * scale
    rise = np.minimum(np.arange(length) + 0.5, length - np.arange(length) - 0.5)
    sums = np.zeros(size)
    for start in starts:
        sums[start * scale : start * scale + length] += rise
    return [(rise / sums[start * scale : start * scale + length]).astype(np.float32) for start in starts]
