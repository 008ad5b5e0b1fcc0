"""DPM-Solver++(2S) (Lu et al. 2022, arXiv 2211.01095) with ancestral noise.

Two evaluations per step, the second half-way in log sigma; one in the last step. Crowson's k-diffusion,
sample_dpmpp_2s_ancestral; diffusers has no counterpart.
"""

import numpy as np

from diffusion.solvers.base import Converted, Recurrence, SolverTable, TableRequest, assemble
from diffusion.solvers.euler_ancestral import ancestral_split
from diffusion.solvers.points import interleaved_points
from diffusion.solvers.schedules import GridStyle, sigma_grid, sigma_to_timestep

STYLE = GridStyle()


def build(request: TableRequest) -> SolverTable:
    """x_mid = r · x + (1 - r) · x0; x' = r² · x + (1 - r²) · x0_mid + σ_up · noise, where r² = σ_down / σ."""
    grid = sigma_grid(request.schedule, request.noise_schedule, request.num_steps, STYLE)
    sigma, following = grid.sigmas[:-2], grid.sigmas[1:-1]
    down, up = ancestral_split(sigma, following, request.eta)
    middle = np.sqrt(sigma * down)
    where = interleaved_points(grid, request.start, sigma_to_timestep(middle, request.noise_schedule), middle)
    ratio = (middle / sigma)[request.start :]
    a, c = np.zeros(len(where.sigma)), np.zeros(len(where.sigma))
    b = np.zeros((len(a), 2))
    a[0:-1:2], b[0:-1:2, 0] = ratio, 1.0 - ratio
    a[1::2], b[1::2, 0], b[1::2, 1] = ratio, 1.0 - ratio**2, -ratio * (1.0 - ratio)
    b[-1, 0] = 1.0
    c[1::2] = up[request.start :]
    draws = np.zeros(len(a), dtype=np.bool_)
    draws[1::2] = request.eta > 0.0
    return assemble(where, Recurrence(Converted.X0, a, b, c, draws), request.noise_schedule.prediction_type)
