"""DPM-Solver++ in its multistep form, deterministic and stochastic, of second and third order.

Lu et al. 2022 (arXiv 2211.01095); diffusers: DPMSolverMultistepScheduler with its defaults (a last step of first order
to zero noise, a second-order step before it in short runs). With eta other than 1 the stochastic ones follow
k-diffusion's sample_dpmpp_2m_sde and sample_dpmpp_3m_sde.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from diffusion.solvers.base import Converted, Recurrence, SolverTable, TableRequest, assemble
from diffusion.solvers.points import log_snr, preserving_points, preserving_scales
from diffusion.solvers.schedules import GridStyle, sigma_grid

Float64Array = npt.NDArray[np.float64]

STYLE = GridStyle(multistep=True, rounds_karras=True)
_SHORT_RUN = 15


@dataclass(frozen=True, slots=True)
class Variant:
    """Order 2 or 3; whether noise is added; Heun's weights instead of the midpoint rule's in second-order steps."""

    order: int
    stochastic: bool = False
    heun: bool = False


def build_2m(request: TableRequest) -> SolverTable:
    """DPM++ 2M."""
    return _build(request, Variant(order=2))


def build_2m_sde(request: TableRequest) -> SolverTable:
    """DPM++ 2M SDE."""
    return _build(request, Variant(order=2, stochastic=True))


def build_2m_sde_heun(request: TableRequest) -> SolverTable:
    """DPM++ 2M SDE Heun."""
    return _build(request, Variant(order=2, stochastic=True, heun=True))


def build_3m_sde(request: TableRequest) -> SolverTable:
    """DPM++ 3M SDE."""
    return _build(request, Variant(order=3, stochastic=True))


def _build(request: TableRequest, variant: Variant) -> SolverTable:
    grid = sigma_grid(request.schedule, request.noise_schedule, request.num_steps, STYLE)
    where = preserving_points(grid, request.start)
    sigmas = grid.sigmas[request.start :]
    signal, scale = preserving_scales(sigmas)
    step = np.diff(log_snr(sigmas))
    eta = request.eta if variant.stochastic else 0.0
    orders = _orders(len(step), request.num_steps, variant.order)
    noisy = eta * np.where(
        np.isfinite(step), step, 0.0
    )  # the last step, to zero noise, is infinitely long and adds none
    a = scale[1:] / scale[:-1] * np.exp(-noisy)
    b = signal[1:, None] * _output_weights(step, orders, eta, variant)
    c = scale[1:] * np.sqrt(-np.expm1(-2.0 * noisy))
    update = Recurrence(Converted.X0, a, b, c, np.full(len(step), variant.stochastic))
    return assemble(where, update, request.noise_schedule.prediction_type)


def _orders(count: int, num_steps: int, order: int) -> npt.NDArray[np.int64]:
    """Order of each of the `count` steps that are run: it grows with the history, and is 1 at the end."""
    orders = np.minimum(np.arange(1, count + 1), order)
    if num_steps < _SHORT_RUN and count >= 2:
        orders[-2] = min(orders[-2], 2)
    orders[-1] = 1
    return orders


def _output_weights(step: Float64Array, orders: npt.NDArray[np.int64], eta: float, variant: Variant) -> Float64Array:
    """Weights, over α', of the newest converted outputs in each step; `step` is the step's length in λ."""
    stretched = (1.0 + eta) * step
    total = -np.expm1(-stretched)
    weights = np.zeros((len(step), variant.order))
    weights[:, 0] = total
    second = np.flatnonzero(orders == 2)
    heun = 1.0 - total[second] / stretched[second]
    slope = heun if variant.heun else 0.5 * total[second]
    slope /= step[second - 1] / step[second]
    weights[second, 0] += slope
    weights[second, 1] -= slope
    third = np.flatnonzero(orders == 3)
    if len(third):
        weights[third] += _third_order(step, stretched, total, third)
    return weights


def _third_order(
    step: Float64Array, stretched: Float64Array, total: Float64Array, third: npt.NDArray[np.int64]
) -> Float64Array:
    """First and second derivative of the data prediction, from three outputs at uneven distances."""
    long, mass = stretched[third], total[third]
    near, far = step[third - 1] / step[third], step[third - 2] / step[third]
    zero = np.zeros_like(near)
    newer = np.stack([1.0 / near, -1.0 / near, zero], axis=1)
    older = np.stack([zero, 1.0 / far, -1.0 / far], axis=1)
    first = newer + (near / (near + far))[:, None] * (newer - older)
    second = (newer - older) / (near + far)[:, None]
    # k-diffusion and the deterministic solver have +0.5 here, as the Taylor expansion asks for; diffusers' stochastic
    # branch has -0.5, and is what this solver promises to equal.
    curvature = (mass - long) / long**2 - 0.5
    return (1.0 - mass / long)[:, None] * first + curvature[:, None] * second
