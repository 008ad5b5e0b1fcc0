"""The port of the safety checker, and what of it every process knows: whether one is installed."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Protocol

from diffusion.components import Tensor
from diffusion.safety import DESCRIPTION, MODEL, CheckerSpec

logger = logging.getLogger(__name__)
CALL_TIMEOUT_S = 60.0
"""Long enough for the first call, which opens the network."""


class CheckerAwayError(Exception):
    """The network cannot be asked now; the message says why. A picture that was not looked at is shown to nobody."""


class PictureChecker(Protocol):
    """Runs the safety checker of the installation."""

    @property
    def spec(self) -> CheckerSpec | None:
        """The one that is installed, or None."""
        ...

    async def scores(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Special and concept scores, each [batch, n], of prepared pictures [batch, 3, side, side].

        Raises:
            CheckerAwayError: they could not be looked at.
        """
        ...

    async def aclose(self) -> None:
        """Called once at shutdown."""
        ...


class InstalledChecker:
    """Reads the checker's description again where it has changed; runs nothing (a gateway without a worker)."""

    def __init__(self, repository: Path) -> None:
        self._path = repository / MODEL / "1" / DESCRIPTION
        self._known: tuple[int, CheckerSpec | None] = (0, None)

    @property
    def spec(self) -> CheckerSpec | None:
        """See `PictureChecker`."""
        try:
            changed_at = self._path.stat().st_mtime_ns
            if changed_at != self._known[0]:
                self._known = changed_at, CheckerSpec.load(self._path)
        except FileNotFoundError:
            self._known = 0, None
        except (OSError, ValueError, KeyError, TypeError) as error:
            logger.warning("%s cannot be read: %s", self._path, error)
            self._known = 0, None
        return self._known[1]

    async def scores(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """See `PictureChecker`; always raises."""
        raise CheckerAwayError("this process runs no networks")

    async def aclose(self) -> None:
        """Nothing is open."""


_: type[PictureChecker] = InstalledChecker
