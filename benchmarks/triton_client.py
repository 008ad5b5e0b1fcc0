"""One generation over Triton's gRPC stream, with the time of every answer."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import grpc
import numpy as np
import tritonclient.grpc.aio as triton
from numpy.typing import NDArray
from tritonclient.grpc import InferInput

TYPES: Mapping[type, tuple[str, Any]] = {
    str: ("BYTES", np.object_),
    int: ("INT32", np.int32),
    float: ("FP32", np.float32),
    bool: ("BOOL", np.bool_),
}
LARGE_INTEGERS = {"seed"}
PROGRESS = ("step_done", "preview", "image_done", "finished")
TIMEOUT_S = 300.0

Value = str | int | float | bool | NDArray[np.uint8]
Fields = Mapping[str, Value]


class GenerationError(Exception):
    """The server answered with an error, or with no picture, or not at all."""


class EventError(GenerationError):
    """The request ended with a `failed` or `cancelled` event; `code` is its stable code."""

    def __init__(self, event: dict[str, Any]) -> None:
        self.code = str(event.get("code", event["type"]))
        super().__init__(str(event.get("message", self.code)))


@dataclass(slots=True)
class Generation:
    """What one request was answered.

    Attributes:
        sent, first, done: seconds on `time.perf_counter`: when it was sent, when its first step or picture came, when
            its last answer came.
        events: (time, event) of every progress event.
        image: RGB uint8 [height, width, 3].
    """

    sent: float
    first: float = 0.0
    done: float = 0.0
    events: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    image: NDArray[np.uint8] | None = None

    @property
    def seconds(self) -> float:
        """From sending to the last answer."""
        return self.done - self.sent


class GenerationClient:
    """Sends requests on one connection; any number at a time."""

    def __init__(self, url: str) -> None:
        self._client = triton.InferenceServerClient(url)

    async def __aenter__(self) -> GenerationClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connection."""
        await self._client.close()

    async def generate(
        self,
        model: str,
        fields: Fields,
        *,
        is_batched: bool = False,
        on_first: Callable[[], None] = lambda: None,
    ) -> Generation:
        """Run one request to its end.

        Args:
            model: the Triton model.
            fields: its inputs, by name.
            is_batched: whether its inputs carry a batch axis (`max_batch_size` above 0).
            on_first: called at the first event that tells of progress.

        Raises:
            EventError: a `failed` or `cancelled` event.
            GenerationError: an error of the server or the connection, or no picture.
        """
        inputs = [_tensor(name, value, [1, 1] if is_batched else [1]) for name, value in fields.items()]
        generation = Generation(time.perf_counter())
        answers = self._client.stream_infer(_requests(model, inputs), stream_timeout=TIMEOUT_S)
        try:
            async for result, error in answers:
                if error is not None:
                    raise GenerationError(f"{model}: {error}")
                if _record(generation, time.perf_counter(), result):
                    on_first()
        except grpc.RpcError as error:
            raise GenerationError(f"{model}: {error.code()}") from error
        finally:
            answers.cancel()  # does nothing at the end; frees the request's rows when this task is cancelled
        if generation.image is None:
            raise GenerationError(f"{model}: no picture; the last event was {generation.events[-1:]}")
        return generation

    async def measure(self, model: str) -> None:
        """Have our orchestrator `model` measure its networks, so that it will not do so later, beside somebody's turn.

        Raises:
            GenerationError: an error of the server or the connection.
        """
        inputs = [_tensor(name, value, [1]) for name, value in (("prompt", ""), ("measure", True))]
        answers = self._client.stream_infer(_requests(model, inputs), stream_timeout=TIMEOUT_S)
        try:
            async for _, error in answers:
                if error is not None:
                    raise GenerationError(f"{model}: {error}")
                return
        except grpc.RpcError as error:
            raise GenerationError(f"{model}: {error.code()}") from error
        finally:
            answers.cancel()


def _record(generation: Generation, now: float, result: Any) -> bool:
    """Note one answer; True when it is the first that tells of progress."""
    image = result.as_numpy("image")
    text = result.as_numpy("event")
    event = json.loads(text.reshape(-1)[0]) if text is not None else {"type": "finished"}
    generation.events.append((now, event))
    if event["type"] in ("failed", "cancelled"):
        raise EventError(event)
    is_first = generation.first == 0.0 and event["type"] in PROGRESS
    if is_first:
        generation.first = now
    if image is not None and event["type"] != "preview":
        generation.image = image
    generation.done = now
    return is_first


async def _requests(model: str, inputs: list[InferInput]) -> AsyncIterator[dict[str, Any]]:
    yield {"model_name": model, "inputs": inputs}


def _tensor(name: str, value: Value, shape: list[int]) -> InferInput:
    if isinstance(value, np.ndarray):  # a picture
        return InferInput(name, list(value.shape), "UINT8").set_data_from_numpy(value)
    kind, dtype = ("INT64", np.int64) if name in LARGE_INTEGERS else TYPES[type(value)]
    array = np.array([value.encode() if isinstance(value, str) else value], dtype=dtype).reshape(shape)
    tensor = InferInput(name, shape, kind)
    tensor.set_data_from_numpy(array)
    return tensor
