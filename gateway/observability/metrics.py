"""The gateway's Prometheus metrics, in their own registry. Labels have few values, and never a prompt or a name.

Ids of people and keys are in the gauges of `gateway.observability.panel` alone, which has a bound.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from diffusion.events import Cancelled, Event, Failed, Finished, ImageDone, StepDone, is_terminal
from diffusion.request import GenerationRequest
from gateway.observability.panel import PanelCollector

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series beside each counter

HTTP_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
GENERATION_BUCKETS = (0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120, 300, 600)
PHASE_BUCKETS = (0.005, 0.02, 0.05, *GENERATION_BUCKETS)
ROW_BUCKETS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64)
OUTCOMES = ("succeeded", "failed", "canceled", "cached")
LOAD_OUTCOMES = ("warm", "failed")
QUOTAS = ("images_per_day", "megapixel_steps_per_day", "key_images_per_day", "queued_jobs", "stored_bytes")
WEBHOOK_OUTCOMES = ("delivered", "retried", "failed")
STORE_OPERATIONS = ("put", "get", "delete", "list")
MODERATIONS = (
    ("prompt", "blocked"),
    ("prompt", "blurred"),
    ("input_image", "blocked"),
    ("output_image", "blocked"),
    ("output_image", "blurred"),
)
NO_MODEL = ""
"""Label of the queue's gauges while there is no model at all: an autoscaler takes a missing number for an error."""


@dataclass(frozen=True, slots=True)
class QueueFacts:
    """Waiting jobs and the seconds of all work that is not done, by model; how long the oldest has waited, and the
    oldest webhook."""

    depth: Mapping[str, int]
    work_s: Mapping[str, float]
    oldest_s: float
    oldest_webhook_s: float = 0.0


class QueueCollector(Collector):
    """The queue's gauges. Every gateway tells of the whole queue; a worker, which does not look at it, has none."""

    def __init__(self) -> None:
        self.facts: QueueFacts | None = None

    def collect(self) -> Iterator[Metric]:
        """Read when it is scraped."""
        facts = self.facts
        if facts is None:
            return
        depth = GaugeMetricFamily("avila_queue_depth", "Jobs that wait", labels=["model"])
        told = "Time that the jobs which wait or run will take, from the speed of the last ones"
        work = GaugeMetricFamily("avila_predicted_work_seconds", told, labels=["model"])
        for model in facts.depth or (NO_MODEL,):
            depth.add_metric([model], facts.depth.get(model, 0))
            work.add_metric([model], facts.work_s.get(model, 0.0))
        yield from (depth, work)
        yield GaugeMetricFamily("avila_queue_oldest_seconds", "How long the oldest job has waited", facts.oldest_s)
        told = "How long the oldest webhook that is not delivered has waited"
        yield GaugeMetricFamily("avila_webhook_oldest_seconds", told, facts.oldest_webhook_s)


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
        self.steps = Counter("avila_steps", "Denoising steps done, of all images", ["model"], registry=registry)
        self.phase_seconds = {
            phase: Histogram(
                f"avila_generation_{word}_seconds", told, ["model"], buckets=PHASE_BUCKETS, registry=registry
            )
            for phase, word, told in (
                ("encode", "encoding", "Time of a generation's batches of the text encoder"),
                ("denoise", "denoising", "Time of a generation's denoising batches"),
                ("decode", "decoding", "Time of a generation's batches of the decoder"),
            )
        }
        self._add_jobs(registry)

    def _add_jobs(self, registry: CollectorRegistry) -> None:
        self.jobs = Counter("avila_jobs", "Jobs by how they ended", ["model", "outcome"], registry=registry)
        self.leases_lost = Counter(
            "avila_leases_lost", "Jobs that were taken from this worker because it was too slow", registry=registry
        )
        self.store_errors = Counter(
            "avila_store_errors", "Failures of the image store", ["operation"], registry=registry
        )
        self.quota_refusals = Counter("avila_quota_refusals", "Jobs that a quota refused", ["quota"], registry=registry)
        told = "Webhooks sent, by what came of it"
        self.webhook_deliveries = Counter("avila_webhook_deliveries", told, ["outcome"], registry=registry)
        for outcome in WEBHOOK_OUTCOMES:
            self.webhook_deliveries.labels(outcome)
        self.moderation = Counter(
            "avila_moderation", "Prompts and pictures blocked or blurred", ["stage", "action"], registry=registry
        )
        for stage, action in MODERATIONS:
            self.moderation.labels(stage, action)
        self.resident = Gauge(
            "avila_resident_models", "Pipelines that are loaded on this worker's server", registry=registry
        )
        told = "Pipelines loaded by this worker, by what came of it"
        self.loads = Counter("avila_model_loads", told, ["model", "outcome"], registry=registry)
        told = "Pipelines unloaded by this worker"
        self.unloads = Counter("avila_model_unloads", told, ["model"], registry=registry)
        told = "Time of loading a pipeline"
        self.load_seconds = Histogram(
            "avila_model_load_seconds", told, ["model"], buckets=GENERATION_BUCKETS, registry=registry
        )
        for operation in STORE_OPERATIONS:
            self.store_errors.labels(operation)  # a counter that begins at 1 has no increase
        for quota in QUOTAS:
            self.quota_refusals.labels(quota)
        self.queue, self.panel = QueueCollector(), PanelCollector()
        registry.register(self.queue)
        registry.register(self.panel)

    def know(self, models: Iterable[str]) -> None:
        """Begin the counters of these models at 0, so that their first job is an increase."""
        for model in models:
            for outcome in OUTCOMES:
                self.jobs.labels(model, outcome)
            for outcome in LOAD_OUTCOMES:
                self.loads.labels(model, outcome)
            self.unloads.labels(model)

    def render(self) -> bytes:
        """The text that Prometheus scrapes."""
        return generate_latest(self.registry)

    async def watched(
        self, request: GenerationRequest, events: AsyncGenerator[Event, None]
    ) -> AsyncGenerator[Event, None]:
        """The same events, counted; closing this closes `events`."""
        model, outcome, told = request.pipeline, "cancelled", dict.fromkeys(range(request.num_images), 0)
        self.generations_open.labels(model).inc()
        try:
            async with aclosing(events):
                async for event in events:
                    self._count(request, event, told)
                    if is_terminal(event):
                        outcome = _outcome(event)
                    yield event
        finally:
            self.generations_open.labels(model).dec()
            self.generations.labels(model, outcome).inc()

    def _count(self, request: GenerationRequest, event: Event, told: dict[int, int]) -> None:
        """`told` has the last step of each image that was told of: not each is (`progress_every_s`)."""
        model = request.pipeline
        if isinstance(event, StepDone):
            done, told[event.image] = event.step - told[event.image], event.step
            self.batch_rows.labels(model).observe(event.rows)
            self.steps.labels(model).inc(done)
            self.megapixel_steps.labels(model).inc(done * request.width * request.height / 1e6)
        elif isinstance(event, ImageDone):
            self.images.labels(model).inc()
        elif isinstance(event, Finished):
            self.queued_seconds.labels(model).observe(event.queued_s)
            self.running_seconds.labels(model).observe(event.running_s)
            for phase in event.phases:
                self.phase_seconds[phase.phase].labels(model).observe(phase.busy_s)


def _outcome(event: Event) -> str:
    if isinstance(event, Failed):
        return event.code
    return "cancelled" if isinstance(event, Cancelled) else "succeeded"
