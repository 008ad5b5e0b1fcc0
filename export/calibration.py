"""Calibrates a UNet for quantisation: real prompts through our own engine, with every layer's range looked at.

The range of a layer is the largest absolute value of its input over all calls: both halves of guidance, all steps,
several solvers' worth of noise. Nothing is cut off, so a rare large value costs resolution and never correctness.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from diffusion.admission import make_request
from diffusion.assembly import Files, make_loop
from diffusion.components import Component, Network, Tensor
from diffusion.errors import ComponentFailedError
from diffusion.events import Event, Failed, is_terminal
from diffusion.pipeline import PipelineSpec
from export.graph_file import GraphFile
from export.quantised_graph import Range, observe
from export.sessions import open_session
from export.verify_pipeline import LARGE_BYTES, SessionRunner, pictures_for

PROMPTS = (
    "a red apple on a wooden table",
    "a smiling woman with green eyes, portrait",
    "a small house by a lake, mountains behind it",
    "a blue sports car in a city at night",
    "a cat asleep on a sofa",
    "a tree in autumn, oil painting",
    "a bowl of ramen, photograph from above",
    "a lighthouse in a storm",
    "a robot reading a newspaper",
    "a yellow flower, macro photograph",
    "a castle, watercolour",
    "a penguin on the ice",
    "a star",
    "an old man playing chess in a park, black and white",
    "a snowman on a hill",
    "",
)
LARGE_PROMPTS, LARGE_STEPS = 2, 4
RECORDED_CALLS, RECORDED_ROWS = 12, 4  # for a calibrator outside of this process
SMALLEST_RANGE = 1e-6


class ObservingRunner(SessionRunner):
    """Runs the UNet with its ranges as further outputs, and remembers the largest, and some of the inputs."""

    def __init__(self, spec: PipelineSpec, repository: Path) -> None:
        super().__init__(spec, repository)
        folder = repository / f"{spec.name}__{Component.UNET}" / "1"
        graph = GraphFile.read(folder / "model.onnx")
        self._observed = observe(graph)
        graph.write(folder / "observed.onnx")  # beside the weights, in a repository of the work's own
        self._session = open_session(folder / "observed.onnx")
        self._largest = np.zeros(len(self._observed))
        self.calls = 0
        self.recorded: list[Mapping[str, Tensor]] = []

    def run(self, component: Network, inputs: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """See `SessionRunner`."""
        if component != Component.UNET:
            return super().run(component, inputs)
        prediction, *seen = self._session.run(None, dict(inputs))
        largest = np.array(seen, np.float64)
        if not np.isfinite(largest).all():
            raise ComponentFailedError(component, "a layer's values are not finite")
        self._largest = np.maximum(self._largest, largest)
        self.calls += 1
        self.recorded.append({name: tensor[:RECORDED_ROWS] for name, tensor in inputs.items()})
        return {"out_sample": prediction}

    def ranges(self) -> dict[str, Range]:
        """By layer."""
        found: dict[str, dict[str, float]] = {}
        for (layer, side), value in zip(self._observed, self._largest, strict=True):
            found.setdefault(layer, {})[side] = max(float(value), SMALLEST_RANGE)
        return {layer: Range(sides["input"], sides.get("output")) for layer, sides in found.items()}

    def save_recorded(self, path: Path) -> None:
        """Write inputs from all over the calls as arrays `<input>`, rows of all calls one after another."""
        every = max(1, len(self.recorded) // RECORDED_CALLS)
        chosen = [call for call in self.recorded[::every] if len(next(iter(call.values()))) == RECORDED_ROWS]
        chosen = chosen or self.recorded[:1]
        names = chosen[0]
        arrays: dict[str, Any] = {name: np.concatenate([call[name] for call in chosen]) for name in names}
        np.savez(path, **arrays)


def calibrate(repository: Path, name: str) -> ObservingRunner:
    """Generate with the installed pipeline `name` and look at its UNet's layers.

    Args:
        repository: one of the work's own, into which the pipeline was installed unquantised.
        name: of the pipeline.
    """
    spec = PipelineSpec.load(repository / name / "1" / "pipeline.json")
    weights = repository / f"{name}__{Component.UNET}" / "1" / "weights.safetensors"
    is_large = weights.stat().st_size > LARGE_BYTES
    usual = PROMPTS, spec.defaults.num_inference_steps
    prompts, steps = (PROMPTS[:LARGE_PROMPTS], LARGE_STEPS) if is_large else usual
    size = spec.limits.min_size if is_large else spec.defaults.height
    runner = ObservingRunner(spec, repository)
    files = Files(repository / name / "1" / "tokenizer.json")
    loop = make_loop(spec, files, runner, max_waiting=len(prompts), clock=time.monotonic)
    ended: list[Event] = []
    for number, prompt in enumerate(prompts):
        given: dict[str, Any] = {"width": size, "height": size, **pictures_for(spec, size)}
        request = make_request(
            spec, request_id=str(number), prompt=prompt, seed=number, num_inference_steps=steps, **given
        )
        loop.submit(request, lambda event: ended.append(event) if is_terminal(event) else None)
    loop.start()
    try:
        while len(ended) < len(prompts):
            time.sleep(0.02)
    finally:
        loop.stop()
    for event in ended:
        if isinstance(event, Failed):
            raise ComponentFailedError("pipeline", event.message)
    return runner
