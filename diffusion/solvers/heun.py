"""Heun's method on the probability-flow ODE (Karras et al. 2022, arXiv 2206.00364, algorithm 1).

Two evaluations per step, one in the last. diffusers: HeunDiscreteScheduler.
"""

import numpy as np

from diffusion.solvers.base import Converted, Recurrence, SolverTable, TableRequest, assemble
from diffusion.solvers.points import interleaved_points
from diffusion.solvers.schedules import GridStyle, sigma_grid

STYLE = GridStyle()


def build(request: TableRequest) -> SolverTable:
    """x_mid = x + Δσ · d; x' = x + Δσ · (d + d_mid) / 2, of which x is got back as x_mid - Δσ · d."""
    grid = sigma_grid(request.schedule, request.noise_schedule, request.num_steps, STYLE)
    where = interleaved_points(grid, request.start, grid.timesteps[1:], grid.sigmas[1:-1])
    stride = np.diff(grid.sigmas[request.start :])
    b = np.zeros((len(where.sigma), 2))
    b[0::2, 0] = stride
    b[1::2, 0], b[1::2, 1] = stride[:-1] / 2, -stride[:-1] / 2
    update = Recurrence.without_noise(Converted.NOISE, np.ones(len(b)), b)
    return assemble(where, update, request.noise_schedule.prediction_type)
