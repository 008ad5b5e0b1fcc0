"""Euler's method to a lower noise level than the next one, then fresh noise up to it.

Crowson's k-diffusion, sample_euler_ancestral; diffusers: EulerAncestralDiscreteScheduler (eta 1).
"""

import numpy as np
import numpy.typing as npt

from diffusion.solvers.base import Converted, Recurrence, SolverTable, TableRequest, assemble
from diffusion.solvers.points import exploding_points
from diffusion.solvers.schedules import GridStyle, sigma_grid

Float64Array = npt.NDArray[np.float64]
STYLE = GridStyle()


def build(request: TableRequest) -> SolverTable:
    """The reference draws noise after every step, the last one included, where it adds none."""
    grid = sigma_grid(request.schedule, request.noise_schedule, request.num_steps, STYLE)
    where = exploding_points(grid, request.start)
    down, up = ancestral_split(where.sigma, grid.sigmas[request.start + 1 :], request.eta)
    kept = down / where.sigma
    draws = np.ones(len(up), dtype=np.bool_)
    update = Recurrence(Converted.X0, kept, (1.0 - kept)[:, None], up, draws)
    return assemble(where, update, request.noise_schedule.prediction_type)


def ancestral_split(sigma: Float64Array, following: Float64Array, eta: float) -> tuple[Float64Array, Float64Array]:
    """(σ_down, σ_up) of steps σ -> σ': deterministic part to σ_down, then noise of σ_up; σ_down² + σ_up² = σ'².

    eta 1 is the amount of noise of the ancestral process, eta 0 none.
    """
    kept = (following / sigma) ** 2
    up = eta * following * np.sqrt(1.0 - kept)
    # σ'² - σ_up² without the difference of near squares, in which k-diffusion loses digits where σ' is much below σ.
    down = following * np.sqrt(1.0 - eta**2 + eta**2 * kept)
    return down, up
