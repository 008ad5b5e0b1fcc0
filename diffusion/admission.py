"""From loose values to a GenerationRequest: fills the pipeline's defaults and checks every bound.

The one place where bounds are enforced, so that all public surfaces and the gRPC contract refuse the same values with
the same words. A surface translates the canonical field names to its own.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from diffusion.checks import check_integer, check_number, check_one_of, check_text
from diffusion.control_fields import read_controls
from diffusion.errors import InvalidFieldError
from diffusion.hires import read_hires
from diffusion.loras.tags import take_loras
from diffusion.passes import plan_passes
from diffusion.picture_fields import MASK_OPTIONS, extended_size, read_pictures
from diffusion.pipeline import Capability, Limits, PipelineSpec
from diffusion.prompt.emphasis import Emphasis
from diffusion.prompt.plan import make_plan
from diffusion.request import MAX_SEED, GenerationRequest, HiRes, Lora
from diffusion.solvers.errors import (
    InvalidSolverOptionError,
    SolverError,
    UnsupportedScheduleError,
)
from diffusion.solvers.noise_schedule import NoiseSchedule
from diffusion.solvers.registry import SOLVERS, build_table

MIN_PRIORITY, MAX_PRIORITY = -2, 2
MAX_ID_CHARS = 200
MAX_LORA_WEIGHT = 10.0
MAX_INTERVAL = 10
MAX_PROGRESS_S = 60.0

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
    "progress_every_s",
    "emphasis",
    "clip_skip",
    "eta",
    "guidance_rescale",
    "guidance_end",
    "variation_seed",
    "variation_strength",
    "hires",
    "image",
    "strength",
    "resize_mode",
    "mask",
    "outpaint",
    *MASK_OPTIONS,
    "loras",
    "controls",
    "cache_interval",
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
    steps = check_integer("num_inference_steps", steps, 1, limits.max_steps)
    sampler, schedule = _solver_names(values, spec, steps)
    _check_capabilities(values, spec)
    pictures = read_pictures(values, spec)
    text, in_prompt = take_loras(check_text("prompt", prompt, limits.max_prompt_chars))
    request = GenerationRequest(
        request_id=check_text("request_id", request_id, MAX_ID_CHARS),
        pipeline=spec.name,
        prompt=text,
        negative_prompt=check_text("negative_prompt", values.get("negative_prompt", ""), limits.max_prompt_chars),
        num_inference_steps=steps,
        guidance_scale=check_number(
            "guidance_scale", values.get("guidance_scale", defaults.guidance_scale), 0.0, limits.max_guidance
        ),
        seed=check_integer("seed", values["seed"] if "seed" in values else random_seed(), 0, MAX_SEED),
        num_images=check_integer("num_images", values.get("num_images", 1), 1, limits.max_images),
        sampler=sampler,
        schedule=schedule,
        owner=check_text("owner", values.get("owner", ""), MAX_ID_CHARS),
        priority=check_integer("priority", values.get("priority", 0), MIN_PRIORITY, MAX_PRIORITY),
        deadline_s=_deadline(values, limits),
        preview_every=check_integer("preview_every", values.get("preview_every", 0), 0, limits.max_steps),
        progress_every_s=check_number("progress_every_s", values.get("progress_every_s", 0.0), 0.0, MAX_PROGRESS_S),
        clip_skip=_clip_skip(values.get("clip_skip", 0), spec),
        emphasis=check_one_of("emphasis", values.get("emphasis", Emphasis.ORIGINAL), tuple(Emphasis)),
        eta=values.get("eta"),
        guidance_rescale=_row_share("guidance_rescale", values, 0.0, spec),
        guidance_end=_row_share("guidance_end", values, 1.0, spec),
        hires=_hires(values, pictures, steps, limits),
        loras=_loras(values.get("loras", ()), in_prompt, spec),
        controls=read_controls(values, _map_size(pictures), spec),
        cache_interval=check_integer("cache_interval", values.get("cache_interval", 1), 1, MAX_INTERVAL),
        **pictures,
        **_variation(values, random_seed),
    )
    _check_interval(request, spec)
    make_plan(request.prompt, request.negative_prompt, steps)
    _check_passes(request, spec)
    return request


def _check_capabilities(values: Mapping[str, Any], spec: PipelineSpec) -> None:
    needed = Capability.TEXT_TO_IMAGE
    if "mask" in values or "outpaint" in values:
        needed = Capability.INPAINTING
    elif "image" in values:
        needed = Capability.IMAGE_TO_IMAGE
    if needed not in spec.capabilities:
        able = ", ".join(spec.capabilities) or "nothing that this server does"
        raise InvalidFieldError("model", spec.name, f"a pipeline that can do {needed}; this one can do {able}")


def _hires(values: Mapping[str, Any], pictures: Mapping[str, Any], steps: int, limits: Limits) -> HiRes | None:
    if "hires" not in values:
        return None
    if "mask" in pictures:
        allowed = "none with a mask or outpaint; only_masked paints at full size"
        raise InvalidFieldError("hires", values["hires"], allowed)
    return read_hires(values["hires"], (pictures["width"], pictures["height"]), steps, limits)


def _map_size(pictures: Mapping[str, Any]) -> tuple[int, int]:
    """Width and height of what a ControlNet's map is of."""
    if pictures.get("only_masked") and pictures["image"] is not None:
        height, width = extended_size(pictures["image"], pictures["outpaint"])
        return width, height
    return pictures["width"], pictures["height"]


def _clip_skip(value: object, spec: PipelineSpec) -> int:
    highest = spec.text.max_clip_skip
    if value != 0 and not highest:
        raise InvalidFieldError("clip_skip", value, f"0: the pipeline {spec.name} is installed without it")
    return check_integer("clip_skip", value, 0, highest)


def _row_share(field: str, values: Mapping[str, Any], neutral: float, spec: PipelineSpec) -> float:
    """A share that changes the unconditional rows' part in a step, where there are some."""
    share = check_number(field, values.get(field, neutral), 0.0, 1.0)
    if spec.guidance_width and share != neutral:
        allowed = f"{neutral:g}: the UNet of {spec.name} is told the guidance scale, nothing is left to change"
        raise InvalidFieldError(field, share, allowed)
    return share


def _variation(values: Mapping[str, Any], random_seed: Callable[[], int]) -> dict[str, Any]:
    strength = check_number("variation_strength", values.get("variation_strength", 0.0), 0.0, 1.0)
    if "variation_seed" not in values:
        return {"variation_strength": strength, "variation_seed": random_seed() if strength else None}
    seed = check_integer("variation_seed", values["variation_seed"], 0, MAX_SEED)
    return {"variation_strength": strength, "variation_seed": seed}


def _loras(given: object, in_prompt: Sequence[Lora], spec: PipelineSpec) -> tuple[Lora, ...]:
    """The LoRAs of the field and of the prompt's tags, in this order; the library knows whether they exist."""
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise InvalidFieldError("loras", given, "a list of objects with name and weight")
    loras = (*(_lora(f"loras[{number}]", lora) for number, lora in enumerate(given)), *in_prompt)
    if loras and not spec.lora_layers:
        raise InvalidFieldError("loras", loras[0].name, f"none: the pipeline {spec.name} is installed without LoRAs")
    if len(loras) > spec.limits.max_loras:
        raise InvalidFieldError("loras", f"{len(loras)} LoRAs", f"at most {spec.limits.max_loras}")
    for lora in in_prompt:
        check_number("prompt", lora.weight, -MAX_LORA_WEIGHT, MAX_LORA_WEIGHT)
    return loras


def _lora(field: str, given: object) -> Lora:
    if isinstance(given, Lora):
        given = {"name": given.name, "weight": given.weight}
    if not isinstance(given, Mapping) or not {"name"} <= set(given) <= {"name", "weight"}:
        raise InvalidFieldError(field, given, "an object with name and, if it is not 1, weight")
    name = check_text(f"{field}.name", given["name"], MAX_ID_CHARS)
    return Lora(name, check_number(f"{field}.weight", given.get("weight", 1.0), -MAX_LORA_WEIGHT, MAX_LORA_WEIGHT))


def _check_interval(request: GenerationRequest, spec: PipelineSpec) -> None:
    """Deep features are used again where the pipeline has the graphs for it (`diffusion.reuse`)."""
    if request.cache_interval == 1:
        return
    reason = ""
    if spec.deep_features is None:
        reason = f"the pipeline {spec.name} is installed without it"
    elif request.controls or request.loras:
        reason = "it is served without ControlNets and LoRAs"
    if reason:
        raise InvalidFieldError("cache_interval", request.cache_interval, f"1: {reason}")


def _deadline(values: Mapping[str, Any], limits: Limits) -> float | None:
    if "deadline_s" not in values:
        return None
    return check_number("deadline_s", values["deadline_s"], 0.001, limits.max_deadline_s)


def _solver_names(values: Mapping[str, Any], spec: PipelineSpec, steps: int) -> tuple[str, str]:
    """Keys of the request's solver and schedule; a solver may be given by any of its names.

    A solver other than the pipeline's default one brings its own default schedule.
    """
    given = check_text("sampler", values.get("sampler", spec.defaults.sampler), MAX_ID_CHARS)
    solver = _SOLVER_KEYS.get(given.casefold(), given)
    info = SOLVERS.get(solver)
    usual = spec.defaults.schedule if info is None or solver == spec.defaults.sampler else info.default_schedule
    schedule = check_text("schedule", values.get("schedule", usual), MAX_ID_CHARS)
    noise = NoiseSchedule.from_config(spec.noise_schedule)
    try:
        build_table(solver, schedule, noise, steps)
    except SolverError as error:
        raise InvalidFieldError(_field_of(error), error.given, _allowed_by(error)) from error
    if "eta" in values:
        eta = check_number("eta", values["eta"], 0.0, 1.0)
        try:
            build_table(solver, schedule, noise, steps, eta=eta)
        except SolverError as error:
            raise InvalidFieldError("eta", eta, f"{error.allowed[0]}; {solver} adds no noise") from error
    return solver, schedule


def _check_passes(request: GenerationRequest, spec: PipelineSpec) -> None:
    try:
        plan_passes(request, spec, NoiseSchedule.from_config(spec.noise_schedule))
    except SolverError as error:  # the first pass is checked: it is the second one's number of steps
        raise InvalidFieldError("hires.num_inference_steps", error.given, _allowed_by(error)) from error


def _field_of(error: SolverError) -> str:
    if isinstance(error, UnsupportedScheduleError):
        return "schedule"
    return "num_inference_steps" if isinstance(error, InvalidSolverOptionError) else "sampler"


def _allowed_by(error: SolverError) -> str:
    hint = f" (did you mean {' or '.join(error.near)}?)" if error.near else ""
    return f"one of {', '.join(error.allowed)}{hint}"
