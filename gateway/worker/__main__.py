"""`python -m gateway.worker`: a worker of its own, beside gateways and other workers on one PostgreSQL."""

from __future__ import annotations

import asyncio
import signal
import sys

import structlog

from gateway.app import make_backend
from gateway.composition import grounded, working
from gateway.kit.shutdown import Shutdown
from gateway.observability.logging import configure_logging
from gateway.observability.metrics import Metrics
from gateway.settings import Settings, SettingsError, load_settings
from gateway.storage.database import DatabaseError
from gateway.storage.images import StorageError

log = structlog.stdlib.get_logger("gateway.worker")


async def run(settings: Settings) -> None:
    """Take jobs until SIGTERM or SIGINT; those that run then get the grace period, and go back into the queue after it.

    Raises:
        DatabaseError, StorageError: the database or the image store cannot be used.
    """
    shutdown = Shutdown()
    here = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        here.add_signal_handler(number, shutdown.begun.set)
    async with (
        grounded(settings, make_backend(settings), Metrics()) as ground,
        working(ground, ground.worker(), shutdown, []),
    ):
        log.info("taking jobs", concurrency=settings.worker_concurrency)
        await shutdown.begun.wait()
        log.info("stopping")


def main() -> None:
    """Read the settings and work."""
    try:
        settings = load_settings()
        configure_logging(settings.log_format, settings.log_level)
        asyncio.run(run(settings))
    except (SettingsError, DatabaseError, StorageError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
