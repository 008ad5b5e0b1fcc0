"""The gateway's Prometheus metrics, in their own registry. Labels have few values: never a user, a key or a prompt."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.process_collector import ProcessCollector

from diffusion.events import Cancelled, Event, Failed, Finished, ImageDone, StepDone, is_terminal
from diffusion.request import GenerationRequest

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series beside each counter

HTTP_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
GENERATION_BUCKETS = (0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120, 300, 600)
ROW_BUCKETS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64)


class Metrics:
    """Every metric of the gateway."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self.registry = registry
        ProcessCollector(registry=registry)
        self.http_requests = Counter(
            "avila_http_requests", "HTTP requests answered", ["method", "route", "status"], registry=registry
        )
        self.http_seconds = Histogram(
            "avila_http_request_duration_seconds",
            "Time from a request's first byte to its answer's last",
            ["method", "route"],
            buckets=HTTP_BUCKETS,
            registry=registry,
        )
        self.http_open = Gauge("avila_http_requests_in_progress", "HTTP requests being answered", registry=registry)
        self.generations = Counter(
            "avila_generations", "Generation requests by how they ended", ["model", "outcome"], registry=registry
        )
        self.generations_open = Gauge(
            "avila_generations_in_progress", "Generation requests in the backend", ["model"], registry=registry
        )
        self.images = Counter("avila_images", "Images finished", ["model"], registry=registry)
        self.megapixel_steps = Counter(
            "avila_megapixel_steps", "Denoising work done, in megapixels times steps", ["model"], registry=registry
        )
        self.queued_seconds = Histogram(
            "avila_generation_queued_seconds",
            "Time from acceptance to the first step",
            ["model"],
            buckets=GENERATION_BUCKETS,
            registry=registry,
        )
        self.running_seconds = Histogram(
            "avila_generation_running_seconds",
            "Time from the first step to the last image",
            ["model"],
            buckets=GENERATION_BUCKETS,
            registry=registry,
        )
        self.batch_rows = Histogram(
            "avila_batch_rows", "Rows of the batch a step ran in", ["model"], buckets=ROW_BUCKETS, registry=registry
        )

    def render(self) -> bytes:
        """The text that Prometheus scrapes."""
        return generate_latest(self.registry)

    async def watched(
        self, request: GenerationRequest, events: AsyncGenerator[Event, None]
    ) -> AsyncGenerator[Event, None]:
        """The same events, counted; closing this closes `events`."""
        model, outcome = request.pipeline, "cancelled"
        self.generations_open.labels(model).inc()
        try:
            async with aclosing(events):
                async for event in events:
                    self._count(request, event)
                    if is_terminal(event):
                        outcome = _outcome(event)
                    yield event
        finally:
            self.generations_open.labels(model).dec()
            self.generations.labels(model, outcome).inc()

    def _count(self, request: GenerationRequest, event: Event) -> None:
        model = request.pipeline
        if isinstance(event, StepDone):
            self.batch_rows.labels(model).observe(event.rows)
            self.megapixel_steps.labels(model).inc(request.width * request.height / 1e6)
        elif isinstance(event, ImageDone):
            self.images.labels(model).inc()
        elif isinstance(event, Finished):
            self.queued_seconds.labels(model).observe(event.queued_s)
            self.running_seconds.labels(model).observe(event.running_s)


def _outcome(event: Event) -> str:
    if isinstance(event, Failed):
        return event.code
    return "cancelled" if isinstance(event, Cancelled) else "succeeded"
