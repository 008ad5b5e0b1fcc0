"""From the units of `alwayson_scripts.ControlNet` to a request's controls. Slow work: use a thread."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from diffusion.checks import check_number, check_size
from diffusion.control_fields import MAX_WEIGHT
from diffusion.errors import InvalidFieldError
from diffusion.events import Pixels
from diffusion.pipeline import PipelineSpec
from diffusion.resampling import ResizeMode, resized
from gateway.a1111.controlnet.schemas import Unit
from gateway.a1111.pictures import picture_of
from gateway.controls.service import CANNY_THRESHOLDS, Wanted, check_preprocessor
from gateway.errors import InvalidRequestError

SCRIPT = "controlnet"
"""In any case; both `ControlNet` and `controlnet` are sent."""

NO_MODEL = "None"
HASH_CHARS = 8
_HASH = re.compile(r"\s*\[([0-9a-f]+)\]$")
_KINDS = {"depth": "depth", "openpose": "pose", "canny": "canny"}
"""By what the extension's many names for them hold."""

_BOTH_PASSES = ("both", "")
_BALANCED = (0, "Balanced")
_RESIZE: Mapping[int | str, ResizeMode] = {
    0: ResizeMode.STRETCH,
    1: ResizeMode.CROP,
    2: ResizeMode.FIT,
    "Just Resize": ResizeMode.STRETCH,
    "Crop and Resize": ResizeMode.CROP,
    "Resize and Fill": ResizeMode.FIT,
    "Scale to Fit (Inner Fit)": ResizeMode.CROP,  # what older clients call the two
    "Envelope (Outer Fit)": ResizeMode.FIT,
}


@dataclass(frozen=True, slots=True)
class Placed:
    """A unit with the path of it in its body."""

    field: str
    unit: Unit


def title_of(name: str, spec: PipelineSpec) -> str:
    """What the extension's clients show and send back for a ControlNet."""
    return f"{name} [{spec.controlnets[name].fingerprint[:HASH_CHARS]}]"


def module_of(field: str, name: str, usable: Sequence[str], warnings: list[str]) -> str:
    """Our preprocessor for a module's name, one of the `usable` ones; there is one of each kind here.

    Raises:
        InvalidFieldError: naming `field`.
    """
    module = name.casefold()
    ours = next((kind for mark, kind in _KINDS.items() if mark in module), module)
    check_preprocessor(field, ours if ours in usable else module, usable)
    if ours != module:
        warnings.append(f"{field}: {name[:60]!r} is another one of its kind; {ours} was used")
    return ours


def thresholds_of(field: str, a: float, b: float) -> tuple[int, int]:
    """Weak and strong edges of two numbers, of which -1 is the usual one. Raises InvalidFieldError."""
    given = (usual if value < 0 else value for value, usual in zip((a, b), CANNY_THRESHOLDS, strict=True))
    low, high = (check_number(f"{field}_{end}", value, 0, 255) for end, value in zip("ab", given, strict=True))
    return round(low), round(high)


def units_in(scripts: Mapping[str, Any]) -> list[Placed]:
    """The units that are switched on.

    Raises:
        InvalidRequestError: naming the one that is none.
    """
    found = []
    for name, given in scripts.items():
        if name.casefold() != SCRIPT:
            continue
        place = f"alwayson_scripts.{name}.args"
        args = given.get("args") or [] if isinstance(given, Mapping) else given
        args = [args] if isinstance(args, Mapping) else args
        if not isinstance(args, list):
            raise InvalidRequestError(f"{place}: expected a list of objects, one for each unit", field=place)
        found += [_unit(f"{place}[{number}]", unit) for number, unit in enumerate(args) if unit is not None]
    return [placed for placed in found if placed.unit.enabled]


def wanted_of(units: Sequence[Placed], usable: Sequence[str], warnings: list[str]) -> tuple[Wanted, ...]:
    """The map that each unit wants of its picture. Raises InvalidFieldError."""
    return tuple(
        Wanted(
            module_of(f"{placed.field}.module", placed.unit.module, usable, warnings),
            thresholds_of(f"{placed.field}.threshold", placed.unit.threshold_a, placed.unit.threshold_b),
        )
        for placed in units
    )


def controls_of(
    units: Sequence[Placed],
    spec: PipelineSpec,
    size: tuple[int, int],
    start: Mapping[str, Any],
    warnings: list[str],
) -> list[dict[str, Any]]:
    """The field `controls` of a request, each with its picture at the request's size.

    Args:
        units: those that are switched on.
        size: width and height asked for.
        start: the request's picture and mask, where it has some: a unit without a picture follows that one.
        warnings: gets what cannot be honoured.

    Raises:
        InvalidRequestError, InvalidFieldError: naming the unit and its field.
    """
    if len(units) > spec.limits.max_controls:
        field = units[spec.limits.max_controls].field
        raise InvalidFieldError(field, f"{len(units)} units", f"at most {spec.limits.max_controls} that are enabled")
    if not units:
        return []
    if start.get("only_masked"):
        size = start["image"].shape[1], start["image"].shape[0]
    else:
        size = check_size("width", size[0], spec.limits), check_size("height", size[1], spec.limits)
    return [_control(placed, spec, size, start, warnings) for placed in units]


def _control(
    placed: Placed, spec: PipelineSpec, size: tuple[int, int], start: Mapping[str, Any], warnings: list[str]
) -> dict[str, Any]:
    field, unit = placed.field, placed.unit
    model = _model(f"{field}.model", unit.model, spec, warnings)
    weight = check_number(f"{field}.weight", unit.weight, 0.0, MAX_WEIGHT)
    begin = check_number(f"{field}.guidance_start", unit.guidance_start, 0.0, 1.0)
    end = check_number(f"{field}.guidance_end", unit.guidance_end, 0.0, 1.0)
    if end <= begin:
        raise InvalidFieldError(f"{field}.guidance_end", end, f"more than guidance_start, {begin:g}")
    if unit.resize_mode not in _RESIZE:
        known = ", ".join(str(mode) for mode in _RESIZE if mode != "")
        raise InvalidFieldError(f"{field}.resize_mode", unit.resize_mode, f"one of {known}")
    picture = resized(_picture(placed, start), *size, _RESIZE[unit.resize_mode])
    _warn(placed, size, warnings)
    return {
        "model": model,
        "image": picture,
        "weight": weight,
        "start": begin,
        "end": end,
    }


def _picture(placed: Placed, start: Mapping[str, Any]) -> Pixels:
    field = f"{placed.field}.image"
    if placed.unit.picture:
        return picture_of(field, placed.unit.picture)
    if "image" not in start:
        raise InvalidRequestError(f"{field}: a picture is needed, in base64", field=field)
    picture: Pixels = start["image"]
    return picture


def _model(field: str, given: str, spec: PipelineSpec, warnings: list[str]) -> str:
    hashed = _HASH.search(given)
    name = given if hashed is None else given[: hashed.start()]
    known = {one.casefold(): one for one in spec.controlnets}
    model = known.get(name.casefold())
    if model is None:
        near = difflib.get_close_matches(name.casefold(), known, n=3, cutoff=0.5)
        allowed = ", ".join(title_of(known[one], spec) for one in near or sorted(known))
        if not known:
            allowed = f"none: the model {spec.name} is installed without ControlNets"
        raise InvalidFieldError(field, given, f"{'one near it: ' if near else ''}{allowed}")
    if hashed is not None and not spec.controlnets[model].fingerprint.startswith(hashed[1]):
        warnings.append(f"{field}: {given[:60]!r} is another version; {title_of(model, spec)} was used")
    return model


def _warn(placed: Placed, size: tuple[int, int], warnings: list[str]) -> None:
    """What would make another picture elsewhere."""
    field, unit = placed.field, placed.unit
    if unit.control_mode not in _BALANCED:
        warnings.append(f"{field}.control_mode: only Balanced is done here")
    if unit.drawn:
        warnings.append(f"{field}.mask: it did nothing; the whole map is followed")
    if unit.processor_res > 0 and not unit.pixel_perfect and unit.processor_res != min(size):
        warnings.append(f"{field}.processor_res: maps are made at the request's own size, as with pixel_perfect")
    if unit.hr_option.casefold() not in _BOTH_PASSES:
        warnings.append(f"{field}.hr_option: it acts in both passes")


def _unit(field: str, given: object) -> Placed:
    try:
        return Placed(field, Unit.model_validate(given))
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        where = ".".join([field, *(str(part) for part in detail["loc"][:1])])
        message = detail["msg"][:1].lower() + detail["msg"][1:]
        raise InvalidRequestError(f"{where}: {message}", field=where) from None
