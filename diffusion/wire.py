"""The orchestrator's KServe v2 contract: requests and events as named arrays, in both directions.

The gateway encodes requests and decodes events; the orchestrator decodes requests and encodes events. Scalars travel as
arrays of one element, texts as UTF-8 in Triton's BYTES type. An event is a JSON object in `event`; its picture, when it
has one, is in `image`.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from diffusion.errors import InvalidFieldError
from diffusion.events import (
    Cancelled,
    Event,
    Failed,
    Finished,
    ImageDone,
    PhaseTime,
    Pixels,
    Preview,
    Queued,
    Started,
    StepDone,
)
from diffusion.request import GenerationRequest

MAX_TEXT_BYTES = 64 * 1024
CONTROL_IMAGES = "control_images"


@dataclass(frozen=True, slots=True)
class WireTensor:
    """One named input or output of the orchestrator, in the words of `config.pbtxt`."""

    name: str
    triton_type: str
    dims: tuple[int, ...] = (1,)
    is_optional: bool = True


INPUTS = (
    WireTensor("prompt", "TYPE_STRING", is_optional=False),
    WireTensor("negative_prompt", "TYPE_STRING"),
    WireTensor("width", "TYPE_INT32"),
    WireTensor("height", "TYPE_INT32"),
    WireTensor("num_inference_steps", "TYPE_INT32"),
    WireTensor("guidance_scale", "TYPE_FP32"),
    WireTensor("seed", "TYPE_INT64"),
    WireTensor("num_images", "TYPE_INT32"),
    WireTensor("sampler", "TYPE_STRING"),
    WireTensor("schedule", "TYPE_STRING"),
    WireTensor("owner", "TYPE_STRING"),
    WireTensor("priority", "TYPE_INT32"),
    WireTensor("deadline_s", "TYPE_FP32"),
    WireTensor("preview_every", "TYPE_INT32"),
    WireTensor("progress_every_s", "TYPE_FP32"),
    WireTensor("clip_skip", "TYPE_INT32"),
    WireTensor("cache_interval", "TYPE_INT32"),
    WireTensor("emphasis", "TYPE_STRING"),
    # not FP32: strength 0.7 of 10 steps must be 7 on both sides
    WireTensor("eta", "TYPE_FP64"),
    WireTensor("guidance_rescale", "TYPE_FP64"),
    WireTensor("guidance_end", "TYPE_FP64"),
    WireTensor("variation_seed", "TYPE_INT64"),
    WireTensor("variation_strength", "TYPE_FP64"),
    WireTensor("hires_scale", "TYPE_FP64"),
    WireTensor("hires_width", "TYPE_INT32"),
    WireTensor("hires_height", "TYPE_INT32"),
    WireTensor("hires_num_inference_steps", "TYPE_INT32"),
    WireTensor("hires_strength", "TYPE_FP64"),
    WireTensor("image", "TYPE_UINT8", dims=(-1, -1, 3)),
    WireTensor("strength", "TYPE_FP64"),
    WireTensor("resize_mode", "TYPE_STRING"),
    WireTensor("mask", "TYPE_UINT8", dims=(-1, -1)),
    WireTensor("mask_blur", "TYPE_INT32"),
    WireTensor("mask_content", "TYPE_STRING"),
    WireTensor("invert_mask", "TYPE_BOOL"),
    WireTensor("only_masked", "TYPE_BOOL"),
    WireTensor("only_masked_padding", "TYPE_INT32"),
    *(WireTensor(f"outpaint_{side}", "TYPE_INT32") for side in ("left", "right", "top", "bottom")),
    WireTensor("loras", "TYPE_STRING"),
    WireTensor("controls", "TYPE_STRING"),
    WireTensor(CONTROL_IMAGES, "TYPE_UINT8", dims=(-1, -1, -1, 3)),
    WireTensor("probe", "TYPE_BOOL"),
    WireTensor("measure", "TYPE_BOOL"),
)
OUTPUTS = (WireTensor("event", "TYPE_STRING"), WireTensor("image", "TYPE_UINT8", dims=(-1, -1, 3)))

NUMPY_TYPES: Mapping[str, Any] = {
    "TYPE_STRING": np.object_,
    "TYPE_INT32": np.int32,
    "TYPE_INT64": np.int64,
    "TYPE_FP32": np.float32,
    "TYPE_FP64": np.float64,
    "TYPE_BOOL": np.bool_,
    "TYPE_UINT8": np.uint8,
}
GROUPS = ("hires", "outpaint")
"""Fields with parts of their own: the part `scale` of `hires` travels as `hires_scale`."""

JSON_INPUTS = frozenset({"loras", "controls"})
"""Inputs whose text is a JSON value."""

_INPUT_TYPES = {tensor.name: tensor.triton_type for tensor in INPUTS}
_EVENTS: Mapping[str, type[Any]] = {
    "queued": Queued,
    "started": Started,
    "step_done": StepDone,
    "preview": Preview,
    "image_done": ImageDone,
    "finished": Finished,
    "failed": Failed,
    "cancelled": Cancelled,
}
_TYPE_NAMES = {cls: name for name, cls in _EVENTS.items()}


def encode_request(request: GenerationRequest) -> dict[str, NDArray[Any]]:
    """The input arrays of `request`; its id travels as the KServe request id."""
    values = dataclasses.asdict(request)
    maps = [control.pop("image") for control in values["controls"]]
    if maps:
        values[CONTROL_IMAGES] = np.stack(maps)
    for group in GROUPS:
        values |= {f"{group}_{part}": value for part, value in (values.pop(group) or {}).items()}
    arrays = {}
    for tensor in INPUTS:
        value = values.get(tensor.name)
        if value is None:
            continue
        if tensor.triton_type == "TYPE_UINT8":
            arrays[tensor.name] = np.ascontiguousarray(value)
            continue
        if tensor.name in JSON_INPUTS:
            if not value:
                continue
            value = json.dumps(value)
        if tensor.triton_type == "TYPE_STRING":
            value = value.encode()
        arrays[tensor.name] = np.array([value], dtype=NUMPY_TYPES[tensor.triton_type])
    return arrays


def decode_request(arrays: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """The fields that were given, as plain Python values for `diffusion.admission.make_request`.

    Raises:
        InvalidFieldError: an unknown name, an array that is not one element of the right type, or an oversized text.
    """
    fields: dict[str, Any] = {}
    for name, array in arrays.items():
        value = _decode_value(name, array)
        group = next((group for group in GROUPS if name.startswith(f"{group}_")), None)
        if group is None:
            fields[name] = value
        else:
            fields.setdefault(group, {})[name.removeprefix(f"{group}_")] = value
    if CONTROL_IMAGES in fields or "controls" in fields:
        fields["controls"] = _with_maps(fields.get("controls"), fields.pop(CONTROL_IMAGES, None))
    return fields


def _with_maps(controls: Any, maps: Any) -> list[Any]:
    """The controls, each with its map of the stack [controls, height, width, 3]."""
    if not isinstance(controls, list) or not all(isinstance(control, dict) for control in controls):
        raise InvalidFieldError("controls", controls, "a list of objects with model")
    if not isinstance(maps, np.ndarray) or maps.ndim != 4 or len(maps) != len(controls):
        given = "nothing" if maps is None else f"{maps.dtype}{list(maps.shape)}"
        raise InvalidFieldError(
            CONTROL_IMAGES, given, f"a map for each of {len(controls)} controls, uint8 [n, h, w, 3]"
        )
    return [{**control, "image": image} for control, image in zip(controls, maps, strict=True)]


def _decode_value(name: str, array: NDArray[Any]) -> Any:
    triton_type = _INPUT_TYPES.get(name)
    if triton_type is None:
        raise InvalidFieldError(name, "an input", f"one of {', '.join(_INPUT_TYPES)}")
    kind = NUMPY_TYPES[triton_type]
    if triton_type == "TYPE_UINT8":
        return array  # checked where the request is made
    if array.shape != (1,) or array.dtype != kind:
        raise InvalidFieldError(name, f"{array.dtype}{list(array.shape)}", f"one element of {triton_type}")
    value = array[0]
    if triton_type != "TYPE_STRING":
        return value.item()
    text = _decode_text(name, value)
    return _decode_json(name, text) if name in JSON_INPUTS else text


def _decode_json(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidFieldError(name, text, "JSON") from None


def _decode_text(name: str, value: bytes | str) -> str:
    if len(value) > MAX_TEXT_BYTES:
        raise InvalidFieldError(name, f"{len(value)} bytes", f"at most {MAX_TEXT_BYTES} bytes")
    if isinstance(value, str):
        return value
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise InvalidFieldError(name, value, "text in UTF-8") from error


def encode_event(event: Event) -> tuple[str, Pixels | None]:
    """The JSON text of `event` and its picture, if it has one."""
    # not dataclasses.asdict: it would deep-copy the picture
    fields = {field.name: getattr(event, field.name) for field in dataclasses.fields(event)}
    pixels = fields.pop("pixels", None)
    return json.dumps({"type": _TYPE_NAMES[type(event)], **fields}, default=str), pixels


def decode_event(text: str | bytes, pixels: Pixels | None) -> Event:
    """The inverse of `encode_event`. Raises ValueError when `text` is no event of this contract."""
    fields = json.loads(text)
    cls = _EVENTS.get(fields.pop("type", ""))
    if cls is None:
        raise ValueError(f"not an event of this contract: {text[:200]!r}")
    if cls in (Preview, ImageDone):
        fields["pixels"] = pixels
    if cls is Queued:
        fields["warnings"] = tuple(fields["warnings"])
    if cls is Finished:
        fields["phases"] = tuple(PhaseTime(*phase) for phase in fields.get("phases", ()))
    event: Event = cls(**fields)
    return event
