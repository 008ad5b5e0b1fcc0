"""What happened to a request. The grammar every consumer may rely on:

    Queued (Started? (StepDone | Preview | ImageDone)*) then exactly one of Finished | Failed | Cancelled

`Finished` comes after `num_images` ImageDone events; after a terminal event nothing follows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from diffusion.errors import DiffusionError

Pixels: TypeAlias = NDArray[np.uint8]
"""RGB picture, shape [height, width, 3], 0 … 255."""


@dataclass(frozen=True, slots=True)
class Queued:
    """Accepted. `position` counts the requests that wait before it; `seed` is the one that will be used.

    `eta_s`: seconds until it should be finished, with the work that is accepted now; None before anything was measured.
    """

    request_id: str
    position: int
    seed: int
    warnings: tuple[str, ...] = ()
    eta_s: float | None = None


@dataclass(frozen=True, slots=True)
class Started:
    """The first step of the request is about to run."""

    request_id: str


@dataclass(frozen=True, slots=True)
class StepDone:
    """One user-visible step of one image is done. `rows` is the size of the batch it ran in."""

    request_id: str
    image: int
    step: int
    num_steps: int
    rows: int


@dataclass(frozen=True, slots=True)
class Preview:
    """A cheap look at the image after `step`: latent resolution, not the decoder's."""

    request_id: str
    image: int
    step: int
    pixels: Pixels


@dataclass(frozen=True, slots=True)
class ImageDone:
    """One finished image and the seed that reproduces it alone."""

    request_id: str
    image: int
    seed: int
    pixels: Pixels


class PhaseTime(NamedTuple):
    """Where one request's time went: `phase` is encode, denoise or decode.

    From its first batch's start to its last one's end, in seconds since acceptance; `busy_s` in its batches themselves,
    `network_s` of that in the networks' calls.
    """

    phase: str
    from_s: float
    to_s: float
    busy_s: float
    batches: int
    network_s: float = 0.0

    def with_batch(self, started: float, ended: float, network_s: float) -> PhaseTime:
        """One more batch."""
        busy, network = self.busy_s + ended - started, self.network_s + network_s
        return self._replace(to_s=ended, busy_s=busy, batches=self.batches + 1, network_s=network)


@dataclass(frozen=True, slots=True)
class Finished:
    """All images are done. Times in seconds on the engine's clock."""

    request_id: str
    queued_s: float
    running_s: float
    phases: tuple[PhaseTime, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """The request ended without a result. `code` is `diffusion.errors`' stable code.

    `facts` holds the error's attributes (field, given, allowed, retry_after_s …) so that a surface can translate it.
    """

    request_id: str
    code: str
    message: str
    facts: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The caller withdrew the request."""

    request_id: str


Event: TypeAlias = Queued | Started | StepDone | Preview | ImageDone | Finished | Failed | Cancelled
TERMINAL = (Finished, Failed, Cancelled)


def is_terminal(event: Event) -> bool:
    """Whether nothing follows `event`."""
    return isinstance(event, TERMINAL)


def failed(request_id: str, error: Exception) -> Failed:
    """The terminal event for `error`. An error that is not the core's own tells nothing of the inside."""
    if not isinstance(error, DiffusionError):
        return Failed(request_id, DiffusionError.code, "an internal error; the server's log has the details", {})
    return Failed(request_id, error.code, str(error), dict(vars(error)))
