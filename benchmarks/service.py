"""A whole service for the length of a benchmark: `avila up` on free ports and a data folder of its own."""

from __future__ import annotations

import secrets
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.cpu_time import process_tree
from benchmarks.processes import Piece, clean_environment, free_ports, is_ok

ADMIN = "admin@example.com"


@dataclass(frozen=True, slots=True)
class Service:
    """A running service.

    Attributes:
        address: of its gateway.
        grpc: `host:port` of its Triton.
        token: an administrator's, for 24 hours.
        start_s: how long it took until it was ready.
        folder: its data.
        password: the administrator's, whose address is `ADMIN`.
    """

    address: str
    grpc: str
    token: str
    pid: int
    start_s: float
    folder: Path
    password: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """Of a request."""
        return {"authorization": f"Bearer {self.token}"}

    def processes(self) -> list[int]:
        """Process ids of the supervisor, the gateway, Triton and its stubs."""
        return process_tree(self.pid)


@contextmanager
def running_service(settings: Mapping[str, object] | None = None) -> Iterator[Service]:
    """Start the service with these settings (fields, not variables), stop it at the end.

    Raises:
        PieceError: it does not start; the message ends with the last lines of its log.
        httpx.HTTPError: its administrator cannot sign in.
    """
    with tempfile.TemporaryDirectory(prefix="avila-service-") as name:
        folder = Path(name)
        ports = free_ports(4)
        address = f"http://127.0.0.1:{ports[0]}"
        password = secrets.token_urlsafe()
        known = {"admin_email": ADMIN, "admin_password": password, **(settings or {})}
        environment = _environment(folder / "data", ports, known)
        command = [sys.executable, "-m", "avila", "up"]
        piece = Piece("avila", command, folder, lambda: is_ok(f"{address}/readyz"), environment)
        try:
            start_s = piece.start()
            token = _signed_in(address, password)
            yield Service(address, f"127.0.0.1:{ports[2]}", token, piece.pid, start_s, folder / "data", password)
            piece.stop()
        finally:
            piece.end()


def _environment(data: Path, ports: list[int], settings: Mapping[str, object]) -> dict[str, str]:
    given = {
        "data_dir": data,
        **dict(zip(("port", "triton_http_port", "triton_grpc_port", "triton_metrics_port"), ports, strict=True)),
        **settings,
    }
    return clean_environment() | {f"AVILA_{name.upper()}": str(value) for name, value in given.items()}


def _signed_in(address: str, password: str) -> str:
    """An administrator's access token."""
    body = {"email": ADMIN, "password": password}
    answer = httpx.post(f"{address}/v1/auth/sign-in", json=body, timeout=30).raise_for_status()
    return str(answer.json()["access_token"])
