"""`make_service` starts whole services; `service` is one for a module that leaves it as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.running import Service, free_ports

# The toy alone: with a second pipeline that is well, the service stays ready while the first is being repaired.
FAST = {"install_shipped": False, "watchdog_interval_s": 1, "graceful_timeout_s": 2, "component_threads": 1}


def a_service(folder: Path, environment: Path, repository: Path, **settings: object) -> Service:
    port, http, grpc, metrics = free_ports(4)
    return Service(
        {
            "port": port,
            "triton_http_port": http,
            "triton_grpc_port": grpc,
            "triton_metrics_port": metrics,
            "venv_triton": environment,
            "model_repository": repository,
            "data_dir": folder / "data",
            **FAST,
            **settings,
        },
        folder / "output.txt",
    )


@pytest.fixture
def make_service(tmp_path: Path, triton_environment: Path, toy_repository: Path) -> Iterator[Callable[..., Service]]:
    made: list[Service] = []

    def make(**settings: object) -> Service:
        made.append(a_service(tmp_path, triton_environment, toy_repository, **settings))
        return made[-1]

    yield make
    for one in made:
        one.end()


@pytest.fixture(scope="module")
def service(
    tmp_path_factory: pytest.TempPathFactory, triton_environment: Path, toy_repository: Path
) -> Iterator[Service]:
    one = a_service(tmp_path_factory.mktemp("service"), triton_environment, toy_repository)
    one.start()
    yield one
    one.end()
