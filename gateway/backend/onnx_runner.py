"""The networks of an installed pipeline, run by ONNX Runtime in this process."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

import onnxruntime  # type: ignore[import-untyped]

from diffusion.components import ComponentSpec, Network, Tensor
from diffusion.errors import ComponentFailedError
from diffusion.parts import open_network
from diffusion.rows import Call, Graph, opened


class OnnxRunner:
    """A `diffusion.runner.Runner` over the networks' sessions, which may be called from several threads.

    What most requests do without (variants, ControlNets) is opened by its first call.
    """

    def __init__(self, specs: Mapping[Network, ComponentSpec]) -> None:
        self._specs = specs
        self._calls: dict[Network, Call] = {}
        self._open: Callable[[Network], Call] = lambda network: self._calls[network]
        self._opening = threading.Lock()

    def load(self, repository: Path, pipeline: str, threads: int) -> None:
        """Open `<repository>/<pipeline>__<component>/1/model.onnx` of every component; seconds of work.

        Raises:
            ComponentFailedError: a file is missing, or its graph has other tensors than the component declares.
        """
        threads = threads or len(os.sched_getaffinity(0))

        def open_network(network: Network) -> Call:
            path = repository / f"{pipeline}__{network}" / "1" / "model.onnx"
            if not path.is_file():
                raise ComponentFailedError(network, f"{path} is missing; install the pipeline again")
            return _open(path, self._specs[network], threads)

        self._open = open_network
        self._calls = {
            network: open_network(network) for network, spec in self._specs.items() if not spec.is_seldom_used
        }

    def run(self, component: Network, inputs: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """One packed call; see `diffusion.runner.Runner`."""
        spec = self._specs[component]
        spec.check_inputs(inputs)
        names = [tensor.name for tensor in spec.outputs]
        try:
            outputs = self._call(component)(inputs)
        except ComponentFailedError:
            raise
        except Exception as error:  # ONNX Runtime's errors have no base class of their own
            raise ComponentFailedError(component, str(error)) from error
        return dict(zip(names, outputs, strict=True))

    def _call(self, network: Network) -> Call:
        call = self._calls.get(network)
        if call is None:
            with self._opening:
                if network not in self._calls:
                    self._calls[network] = self._open(network)
                call = self._calls[network]
        return call


def _open(path: Path, spec: ComponentSpec, threads: int) -> Call:
    graph = open_network(path, lambda path: opened(path, threads, _open_graph, spec.shared_inputs))
    given = {*graph.inputs, *graph.outputs}
    declared = {tensor.name for tensor in (*spec.inputs, *spec.outputs)}
    if given != declared:
        raise ComponentFailedError(
            spec.component, f"model.onnx has the tensors {sorted(given)}, not {sorted(declared)}; install it again"
        )
    names = [tensor.name for tensor in spec.outputs]
    return lambda inputs: graph.run(inputs, names)


def _open_graph(path: Path, threads: int) -> Graph:
    session = onnxruntime.InferenceSession(str(path), _options(threads), providers=["CPUExecutionProvider"])
    return Graph.of_session(session)


def _options(threads: int) -> onnxruntime.SessionOptions:
    """Spinning is off: on cores that others use too, two spinning threads were slower than one."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return options
