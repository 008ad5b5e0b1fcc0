"""Runs a component's graphs with OpenVINO, in float32 or bfloat16."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import openvino

from diffusion.components import ComponentSpec, Tensor
from diffusion.parts import open_network, undivided
from diffusion.rows import Graph, is_small

from .openvino_sizes import Sizes
from .sessions import UnfitRuntimeError


class OpenVinoSession:
    """Inputs and outputs stay float32. `precision` is OpenVINO's: `f32`, or `bf16` with the processor's own units."""

    def __init__(self, path: Path, spec: ComponentSpec, threads: int, precision: str) -> None:
        core = openvino.Core()
        _meet_numpy()
        if precision == "bf16" and "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
            raise UnfitRuntimeError("this processor does not compute in bfloat16; use float32")
        has_places = is_small(path) and not spec.shared_inputs  # what rows share changes its size with them

        def open_graph(path: Path) -> Graph:
            sizes = Sizes(core, path, threads, precision, has_places=has_places)
            return Graph(sizes.inputs, sizes.outputs, sizes.run)

        # one call for each row and part: of a small network their number costs more than the parts save
        self._graph = open_graph(undivided(path)) if has_places else open_network(path, open_graph)
        self._outputs = [output.name for output in spec.outputs]
        self.names = {*self._graph.inputs, *self._graph.outputs}

    def run(self, inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
        """See `Session`."""
        return self._graph.run(inputs, self._outputs)


def _meet_numpy() -> None:
    """Let the bindings look up NumPy now, while there is one thread.

    They do so at their first tensor, under a lock of C++ that is taken with Python's held: two threads whose first
    tensors come at once, as two halves of a call are, wait for each other for ever.
    """
    _ = openvino.Tensor(np.zeros(1, np.float32)).data
