"""A graph that OpenVINO runs at the sizes it is asked for.

OpenVINO computes a network whose sizes are fixed sooner than one whose sizes are open
(docs/adr/0112-rows-side-by-side.md). So a small network is compiled again for each of the first sizes of picture that
it is asked for, one row at a time: whatever else is in a call, a row is computed by the same kernels, which in bfloat16
decides its last bits.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np

from diffusion.components import Tensor
from diffusion.rows import UNDIVIDED, SideBySide

PLACES = 4
"""Sizes that a network is compiled for at once; the shipped model's UNet takes some 150 MB and a second for each."""
IDLE_S = 60.0
"""A size that was not asked for in so long gives its place up. Until then further sizes use the open network."""

Shapes = dict[str, tuple[int, ...]]


class Sizes:
    """A graph, compiled for each size that it is asked for, or for all.

    Args:
        has_places: whether it is compiled for single sizes.
    """

    def __init__(self, core: Any, path: Path, threads: int, precision: str, *, has_places: bool) -> None:
        self._core, self._path, self._has_places = core, path, has_places
        self._threads, self._precision = threads, precision
        self._fixed: OrderedDict[tuple[Any, ...], Fixed] = OrderedDict()
        model = core.read_model(path)
        self.inputs = tuple(port.any_name for port in model.inputs)
        self.outputs = tuple(port.any_name for port in model.outputs)
        if not has_places:
            _ = self._any_size  # now: a network that is loaded is ready

    @cached_property
    def _any_size(self) -> Network:
        return self.compiled(None, 1)

    def run(self, inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
        """One call: outputs in order."""
        fixed = self._place(inputs) if self._has_places else None
        return (fixed or self._any_size).run(inputs)

    def compiled(self, shapes: Shapes | None, streams: int) -> Network:
        """The network for these shapes, or for all; `streams` calls share the threads."""
        model = self._core.read_model(self._path)
        if shapes is not None:
            model.reshape({name: list(shape) for name, shape in shapes.items()})
        options = {"INFERENCE_PRECISION_HINT": self._precision, "INFERENCE_NUM_THREADS": self._threads}
        if streams == 1:
            options["PERFORMANCE_HINT"] = "LATENCY"
        else:
            options["NUM_STREAMS"] = streams
        return Network(self._core.compile_model(model, "CPU", options), self.outputs, streams)

    def _place(self, inputs: Mapping[str, Tensor]) -> Fixed | None:
        shapes: Shapes = {name: (1, *tensor.shape[1:]) for name, tensor in inputs.items()}
        key, now = tuple(sorted(shapes.items())), time.monotonic()
        if key not in self._fixed:
            if len(self._fixed) == PLACES:
                eldest = next(iter(self._fixed))
                if now - self._fixed[eldest].used_at < IDLE_S:
                    return None
                del self._fixed[eldest]
            self._fixed[key] = Fixed(self, shapes, self._threads)
        self._fixed.move_to_end(key)
        self._fixed[key].used_at = now
        return self._fixed[key]


class Fixed:
    """A network for one row of one size, compiled when it is first needed: for an undivided call with all
    threads, else with half of them each."""

    def __init__(self, sizes: Sizes, shapes: Shapes, threads: int) -> None:
        self._sizes, self._shapes, self._threads = sizes, shapes, threads
        self.used_at = 0.0

    @cached_property
    def _alone(self) -> Network:
        return self._sizes.compiled(self._shapes, 1)

    @cached_property
    def _beside(self) -> SideBySide:
        return SideBySide(self._sizes.compiled(self._shapes, 2).run_rows, self._undivided)

    def run(self, inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
        """See `Session`."""
        if self._threads == 1 or len(next(iter(inputs.values()))) in UNDIVIDED:
            return self._undivided(inputs)
        return self._beside(inputs)

    def _undivided(self, inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
        return self._alone.run_rows(inputs)


class Network:
    """A compiled network; as many calls at once as it has streams."""

    def __init__(self, compiled: Any, outputs: Sequence[str], streams: int) -> None:
        self._outputs = outputs
        self._idle: SimpleQueue[Any] = SimpleQueue()
        for _ in range(streams):
            self._idle.put(compiled.create_infer_request())

    def run(self, inputs: Mapping[str, Tensor]) -> list[Tensor]:
        """One call. Copied: the next call writes into the same memory."""
        request = self._idle.get()
        try:
            results = request.infer(dict(inputs), share_inputs=True)
            return [np.array(results[name], np.float32) for name in self._outputs]
        finally:
            self._idle.put(request)

    def run_rows(self, inputs: Mapping[str, Tensor]) -> list[Tensor]:
        """One call for each row, outputs joined."""
        rows = len(next(iter(inputs.values())))
        calls = [self.run({name: tensor[row : row + 1] for name, tensor in inputs.items()}) for row in range(rows)]
        return [np.concatenate(outputs) for outputs in zip(*calls, strict=True)]
