"""Real processes over a real database, and the accidents that can happen to them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import httpx

from gateway.auth.service import KeyService
from gateway.kit.clock import SystemClock
from gateway.storage.database import Database
from tests.gateway.installation import install_toy

ROOT = Path(__file__).resolve().parents[3]
LEASE_S = 1.5


class World:
    """A gateway, its workers (inside it on SQLite, two of their own on PostgreSQL), and what they share.

    `restart_database` brings a killed server up again; None where the database has no process.
    """

    def __init__(
        self,
        folder: Path,
        database_url: str,
        restart_database: Callable[[], None] | None,
        settings: Mapping[str, str],
    ) -> None:
        self.settings = settings
        self.folder = folder
        self.database_url = database_url
        self.restart_database = restart_database
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.key = ""
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def workers(self) -> list[str]:
        return ["gateway"] if self.is_sqlite else ["worker-1", "worker-2"]

    @property
    def accidents(self) -> list[Callable[[], Any]]:
        common = [self.kill_gateway, self.kill_worker, self.freeze_worker, self.lose_storage]
        return common if self.restart_database is None else [*common, self.crash_database]

    def database(self) -> Database:
        return Database(self.database_url)

    async def prepare(self) -> None:
        install_toy(self.folder / "models", hidden=32)
        database = self.database()
        await database.open()
        _, self.key = await KeyService(database, SystemClock()).create("chaos")
        await database.aclose()

    def client(self) -> httpx.AsyncClient:
        headers = {"authorization": f"Bearer {self.key}"}
        return httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", headers=headers, timeout=10)

    def start(self, name: str) -> None:
        environment = {key: value for key, value in os.environ.items() if not key.startswith("AVILA_")} | {
            "AVILA_PORT": str(self.port),
            "AVILA_DATA_DIR": str(self.folder / "data"),
            "AVILA_MODEL_REPOSITORY": str(self.folder / "models"),
            "AVILA_BACKEND": "inprocess",
            "AVILA_COMPONENT_THREADS": "1",
            "AVILA_WORKER": "embedded" if self.is_sqlite else "none",
            "AVILA_WORKER_CONCURRENCY": "4",
            "AVILA_LEASE_S": str(LEASE_S),
            "AVILA_MAX_ATTEMPTS": "20",
            "AVILA_GRACEFUL_TIMEOUT_S": "1",
            "AVILA_LOG_FORMAT": "json",
            **self.settings,
        }
        if not self.is_sqlite:
            environment["AVILA_DATABASE_URL"] = self.database_url
        module = "gateway" if name == "gateway" else "gateway.worker"
        with (self.folder / f"{name}.log").open("ab") as log:
            command = [sys.executable, "-m", module]
            self._processes[name] = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)

    def log(self) -> str:
        return "\n".join(path.read_text(errors="replace")[-6000:] for path in sorted(self.folder.glob("*.log")))

    async def until_alive(self) -> None:
        async with self.client() as client, asyncio.timeout(90):
            while True:
                with contextlib.suppress(httpx.HTTPError):
                    if (await client.get("/health")).status_code == 200:
                        return
                await asyncio.sleep(0.1)

    # -- accidents ----------------------------------------------------------------------------------------------------

    async def kill_gateway(self) -> None:
        self._kill("gateway")
        self.start("gateway")
        await self.until_alive()

    async def kill_worker(self, which: int = 0) -> None:
        name = self.workers[which % len(self.workers)]
        self._kill(name)
        await asyncio.sleep(0.5)
        self.start(name)
        if name == "gateway":
            await self.until_alive()

    async def freeze_worker(self) -> None:
        """SIGSTOP for longer than its lease, then SIGCONT: it wakes up and believes that its jobs are its own."""
        process = self._processes[self.workers[-1]]
        process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(2.5 * LEASE_S)
        process.send_signal(signal.SIGCONT)

    async def lose_storage(self) -> None:
        """The image folder cannot be written to for a while, as on a full disk."""
        images, away = self.folder / "data" / "images", self.folder / "data" / "images-away"
        images.rename(away)
        images.write_bytes(b"")
        await asyncio.sleep(1.0)
        images.unlink()
        away.rename(images)

    async def crash_database(self) -> None:
        assert self.restart_database is not None
        await asyncio.to_thread(self.restart_database)

    def _kill(self, name: str) -> None:
        process = self._processes[name]
        process.kill()
        process.wait(10)

    def end(self) -> None:
        for process in self._processes.values():
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait(10)


@contextlib.asynccontextmanager
async def running_world(
    folder: Path,
    database_url: str,
    restart_database: Callable[[], None] | None,
    settings: Mapping[str, str] | None = None,
) -> AsyncIterator[World]:
    """The world, with everything started; killed at the end."""
    world = World(folder, database_url, restart_database, settings or {})
    try:
        await world.prepare()
        for name in {"gateway", *world.workers}:
            world.start(name)
        await world.until_alive()
        yield world
    finally:
        world.end()
