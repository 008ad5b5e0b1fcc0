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
from diffusion.events import Cancelled, Event, Failed, Finished, ImageDone, Pixels, Preview, Queued, Started, StepDone
from diffusion.request import GenerationRequest

MAX_TEXT_BYTES = 64 * 1024


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
    WireTensor("probe", "TYPE_BOOL"),
)
OUTPUTS = (WireTensor("event", "TYPE_STRING"), WireTensor("image", "TYPE_UINT8", dims=(-1, -1, 3)))

NUMPY_TYPES: Mapping[str, Any] = {
    "TYPE_STRING": np.object_,
    "TYPE_INT32": np.int32,
    "TYPE_INT64": np.int64,
    "TYPE_FP32": np.float32,
    "TYPE_BOOL": np.bool_,
}
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
    arrays = {}
    for tensor in INPUTS:
        value = values.get(tensor.name)
        if value is None:
            continue
        if tensor.triton_type == "TYPE_STRING":
            value = value.encode()
        arrays[tensor.name] = np.array([value], dtype=NUMPY_TYPES[tensor.triton_type])
    return arrays


def decode_request(arrays: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """The fields that were given, as plain Python values for `diffusion.admission.make_request`.

    Raises:
        InvalidFieldError: an unknown name, an array that is not one element of the right type, or an oversized text.
    """
    return {name: _decode_value(name, array) for name, array in arrays.items()}


def _decode_value(name: str, array: NDArray[Any]) -> Any:
    triton_type = _INPUT_TYPES.get(name)
    if triton_type is None:
        raise InvalidFieldError(name, "an input", f"one of {', '.join(_INPUT_TYPES)}")
    kind = NUMPY_TYPES[triton_type]
    if array.shape != (1,) or array.dtype != kind:
        raise InvalidFieldError(name, f"{array.dtype}{list(array.shape)}", f"one element of {triton_type}")
    value = array[0]
    return _decode_text(name, value) if triton_type == "TYPE_STRING" else value.item()


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
    event: Event = cls(**fields)
    return event
