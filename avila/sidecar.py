"""The watchdog as a program of its own, with `/health` and `/readyz` for whoever supervises it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Iterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from gateway.backend.triton.client import TritonClient
from gateway.backend.triton.prober import Condition
from gateway.backend.triton.watchdog import Watchdog
from gateway.observability.logging import configure_logging
from gateway.settings import Settings

logger = logging.getLogger(__name__)


async def watch(settings: Settings) -> None:
    """Watch until SIGTERM or Ctrl-C.

    A pipeline that is silent for long needs a new server. Who started it must see to that: `/health` then fails.
    """
    configure_logging(settings.log_format, settings.log_level)
    hung: set[str] = set()

    async def on_hang(pipeline: str, reason: str) -> None:
        logger.error("%s makes no progress (%s); Triton must be started again", pipeline, reason)
        hung.add(pipeline)

    client = TritonClient(settings.triton_grpc_url, control_token(settings))
    watchdog = Watchdog(client, on_hang, interval_s=settings.watchdog_interval_s, silence_s=settings.watchdog_silence_s)
    work = [asyncio.create_task(watchdog.run())]
    if settings.ops_port:
        work.append(asyncio.create_task(_serve(settings, watchdog, hung)))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, work[0].cancel)
    done, pending = await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.wait(work)
    await client.aclose()
    for task in done:
        if not task.cancelled():
            task.result()


def control_token(settings: Settings) -> str:
    """The secret of Triton's model control, or ""."""
    path = settings.triton_control_token_file
    return path.read_text(encoding="ascii").strip() if path else ""


async def _serve(settings: Settings, watchdog: Watchdog, hung: set[str]) -> None:
    app = make_app(watchdog, hung)
    config = uvicorn.Config(
        app, host=settings.host, port=settings.ops_port, log_config=None, access_log=False, lifespan="off"
    )
    await _Server(config).serve()


class _Server(uvicorn.Server):
    """Leaves the signals to `watch`."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def make_app(watchdog: Watchdog, hung: set[str]) -> Starlette:
    """`/readyz`: every pipeline answered its last probe. `/health`: none is waiting for a new server."""

    async def readyz(_: Request) -> JSONResponse:
        problems = [
            f"{finding.culprit} is {finding.condition.value}: {finding.reason}"
            for finding in watchdog.findings.values()
            if finding.condition is not Condition.READY
        ]
        if not watchdog.findings:
            problems = ["Triton does not answer, or has no pipeline"]
        status = "not ready" if problems else "ready"
        return JSONResponse({"status": status, "reason": "; ".join(problems)}, 503 if problems else 200)

    async def health(_: Request) -> JSONResponse:
        if hung:
            return JSONResponse({"status": "hung", "reason": ", ".join(sorted(hung))}, 503)
        return JSONResponse({"status": "ok", "reason": ""})

    return Starlette(routes=[Route("/readyz", readyz), Route("/health", health)])
