"""Server-sent events: a response that keeps idle connections open and ends its source when the client is gone."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Mapping
from typing import Any

from fastapi.sse import format_sse_event
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from gateway.kit.disconnect import ClientGoneError, run_while_connected
from gateway.kit.streams import ended

KEEPALIVE = b": keepalive\n\n"


def sse_event(data: Mapping[str, Any], *, event: str | None = None, id: str | None = None) -> bytes:
    """One event on the wire; `data` becomes one line of JSON."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    return format_sse_event(data_str=text, event=event, id=id)


class EventStream(Response):
    """Sends the chunks of `source` as they come and a comment whenever nothing came for `keepalive_s` seconds.

    `source` is closed in every case: at its end, when the client disconnects, and when the server stops.
    """

    media_type = "text/event-stream"

    def __init__(
        self, source: AsyncGenerator[bytes, None], *, keepalive_s: float, headers: Mapping[str, str] | None = None
    ) -> None:
        self._source = source
        self._keepalive_s = keepalive_s
        self.status_code = 200
        self.background = None
        self.init_headers({"cache-control": "no-store", "x-accel-buffering": "no", **(headers or {})})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        with contextlib.suppress(ClientGoneError):
            await run_while_connected(receive, self._send_all(send))

    async def _send_all(self, send: Send) -> None:
        async with contextlib.aclosing(self._source) as source:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            async with contextlib.aclosing(with_keepalive(source, self._keepalive_s)) as chunks:
                async for chunk in chunks:
                    await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})


async def with_keepalive(source: AsyncGenerator[bytes, None], interval_s: float) -> AsyncGenerator[bytes, None]:
    """The chunks of `source`, with a comment in every silence of `interval_s` seconds."""
    upcoming: asyncio.Task[bytes] | None = None
    try:
        while True:
            upcoming = upcoming or asyncio.ensure_future(anext(source))
            done, _ = await asyncio.wait((upcoming,), timeout=interval_s)
            if not done:
                yield KEEPALIVE
                continue
            try:
                chunk = upcoming.result()
            except StopAsyncIteration:
                return
            upcoming = None
            yield chunk
    finally:
        if upcoming is not None:
            await ended(upcoming)
