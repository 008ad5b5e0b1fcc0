"""What the service asks of Triton. The only module that knows Triton's client library and gRPC."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import grpc
import numpy as np
from numpy.typing import NDArray
from tritonclient.grpc import InferInput
from tritonclient.grpc.aio import InferenceServerClient
from tritonclient.utils import InferenceServerException

from diffusion.events import Pixels
from diffusion.probe import ProbeReport
from diffusion.scheduling.profile import Profile
from diffusion.wire import INPUTS
from gateway.backend.triton import CONTROL_KEY

P = ParamSpec("P")
T = TypeVar("T")

TRACEPARENT = "traceparent"
UNLOADED = "unloaded"
"""Triton's reason for a model that it was told to unload; one that could not be loaded says why, a new one nothing."""

CALL_TIMEOUT_S = 5.0
LOAD_TIMEOUT_S = 300.0
# Triton is restarted in seconds; gRPC's own back-off would wait up to two minutes before it looks again.
CHANNEL_OPTIONS = [
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1000),
    ("grpc.max_send_message_length", 128 * 1024 * 1024),
    ("grpc.max_receive_message_length", 256 * 1024 * 1024),
]
_KSERVE_TYPES = {tensor.name: tensor.triton_type.removeprefix("TYPE_").replace("STRING", "BYTES") for tensor in INPUTS}
_UNREACHABLE = (str(grpc.StatusCode.UNAVAILABLE), str(grpc.StatusCode.CANCELLED))
_REFUSED = str(grpc.StatusCode.INVALID_ARGUMENT)
_TIMED_OUT = str(grpc.StatusCode.DEADLINE_EXCEEDED)


class TritonError(Exception):
    """Triton answered with an error; the message is Triton's."""


class ModelAwayError(TritonError):
    """The model cannot be reached: its process is dead, or it is not loaded."""


class TritonUnreachableError(TritonError):
    """There is no connection to the server."""


class ControlRefusedError(TritonError):
    """The server keeps its model control for who has the secret."""


class TritonTimeoutError(TritonError):
    """The server is connected but did not answer in time."""


@dataclass(frozen=True, slots=True)
class ModelState:
    """One line of the repository's index. `reason` says why a model that was to be loaded is not, or UNLOADED."""

    name: str
    is_loaded: bool
    reason: str
    is_changing: bool = False


def _translated(method: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    @functools.wraps(method)
    async def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await method(*args, **kwargs)
        except (grpc.RpcError, InferenceServerException) as error:
            raise _as_triton_error(error) from error

    return call


class TritonClient:
    """One connection, used by one event loop.

    Args:
        url: `host:port` of Triton's gRPC port.
        control_token: gives the secret of a server started with
            `--grpc-restricted-protocol=model-repository:avila-control=…`, or ""; asked before every call, since a
            server that is started again has another.
    """

    def __init__(self, url: str, control_token: Callable[[], str] = str) -> None:
        self.url = url
        self._control_token = control_token
        self._connection: InferenceServerClient | None = None

    async def aclose(self) -> None:
        """Close the connection; streams that are open end with an error."""
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    @property
    def _control(self) -> dict[str, str] | None:
        token = self._control_token()
        return {f"triton-grpc-protocol-{CONTROL_KEY}": token} if token else None

    @property
    def _client(self) -> InferenceServerClient:
        # Made at the first call, since a gRPC channel belongs to the event loop that is running then.
        if self._connection is None:
            self._connection = InferenceServerClient(self.url, channel_args=CHANNEL_OPTIONS)
        return self._connection

    async def stream(
        self, model: str, arrays: Mapping[str, NDArray[Any]], request_id: str, traceparent: str | None = None
    ) -> AsyncGenerator[tuple[bytes, Pixels | None], None]:
        """Run a decoupled model; yields the `event` and `image` of each response.

        Closing the generator cancels the request on the server. It ends when the server has sent the last response.

        Raises:
            TritonError: and its subclasses; the stream is over.
        """
        inputs = [_infer_input(name, array) for name, array in arrays.items()]

        context = {TRACEPARENT: traceparent} if traceparent else None

        async def request() -> AsyncGenerator[dict[str, Any], None]:
            # Triton reads the metadata for its own spans; the orchestrator sees parameters only
            yield {"model_name": model, "inputs": inputs, "request_id": request_id, "parameters": context}

        responses = self._client.stream_infer(request(), headers=context)
        try:
            async for result, error in responses:
                if error is not None:
                    raise _as_triton_error(error)
                event = result.as_numpy("event")
                if event is not None:
                    yield event[0], result.as_numpy("image")
        except grpc.RpcError as error:
            raise _as_triton_error(error) from error
        finally:
            responses.cancel()

    @_translated
    async def infer(
        self, model: str, arrays: Mapping[str, NDArray[Any]], outputs: Sequence[str], timeout_s: float
    ) -> list[NDArray[Any]]:
        """One call of a model that answers once; float32 in, the named outputs back.

        Raises:
            TritonError: and its subclasses.
        """
        inputs = []
        for name, array in arrays.items():
            tensor = InferInput(name, list(array.shape), "FP32")
            inputs.append(tensor.set_data_from_numpy(np.ascontiguousarray(array, np.float32)))
        result = await self._client.infer(model, inputs, client_timeout=timeout_s)
        return [np.asarray(result.as_numpy(name)) for name in outputs]

    async def probe(self, pipeline: str, timeout_s: float) -> ProbeReport:
        """Ask a pipeline's orchestrator to prove that it works.

        Raises:
            ModelAwayError: the orchestrator itself cannot be reached.
            TritonTimeoutError: no answer within `timeout_s`.
        """
        arrays = {"prompt": np.array([b""], np.object_), "probe": np.array([True])}
        try:
            async with asyncio.timeout(timeout_s), aclosing(self.stream(pipeline, arrays, "")) as answers:
                # to the end: Triton never lets go of a model whose stream was cancelled after its last response
                found = [ProbeReport.from_json(text) async for text, _ in answers]
        except TimeoutError as error:
            raise TritonTimeoutError(f"{pipeline} gave no answer within {timeout_s:g} s") from error
        if not found:
            raise TritonError(f"{pipeline} gave no answer")
        return found[0]

    @_translated
    async def knock(self, model: str, timeout_s: float) -> None:
        """Find out whether a network's process lives, without making it work: a batch of no rows, which it refuses.

        Raises:
            ModelAwayError: it is dead, or the model is not loaded.
            TritonTimeoutError: no answer within `timeout_s`.
        """
        described = await self._client.get_model_metadata(model, client_timeout=CALL_TIMEOUT_S)
        inputs = []
        for tensor in described.inputs:
            shape = [0, *(max(1, size) for size in tensor.shape[1:])]
            inputs.append(InferInput(tensor.name, shape, "FP32").set_data_from_numpy(np.zeros(shape, np.float32)))
        try:
            await self._client.infer(model, inputs, client_timeout=timeout_s)
        except InferenceServerException as error:
            if error.status() != _REFUSED:
                raise

    async def measure(self, pipeline: str, timeout_s: float) -> Profile:
        """Have a pipeline's orchestrator measure what its networks' calls cost; requests go on meanwhile.

        Raises:
            TritonTimeoutError: no answer within `timeout_s`.
            TritonError: it cannot be reached, or the measurement came to nothing.
        """
        arrays = {"prompt": np.array([b""], np.object_), "measure": np.array([True])}
        try:
            async with asyncio.timeout(timeout_s), aclosing(self.stream(pipeline, arrays, "")) as answers:
                found = [Profile.from_json(text.decode()) async for text, _ in answers]
        except TimeoutError as error:
            raise TritonTimeoutError(f"{pipeline} was not measured within {timeout_s:g} s") from error
        except ValueError as error:
            raise TritonError(f"{pipeline} could not be measured; its log says why") from error
        if not found:
            raise TritonError(f"{pipeline} gave no answer")
        return found[0]

    @_translated
    async def index(self) -> list[ModelState]:
        """Every model of the repository, loaded or not."""
        answer = await self._client.get_model_repository_index(self._control, client_timeout=CALL_TIMEOUT_S)
        return [
            ModelState(model.name, model.state == "READY", model.reason, model.state in ("LOADING", "UNLOADING"))
            for model in answer.models
        ]

    @_translated
    async def is_ready(self, model: str) -> bool:
        """Whether a model is loaded; needs no secret."""
        return bool(await self._client.is_model_ready(model, client_timeout=CALL_TIMEOUT_S))

    @_translated
    async def load(self, model: str) -> None:
        """Load a model that is not loaded; nothing happens to a loaded one, dead or alive."""
        await self._client.load_model(model, self._control, client_timeout=LOAD_TIMEOUT_S)

    @_translated
    async def unload(self, model: str) -> None:
        """Unload a model."""
        await self._client.unload_model(model, self._control, client_timeout=CALL_TIMEOUT_S)

    async def is_live(self, timeout_s: float = CALL_TIMEOUT_S) -> bool:
        """Whether the server's process answers; says nothing about its models."""
        try:
            return bool(await self._client.is_server_live(client_timeout=timeout_s))
        except (grpc.RpcError, InferenceServerException):
            return False


def token_in(path: Path | None) -> Callable[[], str]:
    """What reads the secret of model control, again whenever the file has changed; "" where there is none."""
    known: tuple[int, str] = (0, "")

    def read() -> str:
        nonlocal known
        if path is None:
            return ""
        try:
            changed_at = path.stat().st_mtime_ns
            if changed_at != known[0]:
                known = changed_at, path.read_text(encoding="ascii").strip()
        except OSError:
            return ""  # not written yet: the server is about to start
        return known[1]

    return read


def _infer_input(name: str, array: NDArray[Any]) -> InferInput:
    tensor = InferInput(name, list(array.shape), _KSERVE_TYPES[name])
    return tensor.set_data_from_numpy(array)


def _as_triton_error(error: Exception) -> TritonError:
    """Triton's words decide: a dead process is INTERNAL, like any other failure inside a model."""
    if isinstance(error, InferenceServerException):
        message, status = error.message() or str(error), error.status() or ""
    else:
        message, status = _details(error), str(getattr(error, "code", lambda: "")())
    if "protocol is restricted" in message:
        return ControlRefusedError(message)
    if "is not healthy" in message or "is not ready" in message or "is not found" in message:
        return ModelAwayError(message)
    if status == _TIMED_OUT:
        return TritonTimeoutError(message)
    if status in _UNREACHABLE:
        return TritonUnreachableError(message)
    return TritonError(message)


def _details(error: Exception) -> str:
    details: Callable[[], str] | None = getattr(error, "details", None)
    return (details() if details else "") or str(error)
