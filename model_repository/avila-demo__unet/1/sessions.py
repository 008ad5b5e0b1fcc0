"""What runs a component's graph on CPU, by name.

Spinning is off in ONNX Runtime: on shared cores two spinning threads were slower than one. A small network computes the
rows of a call side by side (`diffusion.rows`), and a UNet has parts (`diffusion.parts`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from diffusion.components import ComponentSpec, Tensor
from diffusion.parts import open_network
from diffusion.rows import Graph, opened

OPENVINO_PRECISIONS = {"float32": "f32", "bfloat16": "bf16"}


class UnfitRuntimeError(Exception):
    """The chosen runtime or precision cannot be had here; the message says what can."""


class Session(Protocol):
    """A graph, ready to run."""

    names: set[str]

    def run(self, inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
        """The outputs, in the order that the component declares."""
        ...


def open_session(graph: Path, spec: ComponentSpec, choice: Callable[[str, str], str]) -> Session:
    """Open `graph`, the network that `spec` declares, as chosen.

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
        return OnnxRuntimeSession(graph, spec, threads, is_mapped)
    if runtime == "openvino" and precision in OPENVINO_PRECISIONS:
        from .openvino_session import OpenVinoSession  # 180 MB of libraries, loaded only where they are chosen

        return OpenVinoSession(graph, spec, threads, OPENVINO_PRECISIONS[precision])
    raise UnfitRuntimeError(
        f"{runtime} in {precision} is not known; use onnxruntime in float32, or openvino in "
        f"{' or '.join(OPENVINO_PRECISIONS)}"
    )


class OnnxRuntimeSession:
    """ONNX Runtime, float32.

    `is_mapped`: weights stay in their file and are cast layer by layer in each call: a quarter of the memory, about 1.3
    times the time.
    """

    def __init__(self, path: Path, spec: ComponentSpec, threads: int, is_mapped: bool) -> None:
        def open_graph(path: Path, threads: int) -> Graph:
            return Graph.of_session(_session(path, threads, is_mapped))

        self._graph = open_network(path, lambda path: opened(path, threads, open_graph, spec.shared_inputs))
        self._outputs = [output.name for output in spec.outputs]
        self.names = {*self._graph.inputs, *self._graph.outputs}

    def run(self, inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
        """See `Session`."""
        return self._graph.run(inputs, self._outputs)


def _session(graph: Path, threads: int, is_mapped: bool) -> Any:
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
    return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
