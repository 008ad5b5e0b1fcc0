"""Noise levels: which timesteps and sigmas the steps of a run visit.

Names are the field's: "default" is the checkpoint's own timestep spacing; "leading", "linspace" and "trailing" are the
spacings of Lin et al. 2023 (arXiv 2305.08891, table 2); "karras" (arXiv 2206.00364), "exponential" and "beta"
(arXiv 2407.12173) place sigmas between the largest and the smallest one; "sgm_uniform" and "simple" are
AUTOMATIC1111's; "align_your_steps" is NVIDIA's optimised table (arXiv 2404.14507).

diffusers spaces differently in different classes: between the end points in the Euler family ("interpolated"), and in
n + 1 intervals, in whole timesteps, in the DPM family ("multistep"). A solver states its family as a GridStyle.
"""

from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from diffusion.solvers.beta_distribution import beta_quantiles
from diffusion.solvers.errors import InvalidSolverOptionError
from diffusion.solvers.noise_schedule import NoiseSchedule

Float64Array = npt.NDArray[np.float64]

SPACINGS = ("default", "leading", "linspace", "trailing")
SIGMA_SCHEDULES = ("karras", "exponential", "beta")
TABLE_SCHEDULES = ("sgm_uniform", "simple", "align_your_steps", "align_your_steps_sdxl")
GRID_SCHEDULES = (*SPACINGS, *SIGMA_SCHEDULES, *TABLE_SCHEDULES)

_KARRAS_RHO = 7.0
_BETA_SHAPE = 0.6
_ALIGN_YOUR_STEPS = {
    "align_your_steps": (999, 850, 736, 645, 545, 455, 343, 233, 124, 24),
    "align_your_steps_sdxl": (999, 845, 730, 587, 443, 310, 193, 116, 53, 13),
}


class FinalSigma(Enum):
    """Where the last step ends: at no noise, at the smallest training sigma, or where the last evaluation was."""

    ZERO = auto()
    SMALLEST = auto()


@dataclass(frozen=True, slots=True)
class GridStyle:
    """How a family of diffusers classes lays out its grid.

    Attributes:
        multistep: spacing in n + 1 intervals and whole timesteps (DPM family), else between the end points.
        rounds_karras: whether Karras timesteps are rounded to the nearest whole number.
        rounds_cosine_karras: the same for a squared-cosine beta schedule.
        final: where the last step ends. SMALLEST repeats the last sigma for schedules that place sigmas.
    """

    multistep: bool = False
    rounds_karras: bool = False
    rounds_cosine_karras: bool = False
    final: FinalSigma = FinalSigma.ZERO


@dataclass(frozen=True, slots=True)
class SigmaGrid:
    """n evaluation points: timesteps float64[n], and n + 1 sigmas (float64, with float32 precision), the last final.

    `starts_at_sigma_max` tells whether starting noise is scaled by the largest sigma σ, or by √(σ² + 1).
    """

    timesteps: Float64Array
    sigmas: Float64Array
    starts_at_sigma_max: bool

    @property
    def init_noise_sigma(self) -> float:
        """Standard deviation of the starting latents, in the space where x = x0 + sigma · noise."""
        largest = float(self.sigmas.max())
        return largest if self.starts_at_sigma_max else float(np.hypot(largest, 1.0))


def sigma_grid(schedule: str, noise: NoiseSchedule, num_steps: int, style: GridStyle) -> SigmaGrid:
    """The grid of one of GRID_SCHEDULES; raises InvalidSolverOptionError where it has no room for so many steps."""
    if schedule in TABLE_SCHEDULES:
        timesteps = _table_timesteps(schedule, noise, num_steps)
        timesteps = np.round(timesteps) if style.multistep else timesteps
        return _grid(timesteps, _interpolated_sigmas(noise, timesteps), noise, style, starts_at_max=True)
    spacing = _spacing(schedule, noise, default="linspace")
    starts_at_max = spacing != "leading"
    if style.multistep:
        timesteps = _multistep_timesteps(spacing, noise, num_steps)
        between = noise.sigmas[::-1].astype(np.float64)
    else:
        timesteps = _interpolated_timesteps(spacing, noise, num_steps)
        between = _interpolated_sigmas(noise, timesteps)
    if schedule in SPACINGS:
        return _grid(timesteps, _interpolated_sigmas(noise, timesteps), noise, style, starts_at_max=starts_at_max)
    sigmas = placed_sigmas(schedule, float(between[0]), float(between[-1]), num_steps)
    timesteps = sigma_to_timestep(sigmas, noise)
    if schedule == "karras" and _rounds(noise, style):
        timesteps = np.round(timesteps)
    if style.multistep:
        timesteps = np.trunc(timesteps)  # what diffusers' conversion to whole timesteps does
    grid = _grid(timesteps, sigmas, noise, style, starts_at_max=starts_at_max)
    if style.final is FinalSigma.SMALLEST:
        grid.sigmas[-1] = grid.sigmas[-2]
    return grid


def whole_timesteps(schedule: str, noise: NoiseSchedule, num_steps: int) -> npt.NDArray[np.int64]:
    """Descending whole timesteps of one of SPACINGS, for the solvers that work on ᾱ_t itself (DDIM, DDPM, PNDM)."""
    spacing = _spacing(schedule, noise, default="leading")
    timesteps = _interpolated_timesteps(spacing, noise, num_steps, dtype=np.float64)
    whole = np.round(timesteps).astype(np.int64)
    if whole[0] >= noise.num_train_timesteps:
        allowed = [f"at most {noise.num_train_timesteps - noise.steps_offset} steps"]
        raise InvalidSolverOptionError("with leading spacing and this steps_offset, num_steps", num_steps, allowed)
    return whole


def sigma_to_timestep(sigmas: Float64Array, noise: NoiseSchedule) -> Float64Array:
    """Timestep at which the training schedule has this sigma, between two timesteps linear in log sigma."""
    # The logarithms of the training sigmas stay float32, as in diffusers, which truncates some of the results.
    table = np.log(noise.sigmas)
    wanted = np.log(np.maximum(sigmas, 1e-10))
    low = np.clip(np.searchsorted(table, wanted, side="right") - 1, 0, max(len(table) - 2, 0))
    high = np.minimum(low + 1, len(table) - 1)
    width = (table[low] - table[high]).astype(np.float64)
    weight = np.clip((table[low] - wanted) / np.where(width == 0.0, -1.0, width), 0.0, 1.0)
    timesteps: Float64Array = (1.0 - weight) * low + weight * high
    return timesteps


def _grid(
    timesteps: Float64Array, sigmas: Float64Array, noise: NoiseSchedule, style: GridStyle, *, starts_at_max: bool
) -> SigmaGrid:
    final = float(noise.sigmas[0]) if style.final is FinalSigma.SMALLEST else 0.0
    single_precision = np.append(sigmas, final).astype(np.float32)
    return SigmaGrid(timesteps.astype(np.float64), single_precision.astype(np.float64), starts_at_max)


def _rounds(noise: NoiseSchedule, style: GridStyle) -> bool:
    cosine = noise.trained_betas is None and noise.beta_schedule == "squaredcos_cap_v2"
    return style.rounds_cosine_karras if cosine else style.rounds_karras


def _spacing(schedule: str, noise: NoiseSchedule, default: str) -> str:
    if schedule in {"leading", "linspace", "trailing"}:
        return schedule
    return noise.timestep_spacing or default


def _interpolated_timesteps(
    spacing: str, noise: NoiseSchedule, num_steps: int, dtype: type[np.floating] = np.float32
) -> Float64Array:
    count = noise.num_train_timesteps
    if spacing == "linspace":
        return np.linspace(0, count - 1, num_steps, dtype=dtype)[::-1].astype(np.float64)
    if spacing == "leading":
        ascending = np.arange(num_steps) * (count // num_steps) + noise.steps_offset
        return ascending[::-1].astype(np.float64)
    return _trailing(count, num_steps)


def _multistep_timesteps(spacing: str, noise: NoiseSchedule, num_steps: int) -> Float64Array:
    count = noise.num_train_timesteps
    if spacing == "linspace":
        return np.round(np.linspace(0, count - 1, num_steps + 1))[:0:-1]
    if spacing == "leading":
        stride = count // (num_steps + 1)
        if stride == 0:
            raise InvalidSolverOptionError("with leading spacing, num_steps", num_steps, [f"at most {count - 1} steps"])
        ascending = np.arange(num_steps + 1) * stride + noise.steps_offset
        return ascending[:0:-1].astype(np.float64)
    return _trailing(count, num_steps)


def _trailing(count: int, num_steps: int) -> Float64Array:
    # diffusers counts down with arange and a float stride, which for some step counts (61, 103, 121, 122 of 1000)
    # yields one timestep too many, -1; the cut leaves it out.
    return np.round(np.arange(count, 0, -count / num_steps)[:num_steps]) - 1.0


def _interpolated_sigmas(noise: NoiseSchedule, timesteps: Float64Array) -> Float64Array:
    return np.interp(timesteps, np.arange(noise.num_train_timesteps), noise.sigmas)


def placed_sigmas(schedule: str, largest: float, smallest: float, num_steps: int) -> Float64Array:
    """Sigmas of one of SIGMA_SCHEDULES, float64[num_steps], from the largest to the smallest one."""
    ramp = np.linspace(0, 1, num_steps)
    if schedule == "karras":
        first, last = largest ** (1 / _KARRAS_RHO), smallest ** (1 / _KARRAS_RHO)
        sigmas: Float64Array = (first + ramp * (last - first)) ** _KARRAS_RHO
        return sigmas
    if schedule == "exponential":
        return np.exp(np.linspace(np.log(largest), np.log(smallest), num_steps))
    return smallest + _descending_beta_quantiles(num_steps) * (largest - smallest)


@lru_cache(maxsize=256)
def _descending_beta_quantiles(num_steps: int) -> Float64Array:
    quantiles = beta_quantiles(1.0 - np.linspace(0, 1, num_steps), _BETA_SHAPE)
    quantiles.flags.writeable = False
    return quantiles


def _table_timesteps(schedule: str, noise: NoiseSchedule, num_steps: int) -> Float64Array:
    last = noise.num_train_timesteps - 1
    if schedule == "sgm_uniform":
        return np.linspace(last, 0, num_steps + 1)[:-1]
    if schedule == "simple":
        passed: Float64Array = np.floor(np.arange(num_steps) * ((last + 1) / num_steps))
        return last - passed
    # The tables have ten steps of 1000 training timesteps; other numbers of steps are interpolated in log sigma.
    table = np.array(_ALIGN_YOUR_STEPS[schedule], dtype=np.float64) * (last / 999)
    if num_steps == len(table):
        return table
    log_sigmas = np.log(_interpolated_sigmas(noise, table))
    places = np.linspace(0, len(table) - 1, num_steps)
    return sigma_to_timestep(np.exp(np.interp(places, np.arange(len(table)), log_sigmas)), noise)
