from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from gateway.backend.base import Backend
from gateway.backend.inprocess import InProcessBackend
from gateway.settings import Settings
from tests.gateway.installation import install_toy


@pytest.fixture(scope="session")
def toy_installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    repository = tmp_path_factory.mktemp("installed") / "models"
    install_toy(repository)
    return repository


@pytest.fixture(params=["inprocess"])
async def conforming(request: pytest.FixtureRequest, toy_installation: Path) -> AsyncIterator[Backend]:
    """Each shipped backend, started, with the pipeline `toy` in it."""
    backend = InProcessBackend(Settings(model_repository=toy_installation, component_threads=1, max_queue=8))
    await backend.start()
    yield backend
    await backend.aclose()
