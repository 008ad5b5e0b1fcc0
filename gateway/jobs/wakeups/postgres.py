"""PostgreSQL's LISTEN and NOTIFY, on a connection of their own (not through a pooler in transaction mode)."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from typing import Any

import asyncpg
import structlog
from asyncpg.exceptions import InterfaceError, InternalClientError, PostgresError

from gateway.jobs.wakeups.base import Listener, Message, Wakeups, decode, encode

CHANNEL = "avila_wakeups"
MAX_BYTES = 7900  # a notification holds less than 8000
RECONNECT_S = 1.0
MAX_UNSENT = 10_000
# asyncpg's own words for a connection that died: an internal error where the server's last word was being read
AWAY = (OSError, PostgresError, InterfaceError, InternalClientError)
log = structlog.stdlib.get_logger("gateway.wakeups")


class PostgresWakeups:
    """Delivers to itself by a call, to the other processes by NOTIFY; connects again whenever the server was away."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._me = secrets.token_hex(8)
        self._listener: Listener | None = None
        self._unsent: asyncio.Queue[str] = asyncio.Queue(MAX_UNSENT)
        self._task: asyncio.Task[None] | None = None

    async def start(self, listener: Listener) -> None:
        """See `Wakeups`."""
        self._listener = listener
        self._task = asyncio.ensure_future(self._stay_connected())

    async def aclose(self) -> None:
        """See `Wakeups`."""
        self._listener = None
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def send(self, message: Message) -> None:
        """See `Wakeups`. A message too long for a notification (a large preview) reaches this process only."""
        if self._listener is not None:
            self._listener(message)
        text = f"{self._me} {encode(message)}"
        if len(text.encode()) <= MAX_BYTES:
            with contextlib.suppress(asyncio.QueueFull):
                self._unsent.put_nowait(text)

    async def _stay_connected(self) -> None:
        while True:
            try:
                await self._carry()
            except AWAY as error:
                log.warning("wake-ups are away", reason=str(error))
                await asyncio.sleep(RECONNECT_S)

    async def _carry(self) -> None:
        connect: Any = asyncpg.connect  # it has no types
        connection = await connect(self._dsn)
        lost = asyncio.ensure_future(_termination(connection))
        try:
            await connection.add_listener(CHANNEL, self._receive)
            while not lost.done():
                text = asyncio.ensure_future(self._unsent.get())
                await asyncio.wait((text, lost), return_when=asyncio.FIRST_COMPLETED)
                if not text.done():
                    text.cancel()
                    raise ConnectionResetError("the connection was closed")
                texts = [text.result()]
                while not self._unsent.empty():
                    texts.append(self._unsent.get_nowait())
                await connection.executemany("SELECT pg_notify($1, $2)", [(CHANNEL, text) for text in texts])
        finally:
            lost.cancel()
            connection.terminate()

    def _receive(self, _connection: Any, _pid: int, _channel: str, payload: Any) -> None:
        sender, _, text = str(payload).partition(" ")
        if sender != self._me and self._listener is not None:
            self._listener(decode(text))


async def _termination(connection: Any) -> None:
    """Returns when the connection ends; a listener that only waits would not notice."""
    ended = asyncio.Event()
    connection.add_termination_listener(lambda _: ended.set())
    await ended.wait()


_: type[Wakeups] = PostgresWakeups
