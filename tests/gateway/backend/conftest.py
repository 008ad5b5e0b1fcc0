from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.backend.base import Backend
from gateway.backend.inprocess import InProcessBackend
from gateway.backend.triton.backend import TritonBackend
from gateway.settings import Settings
from tests.gateway.installation import install_toy

BOTH = ["inprocess", pytest.param("triton", marks=pytest.mark.triton)]


@pytest.fixture(scope="session")
def toy_installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    repository = tmp_path_factory.mktemp("installed") / "models"
    install_toy(repository)
    return repository


def make_backend(name: str, request: pytest.FixtureRequest) -> Backend:
    """The backend `name` with the pipeline `toy` in it, not started; a queue of eight either way."""
    if name == "triton":
        return TritonBackend(request.getfixturevalue("triton").url)
    repository = request.getfixturevalue("toy_installation")
    return InProcessBackend(Settings(model_repository=repository, component_threads=1, max_queue=8))


@pytest.fixture(params=BOTH)
async def conforming(request: pytest.FixtureRequest) -> AsyncIterator[Backend]:
    """Each shipped backend, started."""
    backend = make_backend(request.param, request)
    await backend.start()
    yield backend
    await backend.aclose()
