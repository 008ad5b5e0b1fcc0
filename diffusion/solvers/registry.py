"""Every solver by name, and `build_table`, the one way to get a table."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from diffusion.solvers import ddim, dpmpp_multistep, euler, euler_ancestral, lcm
from diffusion.solvers.base import PredictionType, SolverTable, TableRequest
from diffusion.solvers.errors import (
    InvalidSolverOptionError,
    UnknownSolverError,
    UnsupportedPredictionError,
    UnsupportedScheduleError,
)
from diffusion.solvers.noise_schedule import NoiseSchedule
from diffusion.solvers.schedules import GRID_SCHEDULES, SPACINGS

_DIFFUSION = (PredictionType.EPSILON, PredictionType.V_PREDICTION)
_TABLES_KEPT = 512


@dataclass(frozen=True, slots=True)
class SolverInfo:
    """What a surface needs to know of a solver.

    Attributes:
        key: its name in requests.
        name: AUTOMATIC1111's display name.
        aliases: other names it is known by.
        build: makes the table of a checked request.
        schedules: keys of the schedules it runs on.
        default_schedule: what AUTOMATIC1111's "Automatic" means for it; "default" is the checkpoint's own spacing.
        default_eta: amount of noise where the request states none; None for solvers that have no such amount.
        draws_noise: whether it adds noise at each step, by default.
        evaluations_per_step: network evaluations of a step.
        predictions: kinds of network output it can run.
    """

    key: str
    name: str
    aliases: tuple[str, ...]
    build: Callable[[TableRequest], SolverTable]
    schedules: tuple[str, ...] = GRID_SCHEDULES
    default_schedule: str = "default"
    default_eta: float | None = None
    draws_noise: bool = False
    evaluations_per_step: int = 1
    predictions: tuple[PredictionType, ...] = _DIFFUSION


_ALL = (
    SolverInfo("euler", "Euler", ("k_euler",), euler.build),
    SolverInfo(
        "euler_a",
        "Euler a",
        ("k_euler_a", "k_euler_ancestral"),
        euler_ancestral.build,
        default_eta=1.0,
        draws_noise=True,
    ),
    SolverInfo("ddim", "DDIM", (), ddim.build, schedules=SPACINGS, default_eta=0.0),
    SolverInfo("dpmpp_2m", "DPM++ 2M", ("k_dpmpp_2m",), dpmpp_multistep.build_2m, default_schedule="karras"),
    SolverInfo(
        "dpmpp_2m_sde",
        "DPM++ 2M SDE",
        ("k_dpmpp_2m_sde",),
        dpmpp_multistep.build_2m_sde,
        default_schedule="exponential",
        default_eta=1.0,
        draws_noise=True,
    ),
    SolverInfo("lcm", "LCM", ("k_lcm",), lcm.build, schedules=("default",), draws_noise=True),
)

# Keys of the schedules, and the labels that AUTOMATIC1111 shows for them.
SCHEDULE_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "default": "Automatic",
        "karras": "Karras",
        "exponential": "Exponential",
        "beta": "Beta",
        "trailing": "Trailing",
        "leading": "Leading",
        "linspace": "Uniform",
        "sgm_uniform": "SGM Uniform",
        "simple": "Simple",
        "align_your_steps": "Align Your Steps",
        "align_your_steps_sdxl": "Align Your Steps SDXL",
    }
)
SCHEDULES = tuple(SCHEDULE_LABELS)

SOLVERS: Mapping[str, SolverInfo] = MappingProxyType({info.key: info for info in _ALL})
_BY_NAME: Mapping[str, str] = {
    name.casefold(): info.key for info in _ALL for name in (*info.aliases, info.name, info.key)
}


@lru_cache(maxsize=_TABLES_KEPT)
def build_table(
    solver: str,
    schedule: str,
    noise_schedule: NoiseSchedule,
    num_steps: int,
    *,
    eta: float | None = None,
    start: int = 0,
) -> SolverTable:
    """The table of coefficients of one request; equal requests share it.

    Args:
        solver: key of SOLVERS.
        schedule: key of SCHEDULES.
        noise_schedule: the checkpoint's training schedule.
        num_steps: steps of the whole run, from pure noise to the image.
        eta: amount of noise of a stochastic solver, 0 … 1; None for the solver's own.
        start: steps left out at the beginning: image-to-image with strength s starts at
            num_steps - min(int(num_steps · s), num_steps), as in diffusers.

    Raises:
        UnknownSolverError, UnsupportedScheduleError: wrong names or a combination that does not exist.
        UnsupportedPredictionError: the solver cannot run this kind of network.
        InvalidSolverOptionError: num_steps, start or eta outside its range.
    """
    info = SOLVERS.get(solver)
    if info is None:
        raise UnknownSolverError("solver", solver, SOLVERS)
    if schedule not in info.schedules:
        raise UnsupportedScheduleError(f"for {info.name}, schedule", schedule, info.schedules)
    if noise_schedule.prediction_type not in info.predictions:
        raise UnsupportedPredictionError(
            f"for {info.name}, prediction type", noise_schedule.prediction_type, info.predictions
        )
    _check_range("num_steps", num_steps, 1, noise_schedule.num_train_timesteps)
    _check_range("start", start, 0, num_steps - 1)
    return info.build(TableRequest(schedule, noise_schedule, num_steps, start, _checked_eta(info, eta)))


def _checked_eta(info: SolverInfo, eta: float | None) -> float:
    if eta is None:
        return info.default_eta or 0.0
    if info.default_eta is None:
        takers = tuple(other.key for other in _ALL if other.default_eta is not None)
        raise InvalidSolverOptionError(
            f"{info.name} takes no eta; eta", eta, [f"none (solvers with eta: {', '.join(takers)})"]
        )
    if not (math.isfinite(eta) and 0.0 <= eta <= 1.0):
        raise InvalidSolverOptionError("eta", eta, ["a number from 0 to 1"])
    return eta


def _check_range(field: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise InvalidSolverOptionError(field, value, [f"a whole number from {low} to {high}"])


def resolve_sampler_name(name: str) -> tuple[str, str | None]:
    """Solver and schedule keys of a sampler name: a key, AUTOMATIC1111's display name or an alias, in any case.

    AUTOMATIC1111's older names carry the schedule ("DPM++ 2M Karras"); the second value is None where the name has
    none. Raises UnknownSolverError for a name without a counterpart.
    """
    folded = name.strip().casefold()
    if folded in _BY_NAME:
        return _BY_NAME[folded], None
    for key, label in SCHEDULE_LABELS.items():
        for suffix in (label.casefold(), key):
            solver = _BY_NAME.get(folded.removesuffix(f" {suffix}"))
            if solver is not None:
                return solver, key
    raise UnknownSolverError("sampler", name, SOLVERS, near_to=(info.name for info in _ALL))
