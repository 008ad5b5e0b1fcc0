"""The engine without Triton: the same loop as in the orchestrator, over the bare loop's own sessions.

Beside `bare_loop` the only module that imports `diffusion`: it measures the engine itself, so that its share and the
share of Triton's hops can be told apart.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

import numpy as np
from numpy.typing import NDArray

from benchmarks.engine.bare_loop import BareLoop, Sample
from diffusion.admission import make_request
from diffusion.assembly import Files, make_loop
from diffusion.components import Network, Tensor
from diffusion.errors import ComponentFailedError
from diffusion.events import Event, ImageDone, is_terminal
from diffusion.loop import EngineLoop
from diffusion.pipeline import PipelineSpec, component_specs


class SessionRunner:
    """The bare loop's sessions as the engine's runner."""

    def __init__(self, bare: BareLoop) -> None:
        self._bare = bare
        specs = component_specs(bare.spec)
        self._outputs: dict[Network, str] = {component: spec.outputs[0].name for component, spec in specs.items()}

    def run(self, component: Network, inputs: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """See `diffusion.runner.Runner`."""
        if component not in self._bare.sessions:  # the engine measures all that the pipeline has
            raise ComponentFailedError(component, "the bare loop has no session of it")
        return {self._outputs[component]: self._bare.run(component, **inputs)}


class InProcessEngine:
    """Requests one after the other through the engine's own thread."""

    def __init__(self, spec: PipelineSpec, loop: EngineLoop) -> None:
        self._spec = spec
        self._loop = loop

    def generate(self, sample: Sample) -> NDArray[np.uint8]:
        """The picture of `sample`; raises RuntimeError when the engine gives none."""
        request = make_request(
            self._spec,
            request_id=uuid.uuid4().hex,
            prompt=sample.prompt,
            negative_prompt=sample.negative_prompt,
            seed=sample.seed,
            num_inference_steps=sample.steps,
            guidance_scale=sample.guidance,
        )
        events: SimpleQueue[Event] = SimpleQueue()
        self._loop.submit(request, events.put)
        picture = None
        while not is_terminal(event := events.get()):
            if isinstance(event, ImageDone):
                picture = event.pixels
        if picture is None:
            raise RuntimeError(f"no picture: {event}")
        return picture


@contextmanager
def in_process_engine(bare: BareLoop, repository: Path) -> Iterator[InProcessEngine]:
    """The engine on its thread, over the sessions of `bare`."""
    tokenizer = repository / bare.spec.name / "1" / "tokenizer.json"
    loop = make_loop(bare.spec, Files(tokenizer), SessionRunner(bare), max_waiting=8, clock=time.monotonic)
    loop.start()
    try:
        yield InProcessEngine(bare.spec, loop)
    finally:
        loop.stop()
