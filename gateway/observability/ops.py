"""A port of its own for whoever runs the process: `/health`, `/readyz`, `/metrics`. Never on the public address.

Gateway, worker and watchdog have the same three, so that probes and scraping are the same everywhere. There is no
authentication: the port is for the cluster's own probes and Prometheus, and a network policy keeps others away.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.backend.base import Health

Check = Callable[[], Awaitable[Health]]
FORGET_S = 2  # an open scrape does not hold up the end of the process


async def alive() -> Health:
    """The answer of a process whose event loop answers at all."""
    return Health(is_ready=True)


async def nothing() -> None:
    """There is nothing to do."""


def make_ops_app(
    readyz: Check,
    health: Check = alive,
    metrics: Callable[[], bytes] = bytes,
    before_metrics: Callable[[], Awaitable[None]] = nothing,
) -> Starlette:
    """The three routes. `readyz`: may it be given work; `health`: would a restart help."""

    async def get_readyz(_: Request) -> JSONResponse:
        return _told(await readyz(), "ready", "not ready")

    async def get_health(_: Request) -> JSONResponse:
        return _told(await health(), "ok", "hung")

    async def get_metrics(_: Request) -> Response:
        await before_metrics()
        return Response(metrics(), media_type=CONTENT_TYPE_LATEST)

    return Starlette(
        routes=[Route("/readyz", get_readyz), Route("/health", get_health), Route("/metrics", get_metrics)]
    )


@contextlib.asynccontextmanager
async def ops_port(host: str, port: int, app: Starlette) -> AsyncIterator[None]:
    """Serve `app` within the block; nothing when `port` is 0.

    Raises:
        OSError: the port is taken.
    """
    if not port:
        yield
        return
    config = uvicorn.Config(
        app, host, port, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=FORGET_S
    )
    server = _Server(config)
    listener = _listen(host, port)
    serving = asyncio.ensure_future(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving


def _listen(host: str, port: int) -> socket.socket:
    """uvicorn's own binding ends the process when the port is taken, without a word that names it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise OSError(f"AVILA_OPS_PORT: {host}:{port} cannot be listened on ({error.strerror})") from error
    return listener


def _told(found: Health, good: str, bad: str) -> JSONResponse:
    status = good if found.is_ready else bad
    return JSONResponse({"status": status, "reason": found.reason}, 200 if found.is_ready else 503)


class _Server(uvicorn.Server):
    """Leaves the signals to the process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield
