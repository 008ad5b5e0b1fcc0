"""Measures what the networks' calls cost, one call at a time, so that requests need not wait for more than one.

The orchestrator measures by itself, beside the probes of whoever watches it, once nobody has asked for anything for a
while, unless a `profile.json` lies beside its description; `avila models profile` has it measured and writes that file.
"""

from __future__ import annotations

import logging
import math
import platform
import statistics
from collections.abc import Callable, Iterator, Mapping

from diffusion.components import DENOISERS, AxisBounds, Component, ComponentSpec, sample_inputs
from diffusion.errors import ComponentError, ComponentUnavailableError
from diffusion.pipeline import LATENT_AXES, PipelineSpec, component_specs
from diffusion.runner import Runner
from diffusion.scheduling.profile import CallCost, Profile, fitted

logger = logging.getLogger(__name__)

REPEATS = 3
LONGEST_S = 1.0
"""Calls that would take longer are not made: their shape's cost follows from the smaller ones."""
RETRY_S = 0.5
AWAY_S = 10.0
"""A network that is away for so long is left out: it may not be there at all."""
QUIET_S = 5.0
"""Idle time before the first call that nobody ordered: whoever asks for one picture after the other waits for none."""
MEASURED = (*DENOISERS, Component.VAE_DECODER, Component.VAE_ENCODER, Component.TEXT_ENCODER)
PICTURE_ROWS = 4
"""Rows of the other networks that are tried: their calls are few beside the denoiser's."""


OnDone = Callable[[Profile | None], None]
"""Told the profile, or None when the measurement came to nothing."""


class Measurer:
    """Measures on the engine's thread: beside probes after a quiet time, or, where ordered, between any two steps.

    Either way somebody's request is open meanwhile. Triton 2.51 crashes when a model is unloaded during a call that
    belongs to no request (SIGSEGV in `TRITONBACKEND_ModelInstanceFinalize`, `tests/e2e/test_letting_go.py`).

    Args:
        measurement: makes a new measurement.
        clock: seconds that never go back.
        adopt: given every new profile.
        at_once: whether to begin without an order.
    """

    def __init__(
        self,
        measurement: Callable[[], Measurement],
        clock: Callable[[], float],
        adopt: Callable[[Profile], None],
        *,
        at_once: bool,
    ) -> None:
        self._measurement = measurement
        self._clock = clock
        self._adopt = adopt
        self._current = measurement() if at_once else None
        self._listeners: list[OnDone] = []
        self._resume_at = clock() + QUIET_S

    @property
    def is_ordered(self) -> bool:
        """Whether somebody waits for a measurement."""
        return bool(self._listeners)

    def order(self, on_done: OnDone) -> None:
        """Measure anew, without waiting until there is nothing else to do."""
        self._listeners.append(on_done)
        if len(self._listeners) == 1:
            self._current, self._resume_at = self._measurement(), -math.inf

    def pause_s(self) -> float:
        """Seconds until the next call may be made."""
        return max(0.0, self._resume_at - self._clock())

    def postpone(self) -> None:
        """There is work: what nobody ordered waits until it has been quiet for a while."""
        if not self._listeners:
            self._resume_at = self._clock() + QUIET_S

    def step(self) -> None:
        """Make one call, if it is time for one. A defect in the measurement ends it and harms nothing else."""
        if self._current is None or self.pause_s():
            return
        try:
            pause = self._current.step()
        except Exception:
            logger.exception("the costs of the networks cannot be measured")
            self.abandon()
            return
        if pause is not None:
            self._resume_at = self._clock() + pause
            return
        profile = self._current.profile()
        self._adopt(profile)
        self._end(profile)

    def spend(self, seconds: float) -> None:
        """Make calls for about so long, at least one, if it is time for any."""
        until = self._clock() + seconds
        while self._current is not None and not self.pause_s():
            self.step()
            if self._clock() >= until:
                return

    def abandon(self) -> None:
        """Measure no more; who waits is told."""
        self._end(None)

    def _end(self, profile: Profile | None) -> None:
        self._current = None
        listeners, self._listeners = self._listeners, []
        for listener in listeners:
            listener(profile)


class Measurement:
    """One measurement of a pipeline, a call at a time.

    Args:
        spec: the pipeline.
        runner: reaches its networks.
        clock: seconds that never go back.
    """

    def __init__(self, spec: PipelineSpec, runner: Runner, clock: Callable[[], float]) -> None:
        self._spec = spec
        self._runner = runner
        self._clock = clock
        self._costs: dict[str, tuple[CallCost, ...]] = {}
        self._calls = self._measure()

    def step(self) -> float | None:
        """Make one call; returns the seconds to wait before the next (a network is away), None after the last."""
        return next(self._calls, None)

    def profile(self) -> Profile:
        """What was measured so far."""
        return Profile(self._spec.fingerprint, dict(self._costs), machine())

    def _measure(self) -> Iterator[float]:
        for component, spec in component_specs(self._spec).items():
            if component in MEASURED:
                try:
                    yield from self._network(component, spec)
                except ComponentUnavailableError as error:
                    logger.warning("%s cannot be measured: %s", component, error)

    def _network(self, component: Component, spec: ComponentSpec) -> Iterator[float]:
        found: list[CallCost] = []
        for sizes in _sizes(spec):
            times: dict[int, float] = {}
            area = sizes.get("height", 0) * sizes.get("width", 0)
            for rows in _rows(component, spec.max_rows):
                if self._expected_s(found, times, area, rows) > LONGEST_S:
                    break
                yield from self._call(component, spec, {**sizes, "batch": rows}, times)
                if rows not in times:
                    break
            if times:
                found.append(fitted(area, times))
        if found:
            self._costs[component] = tuple(found)

    @staticmethod
    def _expected_s(found: list[CallCost], times: Mapping[int, float], area: int, rows: int) -> float:
        if times:
            last = max(times)
            return times[last] * rows / last
        return found[-1].seconds(1) * area / found[-1].area if found and found[-1].area else 0.0

    def _call(
        self, component: Component, spec: ComponentSpec, sizes: Mapping[str, int], times: dict[int, float]
    ) -> Iterator[float]:
        """The median of some calls after one that warms up, into `times`; nothing where the network refuses."""
        inputs, taken, begun = sample_inputs(spec, sizes), list[float](), self._clock()
        while len(taken) <= REPEATS:
            started = self._clock()
            try:
                self._runner.run(component, inputs)
            except ComponentUnavailableError:
                if started - begun >= AWAY_S:
                    raise
                yield RETRY_S
                continue
            except ComponentError as error:
                logger.warning("%s cannot be measured at %s: %s", component, dict(sizes), error)
                return
            taken.append(self._clock() - started)
            yield 0.0
            if taken[-1] > LONGEST_S:
                break
        median = statistics.median(taken[1:] or taken)
        if median > 0.0:
            times[sizes["batch"]] = median


def _sizes(spec: ComponentSpec) -> list[dict[str, int]]:
    """The smallest, the usual and the largest shape, without repetitions."""
    axes = [(axis, bounds) for axis, bounds in spec.bounds.items() if axis in (*LATENT_AXES, *PICTURE_AXES)]
    chosen = [{axis: size(bounds) for axis, bounds in axes} for size in (_least, _usual, _most)]
    return [sizes for number, sizes in enumerate(chosen) if sizes not in chosen[:number]]


PICTURE_AXES = ("image_height", "image_width")


def _least(bounds: AxisBounds) -> int:
    return bounds.min


def _usual(bounds: AxisBounds) -> int:
    return bounds.opt


def _most(bounds: AxisBounds) -> int:
    return bounds.max


def _rows(component: Component, most: int) -> list[int]:
    if component not in DENOISERS:
        most = min(most, PICTURE_ROWS)
    powers = [2**power for power in range(most.bit_length()) if 2**power < most]
    return [*powers, most]


def machine() -> str:
    """The processor and system, in words; what accelerates the networks is not known here."""
    return f"{platform.machine()} {platform.system()}, {platform.node()}"
