"""`python -m gateway`: serve until SIGTERM or Ctrl-C, then let running requests finish."""

from __future__ import annotations

import asyncio
import socket
import sys

import structlog
import uvicorn
from fastapi import FastAPI

from gateway.app import create_app
from gateway.observability.logging import configure_logging
from gateway.settings import Settings, SettingsError, load_settings

log = structlog.stdlib.get_logger("gateway")
LAST_WORDS_S = 5.0


class Server(uvicorn.Server):
    """A server whose shutdown ends every stream: requests get `graceful_s` to finish, then the backend fails them."""

    def __init__(self, app: FastAPI, settings: Settings) -> None:
        self._app = app
        self._graceful_s = settings.graceful_timeout_s
        super().__init__(
            uvicorn.Config(
                app,
                host=settings.host,
                port=settings.port,
                loop="uvloop",
                http="httptools",
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=True,
                timeout_graceful_shutdown=int(self._graceful_s + LAST_WORDS_S),
            )
        )

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop listening, wait, and cut off what is still running after the grace period."""
        log.info("stopping", connections=len(self.server_state.connections), grace_s=self._graceful_s)
        ending = asyncio.ensure_future(self._end_requests())
        try:
            await super().shutdown(sockets)
        finally:
            ending.cancel()

    async def _end_requests(self) -> None:
        await asyncio.sleep(self._graceful_s)
        await self._app.state.backend.aclose()


def serve(settings: Settings) -> None:
    """Serve until told to stop."""
    configure_logging(settings.log_format, settings.log_level)
    Server(create_app(settings), settings).run()


def main() -> None:
    """Read the settings and serve."""
    try:
        settings = load_settings()
    except SettingsError as error:
        sys.exit(str(error))
    serve(settings)


if __name__ == "__main__":
    main()
