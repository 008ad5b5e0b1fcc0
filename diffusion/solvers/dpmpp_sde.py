"""DPM++ SDE: a stochastic two-evaluation solver.

Crowson's k-diffusion, sample_dpmpp_sde; diffusers: DPMSolverSDEScheduler. Both take the noise of the half step and of
the whole step from one Brownian path in sigma (torchsde), which no seed of torch's generator reproduces. Here the two
are independent draws, combined so that the half step's noise goes on into the whole step as the ancestral process lets
it: the first draw is scaled down as the latents are, the second one brings the rest. The deterministic part and the
variance of each step are the reference's.
"""

import numpy as np

from diffusion.solvers.base import Converted, Recurrence, SolverTable, TableRequest, assemble
from diffusion.solvers.euler_ancestral import ancestral_split
from diffusion.solvers.points import interleaved_points
from diffusion.solvers.schedules import GridStyle, sigma_grid, sigma_to_timestep

STYLE = GridStyle()


def build(request: TableRequest) -> SolverTable:
    """x_mid = p · x + (1 - p) · x0 + u_p · noise; x' = q · x + (1 - q) · x0_mid + noise of u_q.

    p and q are σ_down / σ of the half and of the whole step; x is eliminated, and the first noise with it.
    """
    grid = sigma_grid(request.schedule, request.noise_schedule, request.num_steps, STYLE)
    sigma, following = grid.sigmas[:-2], grid.sigmas[1:-1]
    middle = np.sqrt(sigma * following)
    where = interleaved_points(grid, request.start, sigma_to_timestep(middle, request.noise_schedule), middle)
    sigma, following, middle = (values[request.start :] for values in (sigma, following, middle))
    half_down, half_up = ancestral_split(sigma, middle, request.eta)
    whole_down, whole_up = ancestral_split(sigma, following, request.eta)
    p, q = half_down / sigma, whole_down / sigma
    a, c = np.zeros(len(where.sigma)), np.zeros(len(where.sigma))
    b = np.zeros((len(a), 2))
    a[0:-1:2], b[0:-1:2, 0], c[0:-1:2] = p, 1.0 - p, half_up
    a[1::2], b[1::2, 0], b[1::2, 1] = q / p, 1.0 - q, -(q / p) * (1.0 - p)
    c[1::2] = np.sqrt(np.maximum(0.0, whole_up**2 - (q / p * half_up) ** 2))
    b[-1, 0] = 1.0
    draws = np.full(len(a), request.eta > 0.0)
    draws[-1] = False
    return assemble(where, Recurrence(Converted.X0, a, b, c, draws), request.noise_schedule.prediction_type)
