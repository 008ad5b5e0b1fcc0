"""The noise schedule a checkpoint was trained with, read from diffusers' ``scheduler_config.json``.

Betas and their cumulative products are rounded to float32 where diffusers rounds them, since some of its timesteps
come from comparing these numbers; everything computed from them later is float64.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from diffusion.solvers.errors import NoiseScheduleError

Float64Array = npt.NDArray[np.float64]
Float32Array = npt.NDArray[np.float32]

BETA_SCHEDULES = ("linear", "scaled_linear", "squaredcos_cap_v2")
TIMESTEP_SPACINGS = ("leading", "linspace", "trailing")
MAX_TRAIN_TIMESTEPS = 100_000
_FLOW_CLASSES = frozenset({"FlowMatchEulerDiscreteScheduler", "FlowMatchHeunDiscreteScheduler"})
# Fields of some scheduler classes, with the one value of each that is served. Thresholding is for pixel-space models
# and not linear; the others change what the network is told or what the sigmas mean.
_ONLY_SERVED: Mapping[str, object] = {
    "thresholding": False,
    "timestep_type": "discrete",
    "interpolation_type": "linear",
    "invert_sigmas": False,
    "stochastic_sampling": False,
}
# Keeps the largest sigma finite where the last alpha is zero; the value diffusers takes (smallest fp16 subnormal).
SMALLEST_ALPHA_BAR = 2.0**-24


class PredictionType(StrEnum):
    """What the network's output is: the noise, the velocity αₜ·ε - σₜ·x₀, or the flow ε - x₀."""

    EPSILON = "epsilon"
    V_PREDICTION = "v_prediction"
    FLOW = "flow_prediction"


@dataclass(frozen=True, slots=True)
class DynamicShift:
    """Flow-matching shift that grows with the picture: its logarithm μ is a straight line in the number of tokens.

    `linear` takes μ itself as the shift (diffusers' time_shift_type), not exp(μ).
    """

    base_shift: float = 0.5
    max_shift: float = 1.15
    base_tokens: int = 256
    max_tokens: int = 4096
    linear: bool = False

    def __post_init__(self) -> None:
        """Check the fields."""
        _require_number("base_shift", self.base_shift, 0.0, 100.0)
        _require_number("max_shift", self.max_shift, 0.0, 100.0)
        _require_int("base_image_seq_len", self.base_tokens, 1, 10**9)
        _require_int("max_image_seq_len", self.max_tokens, self.base_tokens + 1, 10**9)

    def shift(self, tokens: int) -> float:
        """The shift for a picture of so many tokens."""
        slope = (self.max_shift - self.base_shift) / (self.max_tokens - self.base_tokens)
        mu = self.base_shift + slope * (tokens - self.base_tokens)
        return mu if self.linear else math.exp(mu)


@dataclass(frozen=True, slots=True)
class NoiseSchedule:
    """Training schedule of a checkpoint.

    Attributes:
        num_train_timesteps: how many timesteps the network was trained on.
        beta_start, beta_end, beta_schedule: how the betas run; not used where `trained_betas` is given.
        trained_betas: the betas themselves.
        prediction_type: what the network predicts.
        steps_offset: added to the timesteps of the "leading" spacing.
        timestep_spacing: the checkpoint's own spacing; None where its configuration states none, and each solver
            takes the default of its diffusers class.
        set_alpha_to_one: whether the step after the last (DDIM, PNDM) is noise-free; None as above.
        rescale_betas_zero_snr: whether the betas are rescaled so that the last timestep is pure noise
            (Lin et al. 2023, arXiv 2305.08891).
        shift: factor s of the flow-matching sigmas, σ -> sσ / (1 + (s-1)σ); not used where `dynamic_shift` is given.
        dynamic_shift: the shift as a function of the picture's size, see `for_image_tokens`.
        shift_terminal: flow-matching sigmas are stretched so that the last evaluation is at this one; None for no.
    """

    num_train_timesteps: int = 1000
    beta_start: float = 0.0001
    beta_end: float = 0.02
    beta_schedule: str = "linear"
    trained_betas: tuple[float, ...] | None = None
    prediction_type: PredictionType = PredictionType.EPSILON
    steps_offset: int = 0
    timestep_spacing: str | None = None
    set_alpha_to_one: bool | None = None
    rescale_betas_zero_snr: bool = False
    shift: float = 1.0
    dynamic_shift: DynamicShift | None = None
    shift_terminal: float | None = None

    def __post_init__(self) -> None:
        """Check every field, so that a schedule that exists can be computed with."""
        _require_int("num_train_timesteps", self.num_train_timesteps, 1, MAX_TRAIN_TIMESTEPS)
        _require_int("steps_offset", self.steps_offset, 0, self.num_train_timesteps)
        _require_one_of("beta_schedule", self.beta_schedule, BETA_SCHEDULES)
        if self.timestep_spacing is not None:
            _require_one_of("timestep_spacing", self.timestep_spacing, TIMESTEP_SPACINGS)
        _require_number("shift", self.shift, 0.01, 1000.0)
        if self.shift_terminal is not None:
            _require_number("shift_terminal", self.shift_terminal, 0.0, 0.99)
        _require_number("beta_start", self.beta_start, 0.0, 1.0)
        _require_number("beta_end", self.beta_end, self.beta_start, 1.0)
        if self.trained_betas is not None:
            if len(self.trained_betas) != self.num_train_timesteps:
                allowed = f"{self.num_train_timesteps} numbers, one per training timestep"
                raise NoiseScheduleError("length of trained_betas", len(self.trained_betas), [allowed])
            for beta in self.trained_betas:
                _require_number("trained_betas", beta, 0.0, 1.0)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> "NoiseSchedule":
        """Read the fields of a ``scheduler_config.json`` of any diffusers scheduler class.

        A field that is absent has the default that diffusers' classes share. `clip_sample` is not looked at:
        diffusers' latent-diffusion pipelines switch it off, and so do we. Nor are fields that choose a solver or a
        grid (algorithm_type, use_karras_sigmas …): a request's solver and schedule say that. Raises
        NoiseScheduleError, which names the field, for a value that is invalid or that no solver here can serve.
        """
        for field, served in _ONLY_SERVED.items():
            if config.get(field) not in (None, served):
                raise NoiseScheduleError(field, config[field], [str(served)])
        flow = config.get("_class_name") in _FLOW_CLASSES or bool(config.get("use_flow_sigmas"))
        default_prediction = PredictionType.FLOW if flow else PredictionType.EPSILON
        betas = config.get("trained_betas")
        return cls(
            num_train_timesteps=config.get("num_train_timesteps", 1000),
            beta_start=config.get("beta_start", 0.0001),
            beta_end=config.get("beta_end", 0.02),
            beta_schedule=config.get("beta_schedule", "linear"),
            trained_betas=None if betas is None else _number_tuple("trained_betas", betas),
            prediction_type=_prediction_type(config.get("prediction_type", default_prediction)),
            steps_offset=config.get("steps_offset", 0),
            timestep_spacing=config.get("timestep_spacing"),
            set_alpha_to_one=config.get("set_alpha_to_one"),
            rescale_betas_zero_snr=bool(config.get("rescale_betas_zero_snr", False)),
            shift=config.get("shift", config.get("flow_shift", 1.0)),
            dynamic_shift=_dynamic_shift(config) if config.get("use_dynamic_shifting") else None,
            shift_terminal=config.get("shift_terminal") or None,
        )

    def for_image_tokens(self, tokens: int) -> "NoiseSchedule":
        """The schedule for a picture of so many tokens: itself, or with the shift that follows from the size."""
        if self.dynamic_shift is None:
            return self
        return replace(self, shift=self.dynamic_shift.shift(tokens), dynamic_shift=None)

    @property
    def alphas_cumprod(self) -> Float64Array:
        """ᾱ_t, float64[num_train_timesteps], read-only: the share of the signal's variance left at each timestep.

        The last one is 0 where the betas are rescaled to zero terminal SNR.
        """
        return _alphas_cumprod(self)

    @property
    def sigmas(self) -> Float32Array:
        """Noise-to-signal ratio √((1-ᾱ)/ᾱ) of each training timestep, float32[num_train_timesteps], read-only."""
        return _sigmas(self)


@lru_cache(maxsize=64)
def _alphas_cumprod(schedule: NoiseSchedule) -> Float64Array:
    betas = _betas(schedule)
    if schedule.rescale_betas_zero_snr:
        betas = _zero_terminal_snr(betas)
    # Like torch.cumprod of float32 on a CPU: the product runs in double precision, each result is rounded.
    products = np.cumprod((np.float32(1.0) - betas).astype(np.float64)).astype(np.float32)
    return _read_only(products.astype(np.float64))


@lru_cache(maxsize=64)
def _sigmas(schedule: NoiseSchedule) -> Float32Array:
    alphas = schedule.alphas_cumprod.astype(np.float32)
    alphas[alphas == 0.0] = SMALLEST_ALPHA_BAR
    sigmas: Float32Array = np.sqrt((np.float32(1.0) - alphas) / alphas)
    sigmas.flags.writeable = False
    return sigmas


def _betas(schedule: NoiseSchedule) -> Float32Array:
    count = schedule.num_train_timesteps
    if schedule.trained_betas is not None:
        return np.array(schedule.trained_betas, dtype=np.float32)
    if schedule.beta_schedule == "linear":
        return _linspace(schedule.beta_start, schedule.beta_end, count)
    if schedule.beta_schedule == "scaled_linear":
        roots = _linspace(math.sqrt(schedule.beta_start), math.sqrt(schedule.beta_end), count)
        return roots * roots
    return _cosine_betas(count)


def _linspace(start: float, stop: float, count: int) -> Float32Array:
    """torch.linspace of float32, which counts the first half from the start and the second half from the end."""
    first, last = np.float32(start), np.float32(stop)
    if count == 1:
        return np.array([first])
    step = np.float64((last - first) / np.float32(count - 1))
    index = np.arange(count)
    values = np.where(index < count // 2, float(first) + step * index, float(last) - step * (count - 1 - index))
    return values.astype(np.float32)


def _cosine_betas(count: int) -> Float32Array:
    """Nichol and Dhariwal 2021 (arXiv 2102.09672): ᾱ follows a squared cosine; no beta above 0.999."""
    bars = [math.cos((step / count + 0.008) / 1.008 * math.pi / 2) ** 2 for step in range(count + 1)]
    return np.array([min(1 - after / before, 0.999) for before, after in pairwise(bars)], np.float32)


def _zero_terminal_snr(betas: Float32Array) -> Float32Array:
    """Lin et al. 2023, algorithm 1: shift √ᾱ so that its last value is 0 and scale it so that its first one stays."""
    roots = np.sqrt(np.cumprod((np.float32(1.0) - betas).astype(np.float64)).astype(np.float32))
    first, last = roots[0], roots[-1]
    roots = (roots - last) * (first / (first - last))
    products = roots * roots
    alphas = np.concatenate([products[:1], products[1:] / products[:-1]])
    return np.float32(1.0) - alphas


def _read_only(array: Float64Array) -> Float64Array:
    array.flags.writeable = False
    return array


def _dynamic_shift(config: Mapping[str, Any]) -> DynamicShift:
    kind = config.get("time_shift_type", "exponential")
    _require_one_of("time_shift_type", kind, ("exponential", "linear"))
    return DynamicShift(
        base_shift=config.get("base_shift", 0.5),
        max_shift=config.get("max_shift", 1.15),
        base_tokens=config.get("base_image_seq_len", 256),
        max_tokens=config.get("max_image_seq_len", 4096),
        linear=kind == "linear",
    )


def _prediction_type(value: object) -> PredictionType:
    _require_one_of("prediction_type", value, tuple(PredictionType))
    return PredictionType(str(value))


def _require_one_of(field: str, value: object, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise NoiseScheduleError(field, value, allowed)


def _require_int(field: str, value: object, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise NoiseScheduleError(field, value, [f"a whole number from {low} to {high}"])


def _require_number(field: str, value: object, low: float, high: float) -> None:
    if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
        raise NoiseScheduleError(field, value, [f"a number from {low} to {high}"])


def _number_tuple(field: str, values: object) -> tuple[float, ...]:
    if not isinstance(values, Sequence) or isinstance(values, str):
        raise NoiseScheduleError(field, values, ["a list of numbers"])
    for value in values:
        _require_number(field, value, 0.0, 1.0)
    return tuple(float(value) for value in values)
