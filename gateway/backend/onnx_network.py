"""A standalone network in this process, with ONNX Runtime. Opened by the first call."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from diffusion.components import Tensor
from diffusion.errors import ComponentError
from gateway.backend.onnx_runner import OnnxRunner
from gateway.backend.standalone import InstalledNetwork, NetworkAwayError, S, check_finite


class OnnxNetwork(InstalledNetwork[S]):
    """See the module."""

    def __init__(self, kind: type[S], repository: Path, threads: int) -> None:
        super().__init__(kind, repository)
        self._repository = repository
        self._threads = threads
        self._opened: tuple[S, OnnxRunner] | None = None
        self._one_at_a_time = asyncio.Lock()  # one call has all cores already

    async def run(self, inputs: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """See `StandaloneNetwork`."""
        spec = self.found()
        async with self._one_at_a_time:
            try:
                return await asyncio.to_thread(self._run, spec, inputs)
            except ComponentError as error:
                raise NetworkAwayError(str(error)) from error

    def _run(self, spec: S, inputs: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        component = spec.network.component
        if self._opened is None or self._opened[0] != spec:
            runner = OnnxRunner({component: spec.network})
            runner.load(self._repository, spec.GROUP, self._threads)
            self._opened = spec, runner
        outputs = self._opened[1].run(component, inputs)
        check_finite(spec.model(), outputs)
        return outputs
