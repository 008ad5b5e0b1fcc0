"""Latents of another size."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Latents = NDArray[np.float32]


def resized_latents(latents: Latents, height: int, width: int) -> Latents:
    """float32 [C, h, w] to [C, height, width], bilinear between the centres of the cells, as torch's `interpolate`."""
    rows, row_weights = _neighbours(latents.shape[1], height)
    columns, column_weights = _neighbours(latents.shape[2], width)
    weight = column_weights[None, None, :]
    across = latents[:, :, columns] * (1.0 - weight) + latents[:, :, _after(columns, latents.shape[2])] * weight
    weight = row_weights[None, :, None]
    result: Latents = across[:, rows] * (1.0 - weight) + across[:, _after(rows, latents.shape[1])] * weight
    return result.astype(np.float32)


def _neighbours(size: int, wanted: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """For each wanted cell, the cell before its centre, and the share of the cell after that one."""
    places = np.maximum((np.arange(wanted) + 0.5) * (size / wanted) - 0.5, 0.0)
    before = np.minimum(places.astype(np.int64), size - 1)
    return before, (places - before).astype(np.float32)


def _after(cells: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    return np.minimum(cells + 1, size - 1)
