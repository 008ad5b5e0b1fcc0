"""A stand-in for the module of that name inside Triton: enough to load the models and look at their answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

TRITONSERVER_RESPONSE_COMPLETE_FINAL = 1
TRITONSERVER_MEMORY_CPU = 0


class TritonModelException(Exception):  # noqa: N818 Triton's name
    """What a model raises."""


class TritonError:
    """An error of a response."""

    INTERNAL = "INTERNAL"
    INVALID_ARG = "INVALID_ARG"

    def __init__(self, message: str, code: str = INTERNAL) -> None:
        self._message, self._code = message, code

    def message(self) -> str:
        return self._message

    def code(self) -> str:
        return self._code


class Tensor:
    """A named array."""

    def __init__(self, name: str, array: np.ndarray) -> None:
        self._name, self._array = name, array

    def name(self) -> str:
        return self._name

    def as_numpy(self) -> np.ndarray:
        return self._array


class InferenceResponse:
    """Outputs or an error."""

    def __init__(self, output_tensors: Sequence[Tensor] = (), error: TritonError | None = None) -> None:
        self.outputs = {tensor.name(): tensor.as_numpy() for tensor in output_tensors}
        self._error = error

    def has_error(self) -> bool:
        return self._error is not None

    def error(self) -> TritonError | None:
        return self._error


@dataclass
class Sent:
    """One response and its flags."""

    response: InferenceResponse
    flags: int


@dataclass
class ResponseSender:
    """Keeps what was sent."""

    sent: list[Sent] = field(default_factory=list)

    def __hash__(self) -> int:
        return id(self)

    def send(self, response: InferenceResponse, flags: int = 0) -> None:
        self.sent.append(Sent(response, flags))

    def is_cancelled(self) -> bool:
        return False


class InferenceRequest:
    """A request to a model."""

    def __init__(self, model_name: str, inputs: Mapping[str, np.ndarray]) -> None:
        self._inputs = [Tensor(name, array) for name, array in inputs.items()]
        self.sender = ResponseSender()

    def inputs(self) -> list[Tensor]:
        return self._inputs

    def request_id(self) -> str:
        return ""

    def parameters(self) -> str:
        return ""

    def get_response_sender(self) -> ResponseSender:
        return self.sender


class _Metric:
    def increment(self, value: float) -> None:
        """Count."""

    set = observe = increment


class MetricFamily:
    """A family of metrics that go nowhere."""

    COUNTER, GAUGE, HISTOGRAM = "counter", "gauge", "histogram"

    def __init__(self, **_: Any) -> None:
        pass

    def Metric(self, **_: Any) -> _Metric:  # noqa: N802 Triton's name
        return _Metric()


class Logger:
    """Swallows."""

    @staticmethod
    def log_warn(text: str) -> None:
        """A line of the log."""
