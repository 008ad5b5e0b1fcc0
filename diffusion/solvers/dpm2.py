"""DPM-Solver-2 (Lu et al. 2022, arXiv 2206.00927) as k-diffusion runs it, plain and ancestral.

Two evaluations per step, the second half-way in log sigma; one in the last step. Crowson's k-diffusion, sample_dpm_2
and sample_dpm_2_ancestral; diffusers: KDPM2DiscreteScheduler and KDPM2AncestralDiscreteScheduler (eta 1).
"""

import numpy as np

from diffusion.solvers.base import Converted, Recurrence, SolverTable, TableRequest, assemble
from diffusion.solvers.euler_ancestral import ancestral_split
from diffusion.solvers.points import interleaved_points
from diffusion.solvers.schedules import GridStyle, sigma_grid, sigma_to_timestep

STYLE = GridStyle(rounds_karras=True, rounds_cosine_karras=True)


def build(request: TableRequest) -> SolverTable:
    """DPM2."""
    return _build(request, eta=0.0)


def build_ancestral(request: TableRequest) -> SolverTable:
    """DPM2 a: each step goes to σ_down, and fresh noise of σ_up is added."""
    return _build(request, request.eta)


def _build(request: TableRequest, eta: float) -> SolverTable:
    """x_mid = x + (σ_mid - σ) · d; x' = x + (σ_down - σ) · d_mid + σ_up · noise, with x = x_mid - (σ_mid - σ) · d."""
    grid = sigma_grid(request.schedule, request.noise_schedule, request.num_steps, STYLE)
    sigma, following = grid.sigmas[:-2], grid.sigmas[1:-1]
    down, up = ancestral_split(sigma, following, eta)
    middle = np.sqrt(sigma * down)
    where = interleaved_points(grid, request.start, sigma_to_timestep(middle, request.noise_schedule), middle)
    steps = slice(request.start, None)
    a, c = np.ones(len(where.sigma)), np.zeros(len(where.sigma))
    b = np.zeros((len(a), 2))
    b[0:-1:2, 0] = (middle - sigma)[steps]
    b[1::2, 0], b[1::2, 1] = (down - sigma)[steps], (sigma - middle)[steps]
    b[-1, 0] = -where.sigma[-1]
    c[1::2] = up[steps]
    draws = np.zeros(len(a), dtype=np.bool_)
    draws[1::2] = eta > 0.0
    return assemble(where, Recurrence(Converted.NOISE, a, b, c, draws), request.noise_schedule.prediction_type)
