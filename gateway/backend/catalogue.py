"""The backend of a gateway without a worker: knows the installed pipelines by their descriptions, and runs nothing."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path

from diffusion.errors import ComponentUnavailableError, DiffusionError
from diffusion.events import Event, failed
from diffusion.pipeline import PipelineSpec
from diffusion.request import GenerationRequest
from gateway.backend.base import Backend, Health

logger = logging.getLogger(__name__)
LOOK_S = 5.0


class CatalogueBackend:
    """Reads `<repository>/*/1/pipeline.json`, again every few seconds: pipelines come and go while it serves."""

    def __init__(self, repository: Path) -> None:
        self._repository = repository
        self._pipelines: dict[str, PipelineSpec] = {}
        self._changed_at: dict[Path, int] = {}
        self._looking: asyncio.Task[None] | None = None

    @property
    def pipelines(self) -> Mapping[str, PipelineSpec]:
        """The pipelines that were installed at the last look."""
        return self._pipelines

    async def start(self) -> None:
        """Look once, then keep looking."""
        await asyncio.to_thread(self._look)
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
        reason = "" if self._pipelines else f"no pipeline is installed in {self._repository}"
        return Health(is_ready=True, reason=reason)

    async def _keep_looking(self) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            await asyncio.to_thread(self._look)

    def _look(self) -> None:
        found, changed_at = {}, {}
        for path in sorted(self._repository.glob("*/1/pipeline.json")):
            name = path.parents[1].name
            try:
                changed_at[path] = path.stat().st_mtime_ns
                known = self._pipelines.get(name) if self._changed_at.get(path) == changed_at[path] else None
                found[name] = known or PipelineSpec.load(path)
            except (OSError, DiffusionError, ValueError, KeyError, TypeError) as error:
                logger.warning("%s cannot be read: %s", path, error)
        if found.keys() != self._pipelines.keys():
            logger.info("pipelines: %s", ", ".join(found) or "none")
        self._pipelines, self._changed_at = found, changed_at


_: type[Backend] = CatalogueBackend
