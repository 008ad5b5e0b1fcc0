"""The safety checker in this process, with ONNX Runtime. Opened by the first picture that it looks at."""

from __future__ import annotations

import asyncio
from pathlib import Path

from diffusion.components import Component, Tensor
from diffusion.errors import ComponentError
from diffusion.safety import CONCEPTS, MODEL, PIXELS, SPECIAL, CheckerSpec
from gateway.backend.checker import CheckerAwayError, InstalledChecker, PictureChecker
from gateway.backend.onnx_runner import OnnxRunner


class OnnxChecker(InstalledChecker):
    """See the module."""

    def __init__(self, repository: Path, threads: int) -> None:
        super().__init__(repository)
        self._repository = repository
        self._threads = threads
        self._opened: tuple[CheckerSpec, OnnxRunner] | None = None
        self._one_at_a_time = asyncio.Lock()  # one call has all cores already

    async def scores(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """See `PictureChecker`."""
        spec = self.spec
        if spec is None:
            raise CheckerAwayError("no safety checker is installed")
        async with self._one_at_a_time:
            try:
                found = await asyncio.to_thread(self._run, spec, pixels)
            except ComponentError as error:
                raise CheckerAwayError(str(error)) from error
        return found

    def _run(self, spec: CheckerSpec, pixels: Tensor) -> tuple[Tensor, Tensor]:
        if self._opened is None or self._opened[0] != spec:
            runner = OnnxRunner({Component.SAFETY_CHECKER: spec.network})
            runner.load(self._repository, MODEL.partition("__")[0], self._threads)
            self._opened = spec, runner
        outputs = self._opened[1].run(Component.SAFETY_CHECKER, {PIXELS: pixels})
        return outputs[SPECIAL], outputs[CONCEPTS]


_: type[PictureChecker] = OnnxChecker
