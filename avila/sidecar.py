"""The watchdog as a program of its own, with `/health` and `/readyz` for whoever supervises it."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.backend.base import Health
from gateway.backend.triton.client import TritonClient, token_in
from gateway.backend.triton.prober import Condition
from gateway.backend.triton.watchdog import Watchdog
from gateway.observability.logging import configure_logging
from gateway.observability.ops import make_ops_app, ops_port
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

    client = TritonClient(settings.triton_grpc_url, token_in(settings.triton_control_token_file))
    watchdog = Watchdog(client, on_hang, interval_s=settings.watchdog_interval_s, silence_s=settings.watchdog_silence_s)
    app = make_ops_app(lambda: _readiness(watchdog), lambda: _liveness(hung), watchdog_metrics(watchdog))
    work = asyncio.create_task(watchdog.run())
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, work.cancel)
    async with ops_port(settings.host, settings.ops_port, app):
        await asyncio.wait([work])
    await client.aclose()
    if not work.cancelled():
        work.result()


async def _readiness(watchdog: Watchdog) -> Health:
    return readiness_of(watchdog)


def readiness_of(watchdog: Watchdog) -> Health:
    """Whether every pipeline that is loaded answered its last probe."""
    if not watchdog.is_answered:
        return Health(False, "Triton does not answer")
    problems = [
        f"{finding.culprit} is {finding.condition.value}: {finding.reason}"
        for finding in watchdog.findings.values()
        if finding.condition is not Condition.READY
    ]
    return Health(not problems, "; ".join(problems))


def watchdog_metrics(watchdog: Watchdog) -> Callable[[], bytes]:
    """`avila_ready` says what `/readyz` does; `avila_watchdog_repairs_total` counts by model."""
    registry = CollectorRegistry()
    registry.register(_WatchdogCollector(watchdog))
    return lambda: generate_latest(registry)


class _WatchdogCollector(Collector):
    def __init__(self, watchdog: Watchdog) -> None:
        self._watchdog = watchdog

    def collect(self) -> Iterator[Metric]:
        """Read when it is scraped."""
        ready = readiness_of(self._watchdog).is_ready
        yield GaugeMetricFamily("avila_ready", "Whether a real inference of every pipeline succeeded", float(ready))
        repairs = CounterMetricFamily("avila_watchdog_repairs", "Models that were loaded again", labels=["model"])
        models = {finding.pipeline for finding in self._watchdog.findings.values()} | self._watchdog.repairs.keys()
        for model in sorted(models):
            repairs.add_metric([model], float(self._watchdog.repairs[model]))
        yield repairs


async def _liveness(hung: set[str]) -> Health:
    """Whether none waits for a new server."""
    return Health(not hung, ", ".join(sorted(hung)))
