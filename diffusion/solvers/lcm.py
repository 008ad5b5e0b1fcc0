"""Multistep consistency sampling (Luo et al. 2023, arXiv 2310.04378, algorithm 3).

diffusers: LCMScheduler. Its timesteps are a subset of the distillation's own, so it has no other schedule.
"""

import numpy as np

from diffusion.solvers.base import Converted, Recurrence, SolverTable, TableRequest, assemble
from diffusion.solvers.ddim import alpha_bar_points
from diffusion.solvers.errors import InvalidSolverOptionError

DISTILLATION_STEPS = 50
_SIGMA_DATA = 0.5
_TIMESTEP_SCALING = 10.0


def build(request: TableRequest) -> SolverTable:
    """x' = √ᾱ' · (c_out · x0 + c_skip · x) + √(1 - ᾱ') · fresh noise; the last step adds no noise."""
    noise = request.noise_schedule
    available = min(DISTILLATION_STEPS, noise.num_train_timesteps)
    if request.num_steps > available:
        raise InvalidSolverOptionError("for LCM, num_steps", request.num_steps, [f"1 to {available}"])
    descending = (np.arange(available, 0, -1) * (noise.num_train_timesteps // available)) - 1
    chosen = np.floor(np.linspace(0, available, num=request.num_steps, endpoint=False)).astype(np.int64)
    timesteps = descending[chosen][request.start :]
    where = alpha_bar_points(noise, timesteps)
    scaled = where.timesteps * _TIMESTEP_SCALING
    skip = _SIGMA_DATA**2 / (scaled**2 + _SIGMA_DATA**2)
    out = scaled / np.hypot(scaled, _SIGMA_DATA)
    signal, fresh = np.append(where.alpha[1:], 1.0), np.append(where.sigma[1:], 0.0)
    draws = np.arange(len(timesteps)) < len(timesteps) - 1
    update = Recurrence(Converted.X0, signal * skip, (signal * out)[:, None], fresh, draws)
    return assemble(where, update, noise.prediction_type)
