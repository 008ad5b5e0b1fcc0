"""Points of evaluation from a grid of sigmas, in the two spaces that solvers work in.

Variance-exploding: x = x0 + σ · noise (Euler family). Variance-preserving: the same divided by √(1 + σ²) (DPM family).
"""

import numpy as np
import numpy.typing as npt

from diffusion.solvers.base import Evaluations
from diffusion.solvers.schedules import SigmaGrid

Float64Array = npt.NDArray[np.float64]


def exploding_points(grid: SigmaGrid, start: int) -> Evaluations:
    """One evaluation per step, at each sigma but the last, from step `start` on."""
    sigmas = grid.sigmas[start:-1]
    steps = np.arange(len(sigmas))
    return Evaluations(grid.timesteps[start:], np.ones_like(sigmas), sigmas, steps, grid.init_noise_sigma)


def preserving_points(grid: SigmaGrid, start: int) -> Evaluations:
    """The same, with latents of unit variance: they start as plain standard normal noise."""
    alphas, sigmas = preserving_scales(grid.sigmas[start:-1])
    return Evaluations(grid.timesteps[start:], alphas, sigmas, np.arange(len(sigmas)), 1.0)


def preserving_scales(sigmas: Float64Array) -> tuple[Float64Array, Float64Array]:
    """Signal and noise scale, α² + σ² = 1, of noise-to-signal ratios."""
    alphas = 1.0 / np.hypot(1.0, sigmas)
    return alphas, sigmas * alphas


def log_snr(sigmas: Float64Array) -> Float64Array:
    """λ = log(α/σ) of noise-to-signal ratios; infinite at zero noise."""
    with np.errstate(divide="ignore"):
        return -np.log(sigmas)


def interleaved_points(
    grid: SigmaGrid, start: int, middle_timesteps: Float64Array, middle_sigmas: Float64Array
) -> Evaluations:
    """Two evaluations per step from step `start` on, at the step's sigma and at the middle one; one in the last step.

    The middle ones are given for every step of the whole run but the last.
    """
    count = len(grid.timesteps) - start
    timesteps, sigmas = np.empty(2 * count - 1), np.empty(2 * count - 1)
    timesteps[0::2], timesteps[1::2] = grid.timesteps[start:], middle_timesteps[start:]
    sigmas[0::2], sigmas[1::2] = grid.sigmas[start:-1], middle_sigmas[start:]
    return Evaluations(timesteps, np.ones_like(sigmas), sigmas, np.arange(len(sigmas)) // 2, grid.init_noise_sigma)
