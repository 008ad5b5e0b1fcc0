from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import a_service
from tests.e2e.running import Service


@pytest.fixture(scope="session")
def service(
    tmp_path_factory: pytest.TempPathFactory, triton_environment: Path, toy_repository: Path
) -> Iterator[Service]:
    one = a_service(tmp_path_factory.mktemp("documented"), triton_environment, toy_repository)
    one.start()
    yield one
    one.end()
