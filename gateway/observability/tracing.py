"""One trace from the caller's request through the job and its worker into the orchestrator.

The context travels as W3C `traceparent`: in the caller's header, in the job's row, and to Triton in the gRPC metadata
(for Triton's own spans) and as a parameter of the request (for the orchestrator's log). The orchestrator needs no
OpenTelemetry: it tells in its last event how long each phase took, and the worker makes the spans of that.

Every request has a trace id, in its log lines and its answer, whether spans are exported or not.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBasedTraceIdRatio
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from diffusion.events import Finished

HEADER = "traceparent"
EXPORT_DELAY_MS = 1000
_W3C = TraceContextTextMapPropagator()


class Tracing:
    """Makes spans. Nothing is exported, and no thread runs, without an endpoint.

    Args:
        endpoint: base address of an OTLP/HTTP receiver, or None.
        ratio: share of the traces that begin here which are exported; a caller's own decision goes before it.
        service: name of this process in the traces.
    """

    def __init__(self, endpoint: str | None = None, ratio: float = 1.0, service: str = "avila-gateway") -> None:
        sampler = ALWAYS_OFF if endpoint is None else ParentBasedTraceIdRatio(ratio)
        resource = Resource({"service.name": service})
        self._provider = TracerProvider(sampler=sampler, resource=resource, shutdown_on_exit=False)
        self._tracer = self._provider.get_tracer("avila")
        self._endpoint = endpoint

    def start(self) -> None:
        """Begin to export, where that is wanted."""
        if self._endpoint is not None:
            exporter = OTLPSpanExporter(f"{self._endpoint.rstrip('/')}/v1/traces", timeout=5)
            self._provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=EXPORT_DELAY_MS))

    def stop(self) -> None:
        """Export what is left; may take some seconds."""
        self._provider.shutdown()

    @contextlib.contextmanager
    def span(self, name: str, kind: SpanKind = SpanKind.INTERNAL, **more: Any) -> Iterator[Span]:
        """A span that is current within the block; `parent` (a traceparent) and `attributes` may be given."""
        parent: Context | None = _context(more.pop("parent", None))
        with self._tracer.start_as_current_span(name, parent, kind, **more) as span:
            yield span

    def finished(self, name: str, started: float, ended: float, attributes: Mapping[str, Any]) -> None:
        """A span that is over, under the current one; moments in seconds of the epoch."""
        span = self._tracer.start_span(name, attributes=dict(attributes), start_time=_nanoseconds(started))
        span.end(_nanoseconds(ended))

    def queued(self, since: datetime, until: datetime) -> None:
        """A job waited."""
        self.finished("job.queued", since.timestamp(), until.timestamp(), {})

    def orchestrator(self, event: Finished) -> None:
        """The phases of a request that has just ended, as its engine told them."""
        accepted = time.time() - event.queued_s - event.running_s
        for phase in event.phases:
            attributes = {"batches": phase.batches, "busy_s": phase.busy_s, "network_s": phase.network_s}
            name = f"orchestrator.{phase.phase}"
            self.finished(name, accepted + phase.from_s, accepted + phase.to_s, attributes)


def current_traceparent() -> str | None:
    """What is sent along with a call, or stored, so that the trace goes on there."""
    carrier: dict[str, str] = {}
    _W3C.inject(carrier)
    return carrier.get(HEADER)


def trace_id() -> str | None:
    """Of the current span, in hexadecimal."""
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else None


def mark_failed(span: Span, reason: str) -> None:
    """The span's work did not succeed."""
    span.set_status(Status(StatusCode.ERROR, reason))


def add_trace_id(_logger: Any, _method: str, line: Any) -> Any:
    """A processor of structlog: the trace's id in every line."""
    found = trace_id()
    if found is not None:
        line.setdefault("trace_id", found)
    return line


def _context(traceparent: str | None) -> Context | None:
    return None if traceparent is None else _W3C.extract({HEADER: traceparent}, Context())


def _nanoseconds(moment: float) -> int:
    return int(moment * 1e9)
