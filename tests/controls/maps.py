"""Maps as canny draws them: white lines on black, 64 × 64 pixels."""

from __future__ import annotations

import numpy as np

from diffusion.events import Pixels


def circle() -> Pixels:
    rows, columns = np.mgrid[:64, :64]
    distance = np.hypot(rows - 31.5, columns - 31.5)
    return _white(np.abs(distance - 22.0) < 0.8)


def square() -> Pixels:
    inside = np.zeros((64, 64), bool)
    inside[14:50, 14:50] = True
    inside[15:49, 15:49] = False
    return _white(inside)


def _white(lines: np.ndarray) -> Pixels:
    return np.repeat((lines * np.uint8(255))[..., None], 3, axis=2).astype(np.uint8)
