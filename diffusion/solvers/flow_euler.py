"""Euler's method for flow matching (Esser et al. 2024, arXiv 2403.03206): x = (1 - σ) · x0 + σ · noise.

diffusers: FlowMatchEulerDiscreteScheduler. Its own spacing ("default", what the Stable Diffusion 3 pipeline runs on)
ends at the smallest training sigma, shifted twice; "simple" is the spacing 1, 1 - 1/n … 1/n that the FLUX pipeline
hands to it.
"""

import numpy as np
import numpy.typing as npt

from diffusion.solvers.base import Converted, Evaluations, Recurrence, SolverTable, TableRequest, assemble
from diffusion.solvers.errors import InvalidSolverOptionError
from diffusion.solvers.schedules import SIGMA_SCHEDULES, placed_sigmas

Float64Array = npt.NDArray[np.float64]

SCHEDULES = ("default", "simple", *SIGMA_SCHEDULES)


def build(request: TableRequest) -> SolverTable:
    """x' = x + (σ' - σ) · output."""
    noise = request.noise_schedule
    sigmas = _sigmas(request)[request.start :]
    steps = np.arange(len(sigmas))
    where = Evaluations(sigmas * noise.num_train_timesteps, 1.0 - sigmas, sigmas, steps, 1.0)
    stride = np.diff(np.append(sigmas, 0.0))
    update = Recurrence.without_noise(Converted.RAW, np.ones(len(sigmas)), stride[:, None])
    return assemble(where, update, noise.prediction_type)


def _sigmas(request: TableRequest) -> Float64Array:
    noise, count = request.noise_schedule, request.num_steps
    if noise.dynamic_shift is not None:
        raise InvalidSolverOptionError(
            "the noise schedule's shift", "dynamic", ["that of NoiseSchedule.for_image_tokens"]
        )
    if request.schedule == "simple":
        spaced = np.linspace(1.0, 1.0 / count, count)
    else:
        ends = _shifted(np.array([1.0, 1.0 / noise.num_train_timesteps]), noise.shift)
        spaced = np.linspace(ends[0], ends[1], count)
    sigmas = _shifted(spaced, noise.shift)
    if noise.shift_terminal is not None and count > 1:
        sigmas = 1.0 - (1.0 - sigmas) * (1.0 - noise.shift_terminal) / (1.0 - sigmas[-1])
    if request.schedule in SIGMA_SCHEDULES:
        sigmas = placed_sigmas(request.schedule, float(sigmas[0]), float(sigmas[-1]), count)
    return sigmas.astype(np.float32).astype(np.float64)


def _shifted(sigmas: Float64Array, shift: float) -> Float64Array:
    return shift * sigmas / (1.0 + (shift - 1.0) * sigmas)
