"""`build_table`, the one way to get a table, and the names of solvers."""

import math
from collections.abc import Mapping
from functools import lru_cache

from diffusion.solvers.base import SolverTable, TableRequest
from diffusion.solvers.catalogue import SCHEDULE_LABELS, SCHEDULES, SOLVERS, SolverInfo
from diffusion.solvers.errors import (
    InvalidSolverOptionError,
    UnknownSolverError,
    UnsupportedPredictionError,
    UnsupportedScheduleError,
)
from diffusion.solvers.noise_schedule import NoiseSchedule

__all__ = [
    "SCHEDULES",
    "SCHEDULE_LABELS",
    "SOLVERS",
    "SolverInfo",
    "build_table",
    "resolve_sampler_name",
    "solvers_for",
]

_TABLES_KEPT = 512
_BY_NAME: Mapping[str, str] = {
    name.casefold(): info.key for info in SOLVERS.values() for name in (*info.aliases, info.name, info.key)
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
    prediction = noise_schedule.prediction_type
    if prediction not in info.predictions:
        raise UnsupportedPredictionError(
            f"for a network with {prediction}, solver", solver, solvers_for(noise_schedule)
        )
    if schedule not in info.schedules:
        raise UnsupportedScheduleError(f"for {info.name}, schedule", schedule, info.schedules)
    _check_range("num_steps", num_steps, 1, noise_schedule.num_train_timesteps)
    _check_range("start", start, 0, num_steps - 1)
    return info.build(TableRequest(schedule, noise_schedule, num_steps, start, _checked_eta(info, eta)))


def solvers_for(noise_schedule: NoiseSchedule) -> tuple[str, ...]:
    """Keys of the solvers that can run a network with this training schedule."""
    return tuple(info.key for info in SOLVERS.values() if noise_schedule.prediction_type in info.predictions)


def _checked_eta(info: SolverInfo, eta: float | None) -> float:
    if eta is None:
        return info.default_eta or 0.0
    if info.default_eta is None:
        takers = tuple(other.key for other in SOLVERS.values() if other.default_eta is not None)
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
    raise UnknownSolverError("sampler", name, SOLVERS, near_to=(info.name for info in SOLVERS.values()))
