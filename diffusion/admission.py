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
from diffusion.solvers.base import UnknownSolverError, UnsupportedScheduleError, check_names

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
    sampler, schedule = _solver_names(values, defaults.sampler, defaults.schedule)
    return GenerationRequest(
        request_id=_text("request_id", request_id, MAX_ID_CHARS),
        pipeline=spec.name,
        prompt=_text("prompt", prompt, limits.max_prompt_chars),
        negative_prompt=_text("negative_prompt", values.get("negative_prompt", ""), limits.max_prompt_chars),
        width=_size("width", values.get("width", defaults.width), limits),
        height=_size("height", values.get("height", defaults.height), limits),
        num_inference_steps=_integer(
            "num_inference_steps", values.get("num_inference_steps", defaults.num_inference_steps), 1, limits.max_steps
        ),
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


def _solver_names(values: Mapping[str, Any], sampler: str, schedule: str) -> tuple[str, str]:
    """The solver and schedule of a request. A solver other than the default one brings its own default schedule."""
    given = _text("sampler", values.get("sampler", sampler), MAX_ID_CHARS)
    fallback = schedule if given == sampler else "default"
    try:
        return check_names(given, _text("schedule", values.get("schedule", fallback), MAX_ID_CHARS))
    except UnknownSolverError as error:
        raise InvalidFieldError("sampler", given, error.allowed_text) from error
    except UnsupportedScheduleError as error:
        raise InvalidFieldError("schedule", values.get("schedule"), error.allowed_text) from error


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
