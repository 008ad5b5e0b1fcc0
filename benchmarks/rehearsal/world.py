"""Everything that a cluster would run, on one machine: started in order, ended whole."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import ROOT
from benchmarks.processes import Piece, PieceError, clean_environment, free_ports, is_ok
from benchmarks.rehearsal.stores import BUCKET, KEY, SECRET, Postgres, Proxy, object_store, redis, remove
from benchmarks.triton_server import START

GATEWAYS, ENGINES = 3, 2
PRE_STOP_S = 1.0
"""After a gateway has left the proxy's list; endpoints in a cluster need longer, hence the chart's ten seconds."""


@dataclass(slots=True)
class Engine:
    """A worker and the Triton beside it; no Triton where the worker runs the networks itself."""

    worker: Piece
    triton: Piece | None


class World:
    """The pieces. `shm` begins the names of the Tritons' shared-memory files."""

    def __init__(self, folder: Path, *, with_triton: bool) -> None:
        self.folder = folder
        self.with_triton = with_triton
        self.key = ""
        self.gateways: list[Piece] = []
        self.engines: list[Engine] = []
        self.shm = f"avila_{os.getpid()}_"
        self.ports = free_ports(GATEWAYS)
        self.redis, self._redis_url = redis(folder)
        self.store, self._endpoint = object_store(folder)
        self.proxy = Proxy(folder)
        (folder / "postgres").mkdir()
        self.postgres = Postgres(folder / "postgres")  # last: it runs from here on
        self._kept = clean_environment()

    def start(self, say: Callable[[str], None]) -> None:
        """Everything, in the order of its dependencies."""
        self.redis.launch()
        self.store.launch()
        self.proxy.write(self.ports)
        self.proxy.piece.launch()
        self._avila("models", "install")
        say(self._avila("migrate").strip())
        self.key = self._avila("keys", "create", "--name", "rehearsal").split()[-1]
        for piece in (self.redis, self.store, self.proxy.piece):
            say(f"{piece.name} answers after {piece.wait():.1f} s")
        self.engines = [self._engine(number) for number in range(1, ENGINES + 1)]
        self.gateways = [self._gateway(number, port) for number, port in enumerate(self.ports, 1)]
        tritons = [engine.triton for engine in self.engines if engine.triton is not None]
        for piece in (*tritons, *self.gateways):
            piece.launch()
        for piece in (*tritons, *self.gateways):
            say(f"{piece.name} is ready after {piece.wait():.1f} s")
        for engine in self.engines:
            say(f"{engine.worker.name} is ready after {engine.worker.start():.1f} s")
        self._wait_for_proxy()

    def end(self) -> None:
        """Nothing is left."""
        pieces = [*self.gateways, *(engine.worker for engine in self.engines), self.proxy.piece, self.redis, self.store]
        pieces += [engine.triton for engine in self.engines if engine.triton is not None]
        for piece in pieces:
            piece.end()
        self.postgres.end()
        for left in Path("/dev/shm").glob(f"{self.shm}*"):
            left.unlink(missing_ok=True)

    # -- the pieces ---------------------------------------------------------------------------------------------------

    def _environment(self, **settings: object) -> dict[str, str]:
        given = {
            "database_url": self.postgres.url,
            "redis_url": self._redis_url,
            "secret_key": "a-secret-key-of-the-rehearsal-0123456789",
            "s3_bucket": BUCKET,
            "s3_endpoint": self._endpoint,
            "s3_access_key": KEY,
            "s3_secret_key": SECRET,
            "data_dir": self.folder / "data",
            "model_repository": self.folder / "models" / "repository",
            "component_threads": 1,
            "backend": "triton" if self.with_triton else "inprocess",
            "requests_per_minute": 100_000,
            "lease_s": 5,
            "log_format": "json",
            **settings,
        }
        return self._kept | {f"AVILA_{n.upper()}": str(v) for n, v in given.items()}

    def _avila(self, *words: str) -> str:
        command = [sys.executable, "-m", "avila", *words]
        done = subprocess.run(
            command, cwd=ROOT, env=self._environment(), capture_output=True, text=True, timeout=180, check=False
        )
        if done.returncode:
            raise PieceError(f"avila {' '.join(words)}: {done.stderr[-2000:]}")
        return done.stdout

    def _gateway(self, number: int, port: int) -> Piece:
        (ops,) = free_ports(1)
        environment = self._environment(port=port, ops_port=ops, worker="none", graceful_timeout_s=30)
        command = [sys.executable, "-m", "avila", "serve"]
        return Piece(
            f"gateway-{number}", command, self.folder, lambda: is_ok(f"http://127.0.0.1:{ops}/readyz"), environment
        )

    def _engine(self, number: int) -> Engine:
        (ops,) = free_ports(1)
        ports, triton = free_ports(3), None
        named = {"triton_http_port": ports[0], "triton_grpc_port": ports[1], "triton_metrics_port": ports[2]}
        if self.with_triton:
            command = [sys.executable, "-c", START, self.folder / f"backends-{number}", f"{self.shm}{number}_"]
            url = f"http://127.0.0.1:{ports[0]}/v2/models/avila-demo/ready"
            triton = Piece(f"triton-{number}", command, self.folder, lambda: is_ok(url), self._environment(**named))
        environment = self._environment(**named, ops_port=ops, graceful_timeout_s=30, worker_concurrency=4)
        worker = Piece(
            f"worker-{number}",
            [sys.executable, "-m", "avila", "worker"],
            self.folder,
            lambda: is_ok(f"http://127.0.0.1:{ops}/readyz"),
            environment,
        )
        return Engine(worker, triton)

    def _wait_for_proxy(self) -> None:
        deadline = time.monotonic() + 30
        while not self.proxy.certificate.is_file():
            if time.monotonic() > deadline:
                raise PieceError(f"the proxy made no certificate\n{self.proxy.piece.tail()}")
            time.sleep(0.1)


@contextlib.contextmanager
def running_world(say: Callable[[str], None], *, with_triton: bool) -> Iterator[World]:
    """The world with everything started; ended, and its files removed, afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="avila-rehearsal-"))
    folder.chmod(0o755)  # PostgreSQL's own user passes through
    try:
        world = World(folder, with_triton=with_triton)
        try:
            world.start(say)
            yield world
        finally:
            world.end()
    finally:
        remove(folder)
