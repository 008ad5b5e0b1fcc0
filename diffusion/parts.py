"""The graphs that a CPU runs, so that nothing is computed twice (docs/adr/0113-a-unet-in-parts.md).

A UNet has three parts. What depends on the prompt alone, the keys and values of cross-attention, is the same at each
step: it is computed where a prompt's row joins. What depends on the latents and the moment alone, up to the first look
at the prompt, is the same for both rows of guidance: it is computed once for each image. The exporter puts the parts
beside the whole graph, as it does with one whose upsampling is folded into what follows (`export.cpu_graphs`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from diffusion.components import Tensor
from diffusion.rows import Graph

FOLDED = "folded.onnx"
PROMPT, LATENTS, REST = "prompt.onnx", "latents.onnx", "rest.onnx"
MOVING = frozenset({"sample", "timestep"})
"""Inputs that change from step to step, and are the same for both rows of guidance."""

Row = bytes


def undivided(path: Path) -> Path:
    """The graph that computes all of the network of the graph `path`."""
    folded = path.with_name(FOLDED)
    return folded if folded.is_file() else path


def open_network(path: Path, open_graph: Callable[[Path], Graph]) -> Graph:
    """The network of the graph `path`, in parts where they lie beside it, the part that takes what they give last."""
    if not path.with_name(REST).is_file():
        return open_graph(undivided(path))
    prompt, latents, rest = (open_graph(path.with_name(name)) for name in (PROMPT, LATENTS, REST))
    return Graph((*prompt.inputs, *latents.inputs), rest.outputs, InParts(prompt, latents, rest))


class InParts:
    """A network's call, by its parts: `rest` takes what the others give.

    May be called from several threads. What was computed of a prompt is kept as long as its row is in each next call.
    """

    def __init__(self, prompt: Graph, latents: Graph, rest: Graph) -> None:
        self._prompt, self._latents, self._rest = prompt, latents, rest
        self._kept: tuple[Sequence[Row], Mapping[str, Tensor]] = ((), {})

    def __call__(self, inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
        """Outputs of all rows [rows, …], in order."""
        values = {**inputs, **self._of_prompts(inputs), **self._of_latents(inputs)}
        return self._rest.call({name: values[name] for name in self._rest.inputs})

    def _of_prompts(self, inputs: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        rows = _rows(inputs, self._prompt.inputs)
        before, given = self._kept
        if rows != before:
            known = {row: (given, number) for number, row in enumerate(before)}
            fresh = {row: number for number, row in enumerate(rows) if row not in known}
            if fresh:
                computed = _given(self._prompt, inputs, list(fresh.values()))
                known |= {row: (computed, number) for number, row in enumerate(fresh)}
            given = {
                name: np.stack([values[name][number] for values, number in map(known.__getitem__, rows)])
                for name in self._prompt.outputs
            }
            self._kept = (rows, given)
        return given

    def _of_latents(self, inputs: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        numbers: dict[Row, int] = {}
        image_of = [numbers.setdefault(row, len(numbers)) for row in _rows(inputs, self._latents.inputs)]
        given = _given(self._latents, inputs, [image_of.index(number) for number in numbers.values()])
        if len(numbers) == len(image_of):
            return given
        return {name: tensor[image_of] for name, tensor in given.items()}


def _rows(inputs: Mapping[str, Tensor], names: Sequence[str]) -> list[Row]:
    """What each row has in these inputs."""
    return [b"".join(row.tobytes() for row in values) for values in zip(*(inputs[name] for name in names), strict=True)]


def _given(graph: Graph, inputs: Mapping[str, Tensor], rows: list[int]) -> dict[str, Tensor]:
    """What `graph` gives for some of the rows."""
    outputs = graph.call({name: inputs[name][rows] for name in graph.inputs})
    return dict(zip(graph.outputs, outputs, strict=True))
