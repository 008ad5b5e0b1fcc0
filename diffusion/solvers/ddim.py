"""Denoising diffusion implicit models (Song et al. 2020, arXiv 2010.02502, equations 12 and 16).

diffusers: DDIMScheduler.
"""

import numpy as np
import numpy.typing as npt

from diffusion.solvers.base import Converted, Evaluations, Recurrence, SolverTable, TableRequest, assemble
from diffusion.solvers.noise_schedule import NoiseSchedule
from diffusion.solvers.schedules import whole_timesteps

Float64Array = npt.NDArray[np.float64]
Int64Array = npt.NDArray[np.int64]


def build(request: TableRequest) -> SolverTable:
    """x' = √ᾱ' · x0 + √(1 - ᾱ' - s²) · noise estimate + s · fresh noise, s being eta times the posterior deviation.

    Each step goes down by the whole number of timesteps per step, wherever the next evaluation lies (as diffusers).
    """
    noise = request.noise_schedule
    timesteps = whole_timesteps(request.schedule, noise, request.num_steps)[request.start :]
    where = alpha_bar_points(noise, timesteps)
    following = alpha_bar_at(noise, timesteps - noise.num_train_timesteps // request.num_steps, set_alpha_to_one=True)
    fresh = request.eta * posterior_deviation(where.alpha**2, following)
    direction = np.sqrt(np.maximum(0.0, 1.0 - following - fresh**2)) / where.sigma
    b = np.sqrt(following) - direction * where.alpha
    draws = np.full(len(fresh), request.eta > 0.0)
    update = Recurrence(Converted.X0, direction, b[:, None], fresh, draws)
    return assemble(where, update, noise.prediction_type)


def alpha_bar_points(noise: NoiseSchedule, timesteps: Int64Array) -> Evaluations:
    """Evaluations at whole timesteps, with latents of unit variance."""
    alpha_bars = noise.alphas_cumprod[timesteps]
    steps = np.arange(len(timesteps))
    return Evaluations(timesteps.astype(np.float64), np.sqrt(alpha_bars), np.sqrt(1.0 - alpha_bars), steps, 1.0)


def alpha_bar_at(noise: NoiseSchedule, timesteps: Int64Array, *, set_alpha_to_one: bool) -> Float64Array:
    """ᾱ at timesteps that may lie before the first one: 1 there, or ᾱ_0 where the checkpoint says so."""
    to_one = set_alpha_to_one if noise.set_alpha_to_one is None else noise.set_alpha_to_one
    before = 1.0 if to_one else float(noise.alphas_cumprod[0])
    return np.where(timesteps >= 0, noise.alphas_cumprod[np.maximum(timesteps, 0)], before)


def posterior_deviation(alpha_bars: Float64Array, following: Float64Array) -> Float64Array:
    """Standard deviation of q(x' | x, x0), for ᾱ of x and of x'."""
    variance = (1.0 - following) / (1.0 - alpha_bars) * (1.0 - alpha_bars / following)
    return np.sqrt(np.maximum(0.0, variance))
