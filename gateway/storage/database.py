"""The database: SQLite (one process, in the data folder) or PostgreSQL, behind the same two kinds of transaction."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, event, make_url, text
from sqlalchemy.exc import DBAPIError, InterfaceError, InvalidatePoolError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from gateway.storage import migrations
from gateway.storage.sqlite_driver import Driver

Session = AsyncSession
"""What a transaction lends: for those who only hand it on to a repository."""

UNTRACKED: dict[str, Any] = {"synchronize_session": False, "populate_existing": True}
"""Execution options of a statement: what it changes is not looked for among the session's objects, and those that it
returns are as they are now.
"""

_PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000", "foreign_keys=ON")
_BEGIN = "sqlite_begin"
_WRITING: dict[str, Any] = {_BEGIN: "BEGIN IMMEDIATE"}
_READING: dict[bool, dict[str, Any]] = {True: {_BEGIN: None}, False: {"isolation_level": "AUTOCOMMIT"}}
"""By whether it is SQLite's. Readings are no transactions: each statement sees what is committed when it runs."""
_NUL_STATES = ("22021", "22P05")  # in a text; escaped in a JSON document
IDLE_S = 5.0
"""A connection to PostgreSQL that lay idle for longer is tried before it is used: what lies between may have let it go
without a word. A server that is stopped says so, and costs no question."""

PATIENCE_S, RETRY_S = 10.0, 0.2
"""How long a PostgreSQL that cannot be connected to is waited for: a restart takes a few seconds."""

MAX_CONNECTIONS = 20
"""To PostgreSQL, of a process. They stay open, since under load one that closes is missed at once; who comes while all
are in use waits for one.
"""

POOL_TIMEOUT_S = 30.0


class DatabaseError(Exception):
    """The database cannot be used as it is; the message says what to do."""


def sqlite_url(data_dir: Path) -> str:
    """The URL of the default database in `data_dir`."""
    return URL.create("sqlite+aiosqlite", database=str(data_dir / "avila.sqlite")).render_as_string()


class DatabaseUnavailableError(Exception):
    """The database is away; the same may succeed later. Whether a commit in flight took effect is unknown."""


class UnstorableTextError(Exception):
    """A text has a NUL character in it, which PostgreSQL keeps in no column; SQLite does."""


class Database:
    """Sessions over one engine. The constructor connects to nothing; `open` does."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self.is_sqlite = self._url.get_backend_name() == "sqlite"
        self._engine = _make_engine(self._url)
        # raised unwrapped while a connection is made to a PostgreSQL that is away
        self._lost: tuple[type[Exception], ...] = () if self.is_sqlite else (OSError, TimeoutError)
        self._sessions = async_sessionmaker(self._engine, expire_on_commit=False)
        # SQLite has one writer. Waiting here is fair and free; waiting in SQLite is a poll that can starve.
        self._writer: Any = asyncio.Lock() if self.is_sqlite else nullcontext()

    @property
    def dsn(self) -> str:
        """The URL without SQLAlchemy's driver name, as libpq and asyncpg read it."""
        return self._url.set(drivername=self._url.get_backend_name()).render_as_string(hide_password=False)

    async def open(self) -> None:
        """Bring the schema to this version of the program.

        Raises:
            DatabaseError: the database cannot be reached, or was made by a newer version.
        """
        if self.is_sqlite and self._url.database:
            Path(self._url.database).parent.mkdir(parents=True, exist_ok=True)
        try:
            async with self._engine.begin() as connection:
                await connection.run_sync(migrations.upgrade)
        except migrations.UnknownRevisionError as error:
            raise DatabaseError(str(error)) from error
        except OSError as error:
            raise DatabaseError(f"the database {self._url.render_as_string()} cannot be reached: {error}") from error

    async def revision(self) -> str:
        """The schema's revision that is there now."""
        async with self._engine.connect() as connection:
            return str(await connection.scalar(text("SELECT version_num FROM alembic_version")))

    async def aclose(self) -> None:
        """Close every connection."""
        await self._engine.dispose()
        driver = self._engine.dialect.dbapi
        if isinstance(driver, Driver):
            await driver.aclose()

    async def ping(self) -> None:
        """Ask the database anything; without patience, since how it is now is what is wanted.

        Raises:
            DatabaseUnavailableError: it does not answer.
        """
        async with self.reading(patience_s=0.0) as session:
            await session.execute(text("SELECT 1"))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session that may write; committed at the end, rolled back when the block raises.

        A database that is just being restarted is waited for, but only here: once the block runs it is never run again.

        Raises:
            DatabaseUnavailableError: it stays away, or went away while the block ran.
        """
        async with self._writer:
            with self._translated():
                async with self._connected(PATIENCE_S, _WRITING) as session:
                    yield session
                    await session.commit()

    @asynccontextmanager
    async def reading(self, patience_s: float = PATIENCE_S) -> AsyncIterator[AsyncSession]:
        """A session that only reads, each statement for itself; never kept over a wait for anything but the database.

        Raises:
            DatabaseUnavailableError: as in `transaction`; the database is waited for as long as `patience_s`.
        """
        with self._translated():
            async with self._connected(patience_s, _READING[self.is_sqlite], autoflush=False) as session:
                yield session

    @asynccontextmanager
    async def _connected(
        self, patience_s: float, options: dict[str, Any], *, autoflush: bool = True
    ) -> AsyncIterator[AsyncSession]:
        """A session that has its connection, which was alive a moment ago."""
        began = time.monotonic()
        while True:
            async with _closing(self._sessions(autoflush=autoflush)) as session:
                try:
                    with self._translated():
                        await session.connection(execution_options=options)
                except DatabaseUnavailableError:
                    if self.is_sqlite or time.monotonic() - began + RETRY_S > patience_s:
                        raise
                else:
                    yield session
                    return
            await asyncio.sleep(RETRY_S)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """A lost connection and a text that cannot be kept, in our own words."""
        try:
            yield
        except DBAPIError as error:
            if _is_away(error):
                raise DatabaseUnavailableError(str(error.orig)) from error
            if getattr(error.orig, "sqlstate", None) in _NUL_STATES:
                raise UnstorableTextError from error
            raise
        except PoolTimeoutError as error:
            raise DatabaseUnavailableError(f"each of {MAX_CONNECTIONS} connections has been in use for long") from error
        except self._lost as error:
            raise DatabaseUnavailableError(str(error)) from error


@asynccontextmanager
async def _closing(session: AsyncSession) -> AsyncIterator[AsyncSession]:
    """Lends a session. SQLAlchemy's own way closes it in a task of its own; that is needed only where it rolls back."""
    try:
        yield session
    except BaseException:
        await asyncio.shield(asyncio.ensure_future(session.close()))
        raise
    await session.close()


def _is_away(error: DBAPIError) -> bool:
    state = getattr(error.orig, "sqlstate", None) or ""
    return (
        error.connection_invalidated
        or isinstance(error, InterfaceError | OperationalError)
        or state.startswith(("08", "57P"))  # connection exceptions; shutting down, crashed, starting up
    )


def _make_engine(url: URL) -> AsyncEngine:
    return _sqlite(url) if url.get_backend_name() == "sqlite" else _postgres(url)


def _sqlite(url: URL) -> AsyncEngine:
    engine = create_async_engine(url, module=Driver())

    @event.listens_for(engine.sync_engine, "connect")
    def set_pragmas(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver would begin transactions of its own kind
        cursor = connection.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        # a deferred transaction that turns into a writer fails at once when another wrote meanwhile
        statement = connection.get_execution_options().get(_BEGIN, "BEGIN")
        driver: Any = connection.connection.dbapi_connection
        if statement is not None:
            driver.begin(statement)

    return engine


def _postgres(url: URL) -> AsyncEngine:
    engine = create_async_engine(
        url, pool_size=MAX_CONNECTIONS, max_overflow=0, pool_timeout=POOL_TIMEOUT_S, pool_recycle=1800
    )

    @event.listens_for(engine.sync_engine, "checkin")
    def note(_connection: Any, record: Any) -> None:
        record.info["idle_since"] = time.monotonic()

    @event.listens_for(engine.sync_engine, "checkout")
    def check(connection: Any, record: Any, _proxy: Any) -> None:
        is_lost = connection.driver_connection.is_closed()
        if not is_lost and time.monotonic() - record.info.get("idle_since", time.monotonic()) > IDLE_S:
            try:
                connection.ping()
            except Exception as error:
                raise InvalidatePoolError from error
        if is_lost:
            raise InvalidatePoolError

    return engine
