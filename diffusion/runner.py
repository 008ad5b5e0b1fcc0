"""The port through which the engine reaches the networks.

Two adapters ship: BLS calls inside Triton, and ONNX Runtime in process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from diffusion.components import Network, Tensor


class Runner(Protocol):
    """Runs one component on one packed batch."""

    def run(self, component: Network, inputs: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """Called by the engine's thread, one call at a time; blocks until the result is there.

        Args:
            component: which network, or variant of one.
            inputs: the arrays its ComponentSpec names, batch axis first, at most `max_rows` rows.

        Returns:
            The outputs its ComponentSpec names, in the same row order. The arrays are the caller's to keep.

        Raises:
            ComponentUnavailableError: nothing was computed and the same call may succeed later.
            ComponentFailedError: the component refused or failed this call.
        """
        ...


class TimedRunner:
    """A Runner that adds up how long its calls take, to tell the networks' share of a batch from the engine's own.

    Attributes:
        spent_s: seconds in calls so far, on `clock`.
    """

    def __init__(self, runner: Runner, clock: Callable[[], float]) -> None:
        self._runner = runner
        self._clock = clock
        self.spent_s = 0.0

    def run(self, component: Network, inputs: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """See `Runner`."""
        started = self._clock()
        try:
            return self._runner.run(component, inputs)
        finally:
            self.spent_s += self._clock() - started
