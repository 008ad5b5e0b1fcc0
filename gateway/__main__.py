"""`python -m gateway`: serve until SIGTERM or Ctrl-C, then let running requests finish."""

from __future__ import annotations

import gc
import signal
import socket
import sys
from types import FrameType

import structlog
import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from diffusion.errors import DiffusionError
from gateway.app import create_app
from gateway.observability.logging import configure_logging
from gateway.provenance.certificate import CertificateError
from gateway.settings import Settings, SettingsError, load_settings
from gateway.storage.database import DatabaseError
from gateway.storage.images import StorageError

log = structlog.stdlib.get_logger("gateway")
LAST_WORDS_S = 5.0
YOUNG_OBJECTS = 10_000
"""How many objects come to be, beyond those that went, before garbage is looked for: about a picture's, some megabytes.
With Python's 700, each caller waited for it several times."""
EXPLAINED = (CertificateError, DatabaseError, DiffusionError, StorageError, OSError)
"""Failures at start whose message says all that is needed; others keep their traceback."""


class Server(uvicorn.Server):
    """A server that tells the application when it begins to stop, so that every stream ends instead of being cut."""

    def __init__(self, app: FastAPI, settings: Settings) -> None:
        self._app = app
        super().__init__(
            uvicorn.Config(
                BriefStartFailure(app),
                host=settings.host,
                port=settings.port,
                loop="uvloop",
                http="httptools",
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=True,
                timeout_graceful_shutdown=int(settings.graceful_timeout_s + LAST_WORDS_S),
            )
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen. What start-up made stays, and no collection of garbage looks at it again."""
        await super().startup(sockets)
        gc.collect()
        gc.freeze()
        gc.set_threshold(YOUNG_OBJECTS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, and wait for what runs."""
        log.info("stopping", connections=len(self.server_state.connections))
        self._app.state.shutdown.begun.set()
        await super().shutdown(sockets)


class BriefStartFailure:
    """Says in one line why the application did not start, where one line explains it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything through but the message of a failed start."""
        if scope["type"] != "lifespan":
            await self.app(scope, receive, send)
            return
        failure: Message = {}

        async def send_or_keep(message: Message) -> None:
            if message["type"] == "lifespan.startup.failed":
                failure.update(message)
            else:
                await send(message)

        try:
            await self.app(scope, receive, send_or_keep)
        except Exception as error:
            if failure:
                await send({**failure, "message": str(error)} if isinstance(error, EXPLAINED) else failure)
            raise


def serve(settings: Settings) -> None:
    """Serve until told to stop; then exit with 0 (the server raises the signal again once it has shut down)."""
    configure_logging(settings.log_format, settings.log_level)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    Server(create_app(settings), settings).run()


def _leave(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def main() -> None:
    """Read the settings and serve."""
    try:
        settings = load_settings()
    except SettingsError as error:
        sys.exit(str(error))
    serve(settings)


if __name__ == "__main__":
    main()
