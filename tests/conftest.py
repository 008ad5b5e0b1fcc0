"""What tests of several parts share: the bundled Triton, started once, with a toy pipeline.

    triton_environment  (session) the virtual environment of the bundled Triton, from `AVILA_VENV_TRITON`
    toy_repository      (session) a model repository with the pipeline `toy`
    triton              (session) a running Triton that serves it; leave it as it was

Tests that use them carry the marker `triton`. They fail, rather than skip, where the environment is missing: `make
test` installs it, and `-m "not triton"` leaves them out.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.running import Triton, running_triton
from tests.fakes.toy_repository import write_toy_repository

# Read at import: some tests run with the `AVILA_…` variables removed.
ENVIRONMENT = Path(os.environ.get("AVILA_VENV_TRITON", ".venv-triton")).absolute()
MAX_QUEUE = 8
HEAVY = 64  # channels of the toy UNet: a step lasts long enough for a test to act in the middle of a request


@pytest.fixture(scope="session")
def triton_environment() -> Path:
    if not (ENVIRONMENT / "bin" / "python").exists():
        pytest.fail(f"{ENVIRONMENT} is missing: `make test` installs the bundled Triton, or set AVILA_VENV_TRITON")
    return ENVIRONMENT


@pytest.fixture(scope="session")
def toy_repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    repository = tmp_path_factory.mktemp("toy") / "models"
    write_toy_repository(repository, hidden=HEAVY)
    return repository


@pytest.fixture(scope="session")
def triton(
    triton_environment: Path, toy_repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Triton]:
    folder = tmp_path_factory.mktemp("triton")
    with running_triton(triton_environment, toy_repository, folder, component_threads=1, max_queue=MAX_QUEUE) as server:
        yield server
