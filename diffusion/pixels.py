"""From a network's values to pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from diffusion.events import Pixels
from diffusion.pipeline import LatentSpec


def to_pixels(decoded: NDArray[np.float32]) -> Pixels:
    """A decoder's output, float [3, height, width] in -1 … 1, as RGB; rounded as diffusers' image processor does."""
    values = decoded * np.float32(0.5)
    values += np.float32(0.5)
    np.clip(values, 0.0, 1.0, out=values)
    values *= np.float32(255.0)
    np.rint(values, out=values)
    pixels: Pixels = np.empty((*decoded.shape[1:], 3), np.uint8)
    for channel in range(3):  # a copy per channel is twice as fast as a transposed one
        pixels[..., channel] = values[channel]
    return pixels


def from_pixels(pixels: Pixels) -> NDArray[np.float32]:
    """RGB as an encoder's input, float32 [3, height, width] in -1 … 1."""
    values: NDArray[np.float32] = pixels.transpose(2, 0, 1).astype(np.float32) / np.float32(255.0)
    return values * np.float32(2.0) - np.float32(1.0)


def preview(latents: NDArray[Any], spec: LatentSpec) -> Pixels:
    """A linear look at latents [C, h, w]: RGB at latent resolution, without the decoder."""
    rgb = np.tensordot(latents, np.asarray(spec.rgb, np.float32), axes=(0, 0)) + np.asarray(spec.rgb_bias, np.float32)
    pixels: Pixels = np.round(np.clip(np.nan_to_num(rgb), 0.0, 1.0) * np.float32(255.0)).astype(np.uint8)
    return pixels
