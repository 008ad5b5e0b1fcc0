"""The safety checker on a Triton server."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from diffusion.components import Tensor
from diffusion.errors import ComponentError
from diffusion.safety import CONCEPTS, MODEL, PIXELS, SPECIAL
from gateway.backend.checker import CALL_TIMEOUT_S, CheckerAwayError, InstalledChecker, PictureChecker
from gateway.backend.triton.client import TritonClient, TritonError


class TritonChecker(InstalledChecker):
    """Calls the model that the repository describes."""

    def __init__(self, url: str, repository: Path) -> None:
        super().__init__(repository)
        self._client = TritonClient(url)

    async def scores(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """See `PictureChecker`."""
        spec = self.spec
        if spec is None:
            raise CheckerAwayError("no safety checker is installed")
        try:
            rows = spec.network.check_inputs({PIXELS: pixels})
            found = await self._client.infer(MODEL, {PIXELS: pixels}, (SPECIAL, CONCEPTS), CALL_TIMEOUT_S)
        except (TritonError, ComponentError) as error:
            raise CheckerAwayError(f"{MODEL}: {error}") from error
        special, concepts = found
        if special.shape != (rows, spec.special) or concepts.shape != (rows, spec.concepts):
            raise CheckerAwayError(f"{MODEL} is not the one that is installed; restart Triton")
        if not (np.isfinite(special).all() and np.isfinite(concepts).all()):
            raise CheckerAwayError(f"{MODEL} gave numbers that are not finite")
        return special, concepts

    async def aclose(self) -> None:
        """Close the connection."""
        await self._client.aclose()


_: type[PictureChecker] = TritonChecker
