"""The port of networks that belong to no pipeline (`diffusion.standalone`): whether one is there, and running it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import numpy as np

from diffusion.components import Tensor
from diffusion.standalone import Standalone

logger = logging.getLogger(__name__)
CALL_TIMEOUT_S = 60.0
"""Long enough for the first call, which opens the network."""
S = TypeVar("S", bound=Standalone)
S_co = TypeVar("S_co", bound=Standalone, covariant=True)


class NetworkAwayError(Exception):
    """The network cannot be asked now; the message says why."""


class StandaloneNetwork(Protocol[S_co]):
    """Runs the network of one kind that the installation has."""

    @property
    def spec(self) -> S_co | None:
        """The one that is installed, or None."""
        ...

    async def run(self, inputs: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """Its outputs by name, finite and of the declared shapes.

        Raises:
            NetworkAwayError: it could not be asked.
        """
        ...

    async def aclose(self) -> None:
        """Called once at shutdown."""
        ...


def check_finite(model: str, outputs: Mapping[str, Tensor]) -> None:
    """Raise NetworkAwayError unless every number is finite."""
    if not all(np.isfinite(values).all() for values in outputs.values()):
        raise NetworkAwayError(f"{model} gave numbers that are not finite")


class InstalledNetwork(Generic[S]):
    """Reads the network's description again where it has changed; runs nothing (a gateway without a worker)."""

    def __init__(self, kind: type[S], repository: Path) -> None:
        self._kind = kind
        self._path = kind.place(repository)
        self._known: tuple[int, S | None] = (0, None)

    @property
    def spec(self) -> S | None:
        """See `StandaloneNetwork`."""
        try:
            changed_at = self._path.stat().st_mtime_ns
            if changed_at != self._known[0]:
                self._known = changed_at, self._kind.load(self._path)
        except FileNotFoundError:
            self._known = 0, None
        except (OSError, ValueError, KeyError, TypeError) as error:
            logger.warning("%s cannot be read: %s", self._path, error)
            self._known = 0, None
        return self._known[1]

    def found(self) -> S:
        """The one that is installed. Raises NetworkAwayError when there is none."""
        spec = self.spec
        if spec is None:
            raise NetworkAwayError(f"no {self._kind.TITLE} is installed")
        return spec

    async def run(self, inputs: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """See `StandaloneNetwork`; always raises."""
        raise NetworkAwayError("this process runs no networks")

    async def aclose(self) -> None:
        """Nothing is open."""
