"""`avila worker`: a worker of its own, beside gateways and other workers on one PostgreSQL."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys

import structlog

from gateway.app import make_networks
from gateway.backend.base import Health
from gateway.ground import grounded, working
from gateway.kit.shutdown import Shutdown
from gateway.observability.logging import configure_logging
from gateway.observability.metrics import Metrics
from gateway.observability.ops import make_ops_app, ops_port
from gateway.observability.readiness import Readiness
from gateway.observability.tracing import Tracing
from gateway.settings import Settings, SettingsError, load_settings
from gateway.storage.database import DatabaseError
from gateway.storage.images import StorageError

log = structlog.stdlib.get_logger("gateway.worker")


async def run(settings: Settings) -> None:
    """Take jobs until SIGTERM or SIGINT; those that run then get the grace period, and go back into the queue after it.

    Raises:
        DatabaseError, StorageError, OSError: the database, the image store or the port for probes cannot be used.
    """
    shutdown = Shutdown()
    here = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        here.add_signal_handler(number, shutdown.begun.set)
    async with contextlib.AsyncExitStack() as stack:
        tracing = Tracing(settings.otlp_endpoint, settings.trace_ratio, "avila-worker")
        ground = await stack.enter_async_context(grounded(settings, make_networks(settings), Metrics(), tracing))
        worker, readiness = ground.worker(), Readiness(ground.backend, ground.clock)

        async def readyz() -> Health:
            return Health(False, "stopping") if shutdown.begun.is_set() else await readiness.check()

        async def health() -> Health:
            return Health(worker.is_taking, "" if worker.is_taking else "it takes no jobs any more")

        app = make_ops_app(readyz, health, ground.metrics.render)
        await stack.enter_async_context(ops_port(settings.host, settings.ops_port, app))
        await stack.enter_async_context(working(ground, worker, shutdown, []))
        log.info("taking jobs", concurrency=settings.worker_concurrency)
        await shutdown.begun.wait()
        log.info("stopping")


def main() -> None:
    """Read the settings and work."""
    try:
        settings = load_settings()
        configure_logging(settings.log_format, settings.log_level)
        asyncio.run(run(settings))
    except (SettingsError, DatabaseError, StorageError, OSError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
