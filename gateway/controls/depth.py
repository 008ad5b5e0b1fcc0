"""From a picture to the map of its depth: near is white."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from diffusion.events import Pixels
from diffusion.preprocessors import DepthSpec

Floats = NDArray[np.float32]


def prepared(picture: Pixels, spec: DepthSpec) -> Floats:
    """[1, 3, side, side]: the whole picture, stretched to the network's square and normalised."""
    square = Image.fromarray(picture).resize((spec.side, spec.side), Image.Resampling.BICUBIC)
    values = np.asarray(square, np.float32) / np.float32(255.0)
    normal = (values - np.array(spec.mean, np.float32)) / np.array(spec.std, np.float32)
    return np.ascontiguousarray(normal.transpose(2, 0, 1)[None], np.float32)


def drawn(depth: Floats, size: tuple[int, int], *, is_metric: bool) -> Pixels:
    """RGB [height, width, 3] of the network's answer [side, side]: its range stretched over black to white.

    Args:
        depth: of unknown scale.
        size: (height, width) of the map.
        is_metric: whether larger numbers are farther away. A picture all of one depth is black.
    """
    height, width = size
    values = cv2.resize(np.ascontiguousarray(depth, np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    low, high = float(values.min()), float(values.max())
    shares = (values - low) / (high - low) if high > low else np.zeros_like(values)
    if is_metric and high > low:
        shares = 1.0 - shares
    return np.repeat(np.round(shares * 255.0).astype(np.uint8)[..., None], 3, axis=2)
