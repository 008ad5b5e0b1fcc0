"""From loose values to a GenerationRequest: fills the pipeline's defaults and checks every bound.

The one place where bounds are enforced, so that all public surfaces and the gRPC contract refuse the same values with
the same words. A surface translates the canonical field names to its own.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable, Mapping
from typing import Any

from diffusion.errors import InvalidFieldError
from diffusion.pipeline import Limits, PipelineSpec
from diffusion.request import MAX_SEED, GenerationRequest
from diffusion.solvers.errors import (
    InvalidSolverOptionError,
    SolverError,
    UnsupportedScheduleError,
)
from diffusion.solvers.noise_schedule import NoiseSchedule
from diffusion.solvers.registry import SOLVERS, build_table

MIN_PRIORITY, MAX_PRIORITY = -2, 2
MAX_ID_CHARS = 200

OPTIONAL_FIELDS = (
    "negative_prompt",
    "width",
    "height",
    "num_inference_steps",
    "guidance_scale",
    "seed",
    "num_images",
    "sampler",
    "schedule",
    "owner",
    "priority",
    "deadline_s",
    "preview_every",
)

_SOLVER_KEYS = {name.casefold(): info.key for info in SOLVERS.values() for name in (info.key, info.name, *info.aliases)}


def make_request(
    spec: PipelineSpec,
    *,
    request_id: str,
    prompt: str,
    random_seed: Callable[[], int] = lambda: secrets.randbelow(MAX_SEED + 1),
    **given: Any,
) -> GenerationRequest:
    """Build a valid request for `spec`. A field left out (or None) gets the pipeline's default, the seed a random one.

    Raises:
        InvalidFieldError: the first field outside its bounds, with what was given and what is allowed.
        TypeError: a name that is no field of a request (a mistake of the calling code, not of a user).
    """
    unknown = set(given) - set(OPTIONAL_FIELDS)
    if unknown:
        raise TypeError(f"not a field of a request: {sorted(unknown)}")
    limits, defaults = spec.limits, spec.defaults
    values = {name: value for name, value in given.items() if value is not None}
    steps = values.get("num_inference_steps", defaults.num_inference_steps)
    steps = _integer("num_inference_steps", steps, 1, limits.max_steps)
    sampler, schedule = _solver_names(values, spec, steps)
    return GenerationRequest(
        request_id=_text("request_id", request_id, MAX_ID_CHARS),
        pipeline=spec.name,
        prompt=_text("prompt", prompt, limits.max_prompt_chars),
        negative_prompt=_text("negative_prompt", values.get("negative_prompt", ""), limits.max_prompt_chars),
        width=_size("width", values.get("width", defaults.width), limits),
        height=_size("height", values.get("height", defaults.height), limits),
        num_inference_steps=steps,
        guidance_scale=_number(
            "guidance_scale", values.get("guidance_scale", defaults.guidance_scale), 0.0, limits.max_guidance
        ),
        seed=_integer("seed", values["seed"] if "seed" in values else random_seed(), 0, MAX_SEED),
        num_images=_integer("num_images", values.get("num_images", 1), 1, limits.max_images),
        sampler=sampler,
        schedule=schedule,
        owner=_text("owner", values.get("owner", ""), MAX_ID_CHARS),
        priority=_integer("priority", values.get("priority", 0), MIN_PRIORITY, MAX_PRIORITY),
        deadline_s=_deadline(values, limits),
        preview_every=_integer("preview_every", values.get("preview_every", 0), 0, limits.max_steps),
    )


def _deadline(values: Mapping[str, Any], limits: Limits) -> float | None:
    if "deadline_s" not in values:
        return None
    return _number("deadline_s", values["deadline_s"], 0.001, limits.max_deadline_s)


def _solver_names(values: Mapping[str, Any], spec: PipelineSpec, steps: int) -> tuple[str, str]:
    """Keys of the request's solver and schedule; a solver may be given by any of its names.

    A solver other than the pipeline's default one brings its own default schedule.
    """
    given = _text("sampler", values.get("sampler", spec.defaults.sampler), MAX_ID_CHARS)
    solver = _SOLVER_KEYS.get(given.casefold(), given)
    info = SOLVERS.get(solver)
    usual = spec.defaults.schedule if info is None or solver == spec.defaults.sampler else info.default_schedule
    schedule = _text("schedule", values.get("schedule", usual), MAX_ID_CHARS)
    try:
        build_table(solver, schedule, NoiseSchedule.from_config(spec.noise_schedule), steps)
    except SolverError as error:
        raise InvalidFieldError(_field_of(error), error.given, _allowed_by(error)) from error
    return solver, schedule


def _field_of(error: SolverError) -> str:
    if isinstance(error, UnsupportedScheduleError):
        return "schedule"
    return "num_inference_steps" if isinstance(error, InvalidSolverOptionError) else "sampler"


def _allowed_by(error: SolverError) -> str:
    hint = f" (did you mean {' or '.join(error.near)}?)" if error.near else ""
    return f"one of {', '.join(error.allowed)}{hint}"


def _text(field: str, value: object, max_chars: int) -> str:
    if not isinstance(value, str):
        raise InvalidFieldError(field, value, "a text")
    if len(value) > max_chars:
        raise InvalidFieldError(field, value, f"at most {max_chars} characters")
    if "\x00" in value:
        raise InvalidFieldError(field, value, "a text without NUL characters")
    return value


def _integer(field: str, value: object, low: int, high: int) -> int:
    allowed = f"a whole number from {low} to {high}"
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InvalidFieldError(field, value, allowed)
    return value


def _number(field: str, value: object, low: float, high: float) -> float:
    allowed = f"a number from {low:g} to {high:g}"
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise InvalidFieldError(field, value, allowed)
    if not math.isfinite(value) or not low <= value <= high:
        raise InvalidFieldError(field, value, allowed)
    return float(value)


def _size(field: str, value: object, limits: Limits) -> int:
    low, high, multiple = limits.min_size, limits.max_size, limits.size_multiple
    allowed = f"a multiple of {multiple} from {low} to {high}"
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high or value % multiple:
        raise InvalidFieldError(field, value, allowed)
    return value
