"""The smallest real inference of every network: what readiness and the watchdog ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from diffusion.components import Component, ComponentSpec, Tensor
from diffusion.errors import ComponentFailedError
from diffusion.events import Event, Finished
from diffusion.runner import Runner
from diffusion.wire import failed


def smallest_inputs(spec: ComponentSpec) -> dict[str, Tensor]:
    """Zeros of one row and the least size that `spec` allows."""
    return {tensor.name: np.zeros(_shape(spec, tensor.shape), tensor.dtype) for tensor in spec.inputs}


def probe(
    request_id: str, specs: Mapping[Component, ComponentSpec], runner: Runner, clock: Callable[[], float]
) -> Event:
    """Run every network once on its smallest input, on the caller's thread.

    Returns:
        `Finished`, or `Failed` with the first network's error (`facts["component"]` names it).
    """
    started = clock()
    try:
        for component, spec in specs.items():
            check_outputs(spec, runner.run(component, smallest_inputs(spec)))
    except Exception as error:  # noqa: BLE001 a probe tells whatever is wrong
        return failed(request_id, error)
    return Finished(request_id, queued_s=0.0, running_s=clock() - started)


def check_outputs(spec: ComponentSpec, outputs: Mapping[str, Any]) -> None:
    """Raise ComponentFailedError unless every declared output is there, in one row and finite."""
    for tensor in spec.outputs:
        values = outputs.get(tensor.name)
        if values is None or values.shape[0] != 1 or not np.isfinite(values).all():
            raise ComponentFailedError(spec.component, f"the output {tensor.name} of a probe is missing or not finite")


def _shape(spec: ComponentSpec, axes: tuple[int | str, ...]) -> tuple[int, ...]:
    return tuple(1 if axis == "batch" else axis if isinstance(axis, int) else spec.bounds[axis].min for axis in axes)
