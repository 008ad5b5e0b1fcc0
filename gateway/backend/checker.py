"""The port of the safety checker."""

from __future__ import annotations

from typing import Protocol

from diffusion.components import Tensor
from diffusion.safety import CONCEPTS, PIXELS, SPECIAL, CheckerSpec
from gateway.backend.standalone import StandaloneNetwork


class PictureChecker(Protocol):
    """Runs the safety checker of the installation. A picture that was not looked at is shown to nobody."""

    @property
    def spec(self) -> CheckerSpec | None:
        """The one that is installed, or None."""
        ...

    async def scores(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Special and concept scores, each [batch, n], of prepared pictures [batch, 3, side, side].

        Raises:
            NetworkAwayError: they could not be looked at.
        """
        ...

    async def aclose(self) -> None:
        """Called once at shutdown."""
        ...


class NetworkChecker:
    """The installed network, wherever it runs."""

    def __init__(self, network: StandaloneNetwork[CheckerSpec]) -> None:
        self._network = network

    @property
    def spec(self) -> CheckerSpec | None:
        """See `PictureChecker`."""
        return self._network.spec

    async def scores(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """See `PictureChecker`."""
        found = await self._network.run({PIXELS: pixels})
        return found[SPECIAL], found[CONCEPTS]

    async def aclose(self) -> None:
        """See `PictureChecker`."""
        await self._network.aclose()


_: type[PictureChecker] = NetworkChecker
