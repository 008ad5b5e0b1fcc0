"""The rows of a packed call, computed side by side on a CPU.

Rows do not depend on one another. The layers of a small network are too short to be worth sharing among threads: half
of the rows on half of the threads each comes sooner (docs/adr/0112-rows-side-by-side.md).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from diffusion.components import Tensor

Call = Callable[[Mapping[str, Tensor]], Sequence[Tensor]]
"""One call of a network: inputs by name to outputs in order."""


@dataclass(frozen=True, slots=True)
class Graph:
    """A graph that was opened: what it takes and gives, by name, and how it is called."""

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    call: Call

    @classmethod
    def of_session(cls, session: Any) -> Graph:
        """The graph of a session of ONNX Runtime."""
        inputs, outputs = ([tensor.name for tensor in some] for some in (session.get_inputs(), session.get_outputs()))
        return cls(tuple(inputs), tuple(outputs), lambda given: list(session.run(outputs, dict(given))))

    def run(self, inputs: Mapping[str, Tensor], outputs: Sequence[str]) -> list[Tensor]:
        """One call, with its outputs in the order of these names."""
        given = dict(zip(self.outputs, self.call(inputs), strict=True))
        return [given[name] for name in outputs]


UNDIVIDED = frozenset({1, 3})
"""Rows of a call that all threads share. Of three, one half would have two and the other wait for it, which costs more
than sharing does; of five and more it no longer does (benchmarks/results/rows.md)."""

SMALL_BYTES = 200_000_000
"""Stored weights of a network that is opened twice. A larger one has layers that all threads share well, and its second
copy would take gigabytes."""


def is_small(graph: Path) -> bool:
    """Whether the network of this graph, with the weights beside it, is small."""
    weights = graph.with_name("weights.safetensors")
    files = (graph, weights) if weights.is_file() else (graph,)
    return sum(file.stat().st_size for file in files) <= SMALL_BYTES


def opened(path: Path, threads: int, open_graph: Callable[[Path, int], Graph], shared: Collection[str]) -> Graph:
    """The network of the graph `path`; where that is worth it, opened a second time for its rows side by side.

    Args:
        threads: that a call has.
        open_graph: opens a graph for calls of so many threads.
        shared: inputs that belong to no row.
    """
    whole = open_graph(path, threads)
    if threads == 1 or not is_small(path):
        return whole
    part = open_graph(path, (threads + 1) // 2)
    return replace(whole, call=SideBySide(part.call, whole.call, shared))


class SideBySide:
    """A network, called with its rows in two parts at once where a call has more than one, but for three.

    Args:
        part: runs some of the rows with half of the threads; called from two threads at once.
        whole: runs the rows of an undivided call with all of them.
        shared: inputs that belong to no row (their first axis is `sets`): both parts get them whole.
    """

    def __init__(self, part: Call, whole: Call, shared: Collection[str] = ()) -> None:
        self._part, self._whole, self._shared = part, whole, frozenset(shared)
        self._other = ThreadPoolExecutor(1, thread_name_prefix="rows")

    def __call__(self, inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
        """Outputs of all rows [rows, …], in order."""
        rows = next(len(tensor) for name, tensor in inputs.items() if name not in self._shared)
        if rows in UNDIVIDED:
            return self._whole(inputs)
        half = rows // 2
        other = self._other.submit(self._part, self._cut(inputs, slice(half, None)))
        try:
            first = self._part(self._cut(inputs, slice(half)))
        finally:
            second = other.result()  # also when the first failed: nothing of this call runs on behind its caller's back
        return [np.concatenate(pair) for pair in zip(first, second, strict=True)]

    def _cut(self, inputs: Mapping[str, Tensor], rows: slice) -> dict[str, Tensor]:
        return {name: tensor if name in self._shared else tensor[rows] for name, tensor in inputs.items()}
