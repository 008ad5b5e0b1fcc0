"""DEIS of second order, log-rho form (Zhang and Chen 2022, arXiv 2204.13902).

diffusers: DEISMultistepScheduler with its defaults; it ends at the smallest training sigma, not at zero.
"""

import numpy as np
import numpy.typing as npt

from diffusion.solvers.base import Converted, Recurrence, SolverTable, TableRequest, assemble
from diffusion.solvers.points import preserving_points, preserving_scales
from diffusion.solvers.schedules import FinalSigma, GridStyle, sigma_grid

Float64Array = npt.NDArray[np.float64]

STYLE = GridStyle(multistep=True, rounds_karras=True, rounds_cosine_karras=True, final=FinalSigma.SMALLEST)
_SHORT_RUN = 15


def build(request: TableRequest) -> SolverTable:
    """x'/α' = x/α + Σ_j ε_{k-j} · ∫ of the j-th Lagrange polynomial in log ρ, over ρ from σ/α to σ'/α'."""
    grid = sigma_grid(request.schedule, request.noise_schedule, request.num_steps, STYLE)
    where = preserving_points(grid, request.start)
    rho = grid.sigmas[request.start :]
    signal, _ = preserving_scales(rho)
    weights = np.zeros((len(rho) - 1, 2))
    weights[:, 0] = np.diff(rho)
    last = len(weights) - 1 if request.num_steps < _SHORT_RUN else len(weights)
    if last > 1:
        weights[1:last] = _second_order_weights(rho[2 : last + 1], rho[1:last], rho[: last - 1])
    update = Recurrence.without_noise(Converted.NOISE, signal[1:] / signal[:-1], signal[1:, None] * weights)
    return assemble(where, update, request.noise_schedule.prediction_type)


def _second_order_weights(following: Float64Array, newer: Float64Array, older: Float64Array) -> Float64Array:
    """Weights of the outputs at `newer` and `older` for the way from `newer` to `following`. [n, 2]."""

    def integral(at: Float64Array, zero_at: Float64Array) -> Float64Array:
        antiderivative: Float64Array = at * (np.log(at / zero_at) - 1.0)
        return antiderivative

    distance = np.log(newer / older)
    newest = (integral(following, older) - integral(newer, older)) / distance
    oldest = (integral(following, newer) - integral(newer, newer)) / -distance
    return np.stack([newest, oldest], axis=1)
