"""The noise an image starts from: its seed's, or, for a variation, that of two seeds mixed on the sphere.

The mixture is AUTOMATIC1111's, axis included, so that its seeds give its variations.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from diffusion.noise import NoiseGenerator
from diffusion.request import GenerationRequest

Noise = NDArray[np.float32]

_NEARLY_PARALLEL = 0.9995


def start_noise(request: GenerationRequest, image: int, stream: NoiseGenerator, shape: tuple[int, int, int]) -> Noise:
    """Standard normal noise of `shape` for image `image`: drawn from `stream`, its seed's, and mixed if it varies."""
    noise = stream.normal(shape)
    if not request.varies:
        return noise
    other = NoiseGenerator(request.variation_seed_of(image)).normal(shape)
    return spherical_mix(request.variation_strength, noise, other)


def spherical_mix(amount: float, low: Noise, high: Noise) -> Noise:
    """From `low` (amount 0) to `high` (1) along the arc between them, both float32 [C, h, w]; arcs run along axis 1.

    Shoemake 1985. Where the two nearly agree the arc has no direction, and a straight mixture is taken.
    """
    unit_low = low / np.linalg.norm(low, axis=1, keepdims=True)
    unit_high = high / np.linalg.norm(high, axis=1, keepdims=True)
    cosine = (unit_low * unit_high).sum(axis=1, keepdims=True)
    if cosine.mean() > _NEARLY_PARALLEL:
        # the weights are as AUTOMATIC1111 has them
        straight: Noise = (low * np.float32(amount) + high * np.float32(1.0 - amount)).astype(np.float32)
        return straight
    angle = np.arccos(cosine)
    mixed = np.sin((1.0 - amount) * angle) * low + np.sin(amount * angle) * high
    result: Noise = (mixed / np.sin(angle)).astype(np.float32)
    return result
