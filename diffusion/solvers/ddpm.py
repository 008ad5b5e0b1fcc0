"""Ancestral sampling of denoising diffusion models (Ho et al. 2020, arXiv 2006.11239, equation 7).

diffusers: DDPMScheduler with variance_type fixed_small.
"""

import numpy as np

from diffusion.solvers.base import Converted, Recurrence, SolverTable, TableRequest, assemble
from diffusion.solvers.ddim import alpha_bar_points, posterior_deviation
from diffusion.solvers.schedules import whole_timesteps


def build(request: TableRequest) -> SolverTable:
    """Mean and deviation of q(x' | x, x0), x' being at the next evaluation's timestep, at last without noise.

    The reference draws noise after each step but one at timestep 0; in the last step it has no weight.
    """
    noise = request.noise_schedule
    timesteps = whole_timesteps(request.schedule, noise, request.num_steps)[request.start :]
    where = alpha_bar_points(noise, timesteps)
    alpha_bars = where.alpha**2
    following = np.append(alpha_bars[1:], 1.0)
    kept = alpha_bars / following
    b = np.sqrt(following) * (1.0 - kept) / (1.0 - alpha_bars)
    a = np.sqrt(kept) * (1.0 - following) / (1.0 - alpha_bars)
    draws = timesteps > 0
    c = np.where(draws, posterior_deviation(alpha_bars, following), 0.0)
    return assemble(where, Recurrence(Converted.X0, a, b[:, None], c, draws), noise.prediction_type)
