"""The two backends on one model repository, to compare them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from gateway.backend.base import Backend
from gateway.backend.inprocess import InProcessBackend
from gateway.backend.triton.backend import TritonBackend
from gateway.settings import Settings
from tests.e2e.running import running_triton


@asynccontextmanager
async def both_backends(environment: Path, repository: Path, folder: Path, loras: Path) -> AsyncIterator[list[Backend]]:
    """The real Triton and the engine in process, in this order, ready; `folder` is Triton's own."""
    settings = Settings(model_repository=repository, component_threads=1, lora_dirs=str(loras))
    with running_triton(environment, repository, folder, component_threads=1, lora_dirs=str(loras)) as server:
        both: list[Backend] = [TritonBackend(server.url), InProcessBackend(settings)]
        for backend in both:
            await backend.start()
        while not both[0].pipelines:
            await asyncio.sleep(0.2)
        yield both
        for backend in both:
            await backend.aclose()
