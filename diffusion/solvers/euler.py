"""Euler's method on the probability-flow ODE (Karras et al. 2022, arXiv 2206.00364, algorithm 1).

diffusers: EulerDiscreteScheduler.
"""

from diffusion.solvers.base import Converted, Recurrence, SolverTable, TableRequest, assemble
from diffusion.solvers.points import exploding_points
from diffusion.solvers.schedules import GridStyle, sigma_grid

STYLE = GridStyle()


def build(request: TableRequest) -> SolverTable:
    """x' = x + (σ' - σ) · (x - x0) / σ, written as the mean of x and x0 that it is."""
    grid = sigma_grid(request.schedule, request.noise_schedule, request.num_steps, STYLE)
    where = exploding_points(grid, request.start)
    kept = grid.sigmas[request.start + 1 :] / where.sigma
    update = Recurrence.without_noise(Converted.X0, kept, (1.0 - kept)[:, None])
    return assemble(where, update, request.noise_schedule.prediction_type)
