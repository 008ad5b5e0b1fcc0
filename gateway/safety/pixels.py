"""Pictures as the safety checker sees them, and pictures that nothing can be made out on. Slow work: use a thread."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from diffusion.events import Pixels
from diffusion.safety import CheckerSpec

COARSE = 12  # squares along the shorter side of a blurred picture


def prepared(pixels: Pixels, spec: CheckerSpec) -> NDArray[np.float32]:
    """[1, 3, side, side]: the shorter side scaled, the middle cut out, and normalised, as CLIP's own processor does."""
    picture = Image.fromarray(pixels)
    width, height = picture.size
    side, short = spec.side, min(width, height)
    scaled = (side, int(side * height / width)) if width == short else (int(side * width / height), side)
    picture = picture.resize(scaled, Image.Resampling.BICUBIC)
    left, top = (scaled[0] - side) // 2, (scaled[1] - side) // 2
    values = np.asarray(picture.crop((left, top, left + side, top + side)), np.float32) / 255.0
    normal = (values - np.array(spec.mean, np.float32)) / np.array(spec.std, np.float32)
    return np.ascontiguousarray(normal.transpose(2, 0, 1)[None], np.float32)


def blurred(pixels: Pixels) -> Pixels:
    """The picture's colours in a few soft squares: its details are gone, not hidden."""
    picture = Image.fromarray(pixels)
    width, height = picture.size
    step = max(1, min(width, height) // COARSE)
    coarse = picture.resize((max(1, width // step), max(1, height // step)), Image.Resampling.BOX)
    soft = coarse.resize(picture.size, Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(step / 2))
    return np.asarray(soft, np.uint8).copy()
