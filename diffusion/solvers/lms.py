"""Linear multistep method of order four (Adams-Bashforth at uneven distances) on the probability-flow ODE.

Crowson's k-diffusion, sample_lms; diffusers: LMSDiscreteScheduler. In a run that starts in the middle
(image-to-image) the order grows from one as at the beginning; diffusers then uses the weights of order four with the
few derivatives there are, which oversteps, and is not followed.
"""

import numpy as np
import numpy.typing as npt

from diffusion.solvers.base import Converted, Recurrence, SolverTable, TableRequest, assemble
from diffusion.solvers.points import exploding_points
from diffusion.solvers.schedules import GridStyle, sigma_grid

Float64Array = npt.NDArray[np.float64]

STYLE = GridStyle()
_ORDER = 4
# Gauss-Legendre with two nodes integrates polynomials of third degree exactly.
_NODES = np.array([-1.0, 1.0]) / np.sqrt(3.0)


def build(request: TableRequest) -> SolverTable:
    """x' = x + Σ_j d_{k-j} · ∫ of the j-th Lagrange polynomial from σ to σ'."""
    grid = sigma_grid(request.schedule, request.noise_schedule, request.num_steps, STYLE)
    where = exploding_points(grid, request.start)
    sigmas = grid.sigmas[request.start :]
    count = len(where.sigma)
    b = np.zeros((count, _ORDER))
    for order in range(1, min(_ORDER, count) + 1):
        steps = np.arange(order - 1, count if order == _ORDER else order)
        b[steps, :order] = _adams_bashforth(sigmas, steps, order)
    update = Recurrence.without_noise(Converted.NOISE, np.ones(count), b)
    return assemble(where, update, request.noise_schedule.prediction_type)


def _adams_bashforth(sigmas: Float64Array, steps: npt.NDArray[np.int64], order: int) -> Float64Array:
    """Weights [len(steps), order] of the newest `order` derivatives, for steps that have so many."""
    known = sigmas[steps[:, None] - np.arange(order)]
    half = (sigmas[steps + 1] - sigmas[steps]) / 2
    places = (sigmas[steps] + half)[:, None] + half[:, None] * _NODES
    weights = np.empty((len(steps), order))
    for j in range(order):
        others = [other for other in range(order) if other != j]
        factors = (places[:, :, None] - known[:, None, others]) / (known[:, [j]] - known[:, others])[:, None, :]
        weights[:, j] = half * factors.prod(axis=2).sum(axis=1)
    return weights
