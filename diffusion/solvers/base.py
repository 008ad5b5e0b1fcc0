"""The words that all solvers share: what a network predicts, and the table of coefficients that a request gets.

A solver step is linear in the latents, the last few network outputs and one noise draw (Karras et al. 2022,
arXiv 2206.00364, and the solvers' own papers), so each request's solver is a table made once, in float64:

    m_k     = sample_coef[k] · x_k + output_coef[k] · unet(x_k · input_scale[k], timesteps[k])
    x_{k+1} = a[k] · x_k + Σ_j b[k, j] · m_{k-j} + c[k] · noise_k

and one vectorised update (`update.apply_rows`) serves rows of any solver at any step. No solver keeps state.
"""

from dataclasses import dataclass, fields
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from diffusion.solvers.errors import (
    InvalidSolverOptionError,
    NoiseScheduleError,
    SolverError,
    UnknownSolverError,
    UnsupportedPredictionError,
    UnsupportedScheduleError,
)
from diffusion.solvers.noise_schedule import NoiseSchedule, PredictionType

__all__ = [
    "Evaluations",
    "InvalidSolverOptionError",
    "NoiseSchedule",
    "NoiseScheduleError",
    "PredictionType",
    "Recurrence",
    "SolverError",
    "SolverTable",
    "TableRequest",
    "UnknownSolverError",
    "UnsupportedPredictionError",
    "UnsupportedScheduleError",
]

Float64Array = npt.NDArray[np.float64]
Int64Array = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class TableRequest:
    """What `registry.build_table` hands to a solver once it has checked it.

    Attributes:
        schedule: key of the schedule, one that the solver supports.
        noise_schedule: the checkpoint's training schedule.
        num_steps: steps of the whole run, from pure noise to the image.
        start: steps left out at the beginning (image-to-image).
        eta: amount of noise a stochastic solver adds, 1 being the amount its paper gives; for DDIM 0 is none.
    """

    schedule: str
    noise_schedule: NoiseSchedule
    num_steps: int
    start: int
    eta: float


@dataclass(frozen=True, slots=True)
class SolverTable:
    """Everything a request needs of its solver. N is the number of network evaluations, H the length of the history.

    All arrays are read-only.

    Attributes:
        timesteps: float64[N], what the network is told.
        input_scale: float64[N], factor of the latents on their way into the network.
        init_noise_sigma: starting latents of text-to-image are standard normal noise times this.
        sample_coef, output_coef: float64[N], the converted output m_k from the latents and the network's output.
        a, b, c: float64[N], float64[N, H], float64[N], the update (see the module); b[k, j] belongs to m_{k-j} and is
            zero wherever that would lie before the first evaluation.
        draws_noise: bool[N], whether noise is drawn from the request's generator after evaluation k. It can be true
            where c[k] is 0: the reference draws there too, and a seed must leave the generator in the same state.
        step_of_evaluation: int64[N], the step (from 0, counted from the first step that is run) that evaluation k
            belongs to. Solvers with two evaluations per step repeat it.
        alpha, sigma: float64[N + 1]. Latents of a known image at evaluation k are
            alpha[k] · image latents + sigma[k] · standard normal noise. Entry 0 starts image-to-image, entry k + 1 is
            what the known part of an inpainting is blended with after evaluation k; the last entry is (1, 0).
        x0_sample_coef, x0_output_coef: float64[N], the network's estimate of the finished latents at evaluation k,
            x0_sample_coef · x_k + x0_output_coef · output, for previews.
    """

    timesteps: Float64Array
    input_scale: Float64Array
    init_noise_sigma: float
    sample_coef: Float64Array
    output_coef: Float64Array
    a: Float64Array
    b: Float64Array
    c: Float64Array
    draws_noise: BoolArray
    step_of_evaluation: Int64Array
    alpha: Float64Array
    sigma: Float64Array
    x0_sample_coef: Float64Array
    x0_output_coef: Float64Array

    def __post_init__(self) -> None:
        """Make the arrays read-only: tables are cached and shared by requests."""
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    @property
    def num_evaluations(self) -> int:
        """N, the number of network evaluations."""
        return len(self.timesteps)

    @property
    def num_steps(self) -> int:
        """Number of steps that are run, as a user counts them."""
        return int(self.step_of_evaluation[-1]) + 1

    @property
    def history(self) -> int:
        """H, how many converted outputs, the newest included, the update looks at."""
        return int(self.b.shape[1])


@dataclass(frozen=True, slots=True)
class Evaluations:
    """Where the network is evaluated: N points of x = alpha · x0 + sigma · noise, and the timesteps it is told."""

    timesteps: Float64Array
    alpha: Float64Array
    sigma: Float64Array
    step_of_evaluation: Int64Array
    init_noise_sigma: float


class Converted(StrEnum):
    """What m_k is: the estimate of x0, the estimate of the noise, or the network's output as it came."""

    X0 = "x0"
    NOISE = "noise"
    RAW = "raw"


@dataclass(frozen=True, slots=True)
class Recurrence:
    """The update in terms of m_k: a, c, draws_noise with N entries, b with N rows (see SolverTable)."""

    converted: Converted
    a: Float64Array
    b: Float64Array
    c: Float64Array
    draws_noise: BoolArray

    @classmethod
    def without_noise(cls, converted: Converted, a: Float64Array, b: Float64Array) -> "Recurrence":
        """The update of a deterministic solver."""
        return cls(converted, a, b, np.zeros(len(a)), np.zeros(len(a), dtype=np.bool_))


def assemble(where: Evaluations, update: Recurrence, prediction: PredictionType) -> SolverTable:
    """Join the points of evaluation and the update to a table, for a network with this kind of output.

    Raises UnsupportedPredictionError where a network that predicts noise would be evaluated at pure noise.
    """
    x0_sample, x0_output = _x0_coefficients(where, prediction)
    if update.converted is Converted.X0:
        sample_coef, output_coef = x0_sample, x0_output
    elif update.converted is Converted.NOISE:
        sample_coef = (1.0 - where.alpha * x0_sample) / where.sigma
        output_coef = -where.alpha * x0_output / where.sigma
    else:
        sample_coef, output_coef = np.zeros_like(x0_sample), np.ones_like(x0_output)
    scale = np.ones_like(where.alpha) if prediction is PredictionType.FLOW else 1.0 / np.hypot(where.alpha, where.sigma)
    return SolverTable(
        timesteps=where.timesteps,
        input_scale=scale,
        init_noise_sigma=where.init_noise_sigma,
        sample_coef=sample_coef,
        output_coef=output_coef,
        a=update.a,
        b=update.b,
        c=update.c,
        draws_noise=update.draws_noise,
        step_of_evaluation=where.step_of_evaluation,
        alpha=np.append(where.alpha, 1.0),
        sigma=np.append(where.sigma, 0.0),
        x0_sample_coef=x0_sample,
        x0_output_coef=x0_output,
    )


def _x0_coefficients(where: Evaluations, prediction: PredictionType) -> tuple[Float64Array, Float64Array]:
    """x0 = first · x + second · output, for x = alpha · x0 + sigma · noise of any total variance."""
    alpha, sigma = where.alpha, where.sigma
    if prediction is PredictionType.FLOW:
        return np.ones_like(alpha), -sigma
    if prediction is PredictionType.V_PREDICTION:
        norm = np.hypot(alpha, sigma)
        return alpha / norm**2, -sigma / norm
    if np.any(alpha == 0.0):
        allowed = (PredictionType.V_PREDICTION,)
        raise UnsupportedPredictionError("on a zero-terminal-SNR schedule, the prediction type", prediction, allowed)
    return 1.0 / alpha, -sigma / alpha
