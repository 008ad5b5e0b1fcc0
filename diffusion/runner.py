"""The port through which the engine reaches the networks.

Two adapters ship: BLS calls inside Triton, and ONNX Runtime in process.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from diffusion.components import Component, Tensor


class Runner(Protocol):
    """Runs one component on one packed batch."""

    def run(self, component: Component, inputs: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """Called by the engine's thread, one call at a time; blocks until the result is there.

        Args:
            component: which network.
            inputs: the arrays its ComponentSpec names, batch axis first, at most `max_rows` rows.

        Returns:
            The outputs its ComponentSpec names, in the same row order. The arrays are the caller's to keep.

        Raises:
            ComponentUnavailableError: nothing was computed and the same call may succeed later.
            ComponentFailedError: the component refused or failed this call.
        """
        ...
