"""What runs a component's graph on CPU, by name.

Spinning is off in ONNX Runtime: on shared cores two spinning threads were slower than one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class UnfitRuntimeError(Exception):
    """The chosen runtime or precision cannot be had here; the message says what can."""


class Session(Protocol):
    """A graph, ready to run."""

    names: set[str]

    def run(self, inputs: Mapping[str, Array]) -> list[Array]:
        """The outputs, in the order that was asked for."""
        ...


def open_session(graph: Path, outputs: list[str], choice: Callable[[str, str], str]) -> Session:
    """Open `graph` as chosen.

    Args:
        choice: the value of a parameter of the configuration, else of an environment variable (set by `avila up`).

    Raises:
        UnfitRuntimeError: an unknown name, or bfloat16 where the runtime or the processor has none.
    """
    threads = int(choice("intra_op_threads", "AVILA_COMPONENT_THREADS") or 0) or len(os.sched_getaffinity(0))
    runtime = choice("runtime", "AVILA_COMPONENT_RUNTIME") or "onnxruntime"
    precision = choice("precision", "AVILA_COMPONENT_PRECISION") or "float32"
    if runtime == "onnxruntime" and precision == "float32":
        is_mapped = choice("weights", "") == "mapped"  # said by the exporter alone, for the largest networks
        return OnnxRuntimeSession(graph, outputs, threads, is_mapped)
    if runtime == "openvino" and precision in OPENVINO_PRECISIONS:
        return OpenVinoSession(graph, outputs, threads, precision)
    raise UnfitRuntimeError(
        f"{runtime} in {precision} is not known; use onnxruntime in float32, or openvino in "
        f"{' or '.join(OPENVINO_PRECISIONS)}"
    )


class OnnxRuntimeSession:
    """ONNX Runtime, float32.

    `is_mapped`: weights stay in their file and are cast layer by layer in each call: a quarter of the memory, about 1.3
    times the time.
    """

    def __init__(self, graph: Path, outputs: list[str], threads: int, is_mapped: bool) -> None:
        import onnxruntime  # not before it is needed: a variant that nobody asks for starts without it

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        if is_mapped:
            options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
            options.execution_order = onnxruntime.ExecutionOrder.PRIORITY_BASED  # the graph's: else it casts all first
            options.enable_cpu_mem_arena = False
        self._session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
        self._outputs = outputs
        self.names = {tensor.name for tensor in (*self._session.get_inputs(), *self._session.get_outputs())}

    def run(self, inputs: Mapping[str, Array]) -> list[Array]:
        """See `Session`."""
        return list(self._session.run(self._outputs, dict(inputs)))


OPENVINO_PRECISIONS = {"float32": "f32", "bfloat16": "bf16"}


class OpenVinoSession:
    """OpenVINO. Inputs and outputs stay float32; in bfloat16 it computes with the processor's own units."""

    def __init__(self, graph: Path, outputs: list[str], threads: int, precision: str) -> None:
        import openvino  # 180 MB of libraries, loaded only where they are chosen

        hint = OPENVINO_PRECISIONS[precision]
        core = openvino.Core()
        if hint == "bf16" and "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
            raise UnfitRuntimeError("this processor does not compute in bfloat16; use float32")
        options = {"INFERENCE_PRECISION_HINT": hint, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": threads}
        compiled = core.compile_model(core.read_model(graph), "CPU", options)
        self._request = compiled.create_infer_request()
        self._outputs = outputs
        self.names = {name for port in (*compiled.inputs, *compiled.outputs) for name in port.names}

    def run(self, inputs: Mapping[str, Array]) -> list[Array]:
        """See `Session`. Copied: the next call writes into the same memory."""
        results = self._request.infer(dict(inputs), share_inputs=True)
        return [np.array(results[name], np.float32) for name in self._outputs]
