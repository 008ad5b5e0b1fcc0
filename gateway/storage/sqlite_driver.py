"""SQLite behind the event loop, with one visit to a connection's thread for a statement.

SQLAlchemy's adapter of aiosqlite visits the thread four times for it (to make a cursor, execute, fetch and close),
three times to begin a transaction, and once to roll back what has never begun. A visit costs more than most statements.
"""

from __future__ import annotations

import sqlite3
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import aiosqlite
from sqlalchemy.connectors.asyncio import AsyncAdapt_dbapi_cursor
from sqlalchemy.dialects.sqlite.aiosqlite import AsyncAdapt_aiosqlite_connection, AsyncAdapt_aiosqlite_dbapi
from sqlalchemy.util import await_only

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a statement left behind, read in the visit that ran it."""

    description: Any = None
    rows: Sequence[Any] = ()
    rowcount: int = -1
    lastrowid: int = 0


class Cursor(AsyncAdapt_dbapi_cursor):
    """Holds the outcome of its last statement; nothing of it is open in SQLite any more."""

    __slots__ = ("_outcome", "arraysize")
    _awaitable_cursor_close = False
    _adapt_connection: Connection

    def __init__(self, adapt_connection: Connection) -> None:
        self._adapt_connection = adapt_connection
        self._outcome = Outcome()
        self._rows = deque()
        self.arraysize = 1

    @property
    def description(self) -> Any:
        """See PEP 249."""
        return self._outcome.description

    @property
    def rowcount(self) -> int:
        """See PEP 249."""
        return self._outcome.rowcount

    @property
    def lastrowid(self) -> int:
        """See PEP 249."""
        return self._outcome.lastrowid

    def execute(self, operation: Any, parameters: Any = None) -> None:
        """See PEP 249."""
        self._hold(self._adapt_connection.visit(lambda sqlite: _executed(sqlite, operation, parameters or ())))

    def executemany(self, operation: Any, seq_of_parameters: Iterable[Any]) -> None:
        """See PEP 249."""
        self._hold(self._adapt_connection.visit(lambda sqlite: _executed_many(sqlite, operation, seq_of_parameters)))

    def setinputsizes(self, *inputsizes: Any) -> None:
        """See PEP 249."""

    def close(self) -> None:
        """See PEP 249."""
        self._rows.clear()

    def _hold(self, outcome: Outcome) -> None:
        self._outcome, self._rows = outcome, deque(outcome.rows)


class Connection(AsyncAdapt_aiosqlite_connection):
    """A connection that begins its transaction in the visit of its first statement, and ends only what has begun."""

    __slots__ = ("_begin", "_has_begun")
    _cursor_cls: Any = Cursor

    def __init__(self, dbapi: Any, connection: Any) -> None:
        super().__init__(dbapi, connection)
        self._begin: str | None = None
        self._has_begun = False

    def begin(self, statement: str) -> None:
        """Run `statement` (`BEGIN …`) just before the next one."""
        self._begin = statement

    def commit(self) -> None:
        """See PEP 249."""
        self._end(super().commit)

    def rollback(self) -> None:
        """See PEP 249."""
        self._end(super().rollback)

    def visit(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in the connection's thread; visits follow one another, also where a caller no longer waits."""
        begin, self._begin = self._begin, None
        # known before it has run: a caller who is cancelled meanwhile rolls back what the thread has yet to begin
        self._has_begun = self._has_begun or begin is not None
        driver: Any = self._connection

        def visiting() -> T:
            if begin is not None:
                driver._conn.execute(begin)
            return work(driver._conn)

        try:
            found: T = await_only(driver._execute(visiting))
        except Exception as error:  # noqa: BLE001 - raised again, in SQLAlchemy's words
            self._handle_exception(error)
        return found

    def _end(self, end: Callable[[], None]) -> None:
        self._begin = None
        if self._has_begun:
            end()
            self._has_begun = False


class Driver(AsyncAdapt_aiosqlite_dbapi):
    """What SQLAlchemy takes for the database's driver: `create_async_engine(url, module=Driver())`."""

    def __init__(self) -> None:
        super().__init__(aiosqlite, sqlite3)
        self._made: weakref.WeakSet[aiosqlite.Connection] = weakref.WeakSet()

    def connect(self, *args: Any, **options: Any) -> Connection:
        """See PEP 249."""
        driver: Any = super().connect(*args, **options)._connection
        self._made.add(driver)
        return Connection(self, driver)

    async def aclose(self) -> None:
        """Close what the pool has not: a connection that was lent when the pool was disposed of comes back to none."""
        for driver in list(self._made):
            await driver.close()


def _executed(sqlite: sqlite3.Connection, operation: str, parameters: Any) -> Outcome:
    cursor = sqlite.execute(operation, parameters)
    rows = cursor.fetchall() if cursor.description else ()
    found = Outcome(cursor.description, rows, cursor.rowcount, cursor.lastrowid or 0)
    cursor.close()
    return found


def _executed_many(sqlite: sqlite3.Connection, operation: str, parameters: Iterable[Any]) -> Outcome:
    cursor = sqlite.executemany(operation, parameters)
    found = Outcome(rowcount=cursor.rowcount)
    cursor.close()
    return found
