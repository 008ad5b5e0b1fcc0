"""Proof that a pipeline works: the smallest real inference of every network, and the report on it.

The orchestrator answers `probe = true` (see `diffusion.wire`) with one ProbeReport instead of events.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from diffusion.components import ComponentSpec, Network, Tensor, smallest_inputs
from diffusion.errors import ComponentError, ComponentFailedError, ComponentUnavailableError
from diffusion.pipeline import PipelineSpec
from diffusion.runner import Runner

FRESH_S = 1.0


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """What one probe found.

    Attributes:
        pipeline: the text of the pipeline's `pipeline.json`.
        in_flight: ids of the requests that the engine has accepted and not ended.
        component: the network that failed, or "".
        is_away: whether it cannot be reached, rather than having answered with an error.
        reason: what it said, or "" when everything works.
    """

    pipeline: str
    in_flight: tuple[str, ...]
    component: str = ""
    is_away: bool = False
    reason: str = ""

    @property
    def is_ready(self) -> bool:
        """Whether every network answered."""
        return not self.component

    @property
    def spec(self) -> PipelineSpec:
        """The pipeline's declaration."""
        return PipelineSpec.from_json(self.pipeline)

    def to_json(self) -> str:
        """The text that travels in the `event` output."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str | bytes) -> ProbeReport:
        """The inverse of `to_json`."""
        fields = json.loads(text)
        return cls(**{**fields, "in_flight": tuple(fields["in_flight"])})


class ProbedRunner:
    """A Runner that remembers when each network last answered: a probe repeats nothing that work has just proved.

    What most requests do without is probed only while it is away, so that a watchdog learns of it.
    """

    def __init__(
        self,
        runner: Runner,
        specs: Mapping[Network, ComponentSpec],
        clock: Callable[[], float],
        fresh_s: float = FRESH_S,
    ) -> None:
        self._runner = runner
        self._specs = specs
        self._clock = clock
        self._fresh_s = fresh_s
        self._answered_at: dict[Network, float] = {}
        self._away: set[Network] = set()

    def run(self, component: Network, inputs: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """See `diffusion.runner.Runner`."""
        self._answered_at.pop(component, None)  # unproved until it has answered again
        try:
            outputs = self._runner.run(component, inputs)
        except ComponentUnavailableError:
            self._away.add(component)
            raise
        self._away.discard(component)
        self._answered_at[component] = self._clock()
        return outputs

    def probe(self) -> None:
        """Run every component that has not answered in the last `fresh_s` seconds on its smallest input.

        Raises:
            ComponentError: of the first network that does not answer, or not with finite numbers.
        """
        for component, spec in self._specs.items():
            if spec.is_seldom_used and component not in self._away:
                continue
            last = self._answered_at.get(component)
            if last is None or self._clock() - last > self._fresh_s:
                check_outputs(spec, self.run(component, smallest_inputs(spec)))


def report(runner: ProbedRunner, spec: PipelineSpec, in_flight: tuple[str, ...]) -> ProbeReport:
    """Probe and tell; called on the engine's thread."""
    try:
        runner.probe()
    except ComponentError as error:
        is_away = isinstance(error, ComponentUnavailableError)
        return ProbeReport(spec.to_json(), in_flight, error.component, is_away, error.reason)
    return ProbeReport(spec.to_json(), in_flight)


def check_outputs(spec: ComponentSpec, outputs: Mapping[str, Tensor]) -> None:
    """Raise ComponentFailedError unless every declared output is there, in one row and finite."""
    for tensor in spec.outputs:
        values = outputs.get(tensor.name)
        if values is None or values.shape[0] != 1 or not np.isfinite(values).all():
            raise ComponentFailedError(spec.component, f"a probe's output {tensor.name} is missing or not finite")
