"""The backend of a gateway without a worker: knows the installed pipelines by their descriptions, and runs nothing."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path

from diffusion.errors import ComponentUnavailableError
from diffusion.events import Event, failed
from diffusion.pipeline import PipelineSpec
from diffusion.request import GenerationRequest
from gateway.backend.base import Backend, Health
from gateway.backend.installed import InstalledPipelines

LOOK_S = 5.0


class CatalogueBackend:
    """Reads `<repository>/*/1/pipeline.json`, again every few seconds: pipelines come and go while it serves."""

    def __init__(self, repository: Path) -> None:
        self._repository = repository
        self._installed = InstalledPipelines(repository)
        self._looking: asyncio.Task[None] | None = None

    @property
    def pipelines(self) -> Mapping[str, PipelineSpec]:
        """The pipelines that were installed at the last look."""
        return self._installed.specs

    async def start(self) -> None:
        """Look once, then keep looking."""
        await asyncio.to_thread(self._installed.look)
        self._looking = asyncio.create_task(self._keep_looking(), name="catalogue")

    async def aclose(self) -> None:
        """Look no more."""
        if self._looking is not None:
            self._looking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._looking

    async def submit(self, request: GenerationRequest) -> AsyncGenerator[Event, None]:
        """Workers run jobs, this process does not."""
        yield failed(request.request_id, ComponentUnavailableError(request.pipeline, "this process runs no networks"))

    async def health(self) -> Health:
        """Jobs can be taken without a network here, and people sign in before the first pipeline is installed."""
        reason = "" if self.pipelines else f"no pipeline is installed in {self._repository}"
        return Health(is_ready=True, reason=reason)

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            await asyncio.to_thread(self._installed.look)


_: type[Backend] = CatalogueBackend
