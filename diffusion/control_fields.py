"""The ControlNets of a request, checked."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from diffusion.checks import MAX_PIXELS, check_number, check_one_of, check_picture, check_text
from diffusion.errors import InvalidFieldError
from diffusion.pipeline import PipelineSpec
from diffusion.request import Control
from diffusion.resampling import ResizeMode, resized

MAX_NAME_CHARS = 200
MAX_WEIGHT = 10.0
KEYS = ("model", "image", "preprocessor", "weight", "start", "end")
NO_PREPROCESSOR = "none"


def read_controls(values: Mapping[str, Any], size: tuple[int, int], spec: PipelineSpec) -> tuple[Control, ...]:
    """The field `controls`: each map is cropped and brought to `size` (width, height).

    With `only_masked` that is the whole picture's size: what is generated follows the map's part that lies there.

    Maps arrive ready: pictures are turned into maps where they come in (`gateway.controls`).

    Raises:
        InvalidFieldError: naming the control and its field.
    """
    given = values.get("controls", ())
    if isinstance(given, str | Mapping) or not isinstance(given, Sequence):
        raise InvalidFieldError("controls", given, "a list of objects with model and image")
    if given and not spec.controlnets:
        raise InvalidFieldError(
            "controls", "a list", f"none: the pipeline {spec.name} is installed without ControlNets"
        )
    if len(given) > spec.limits.max_controls:
        raise InvalidFieldError("controls", f"{len(given)} controls", f"at most {spec.limits.max_controls}")
    return tuple(_control(f"controls[{number}]", control, size, spec) for number, control in enumerate(given))


def check_model(field: str, name: object, spec: PipelineSpec) -> str:
    """The name of one of the pipeline's ControlNets."""
    model = check_text(field, name, MAX_NAME_CHARS)
    if model not in spec.controlnets:
        known = sorted(spec.controlnets)
        near = difflib.get_close_matches(model, known, n=3)
        raise InvalidFieldError(
            field, model, f"{' or '.join(near)} (near ones)" if near else f"one of {', '.join(known)}"
        )
    return model


def _control(field: str, given: object, size: tuple[int, int], spec: PipelineSpec) -> Control:
    if isinstance(given, Control):
        given = {key: getattr(given, key) for key in KEYS if key != "preprocessor"}
    if not isinstance(given, Mapping) or not {"model", "image"} <= set(given) <= set(KEYS):
        names = sorted(map(str, given)) if isinstance(given, Mapping) else given
        raise InvalidFieldError(field, names, f"an object with model and image; it may have {', '.join(KEYS[2:])}")
    told = {key: value for key, value in given.items() if value is not None}
    check_one_of(f"{field}.preprocessor", told.get("preprocessor", NO_PREPROCESSOR), (NO_PREPROCESSOR,))
    image = check_picture(f"{field}.image", given["image"])
    if image is None:
        raise InvalidFieldError(f"{field}.image", None, "a map")
    if image.shape[0] * image.shape[1] > MAX_PIXELS:
        raise InvalidFieldError(f"{field}.image", f"{image.shape[1]}×{image.shape[0]}", f"at most {MAX_PIXELS} pixels")
    start = check_number(f"{field}.start", told.get("start", 0.0), 0.0, 1.0)
    end = check_number(f"{field}.end", told.get("end", 1.0), 0.0, 1.0)
    if end <= start:
        raise InvalidFieldError(f"{field}.end", end, f"more than start, {start:g}")
    return Control(
        check_model(f"{field}.model", given["model"], spec),
        check_number(f"{field}.weight", told.get("weight", 1.0), 0.0, MAX_WEIGHT),
        start,
        end,
        resized(image, size[0], size[1], ResizeMode.CROP),
    )
