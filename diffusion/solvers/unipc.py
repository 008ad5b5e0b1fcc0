"""UniPC of second order, data prediction, B(h) = e^h - 1 (Zhao et al. 2023, arXiv 2302.04867).

diffusers: UniPCMultistepScheduler with its defaults. Each step first corrects the latents with the new output, then
predicts; the corrected latents are the predicted ones plus a combination of outputs, so they need no memory of their
own.
"""

import numpy as np
import numpy.typing as npt

from diffusion.solvers.base import Converted, Recurrence, SolverTable, TableRequest, assemble
from diffusion.solvers.points import log_snr, preserving_points, preserving_scales
from diffusion.solvers.schedules import GridStyle, sigma_grid

Float64Array = npt.NDArray[np.float64]

STYLE = GridStyle(multistep=True, rounds_karras=True, rounds_cosine_karras=True)


def build(request: TableRequest) -> SolverTable:
    """x_{k+1} = q · (x_k + correction) + prediction, in terms of m_k, m_{k-1} and m_{k-2}."""
    grid = sigma_grid(request.schedule, request.noise_schedule, request.num_steps, STYLE)
    where = preserving_points(grid, request.start)
    sigmas = grid.sigmas[request.start :]
    signal, scale = preserving_scales(sigmas)
    step = np.diff(log_snr(sigmas))
    kept = scale[1:] / scale[:-1]
    predicted = signal[1:, None] * _predictor(step)
    corrected = signal[1:, None] * _corrector(step)
    b = np.zeros((len(step), 3))
    b[:, :2] = predicted
    # The correction of the step before: what the corrector makes of it, less what the predictor had made of it.
    b[1:] += kept[1:, None] * corrected[:-1]
    b[1:, 1:] -= kept[1:, None] * predicted[:-1]
    update = Recurrence.without_noise(Converted.X0, kept, b)
    return assemble(where, update, request.noise_schedule.prediction_type)


def _predictor(step: Float64Array) -> Float64Array:
    """Weights, over α', of m_k and m_{k-1}; of first order in the first and in the last step. [n, 2]."""
    growth = -np.expm1(-step)
    weights = np.zeros((len(step), 2))
    weights[:, 0] = growth
    slope = 0.5 * growth[1:-1] * step[1:-1] / step[:-2]
    weights[1:-1, 0] += slope
    weights[1:-1, 1] -= slope
    return weights


def _corrector(step: Float64Array) -> Float64Array:
    """Weights, over α', of m_{k+1}, m_k and m_{k-1} in the step k -> k+1 once m_{k+1} is known. [n, 3].

    The row of the last step, after which nothing is evaluated, stays zero.
    """
    weights = np.zeros((len(step), 3))
    inner = step[:-1]
    growth = -np.expm1(-inner)
    newest, oldest = np.full(len(inner), 0.5), np.zeros(len(inner))
    if len(inner) > 1:
        newest[1:], oldest[1:] = _second_order_weights(inner[1:], inner[:-1])
    weights[:-1, 0] = growth * newest
    weights[:-1, 1] = growth * (1.0 - newest - oldest)
    weights[:-1, 2] = growth * oldest
    return weights


def _second_order_weights(step: Float64Array, before: Float64Array) -> tuple[Float64Array, Float64Array]:
    """Weights of m_{k+1} - m_k and of m_{k-1} - m_k that meet the order conditions (equation 8) for p = 2."""
    growth = -np.expm1(-step)
    ratio = -before / step
    # phi_1 and phi_2 of the order conditions, over B(h)
    first = (growth / step - 1.0) / -growth
    second = 2.0 * ((growth / step - 1.0) / -step - 0.5) / -growth
    older = (first - second) / (1.0 - ratio)
    return first - older, older / ratio
