"""Receives a service's traces (OTLP over HTTP) and cuts a picture's time into parts that do not overlap."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from benchmarks.waterfall.otlp import listening

SERVER = "POST /v1/images/generations"
ENGINE = ("orchestrator.encode", "orchestrator.denoise", "orchestrator.decode")
WHOLE = frozenset({SERVER, "job", "job.queued", "generate", "encode", "store.put", *ENGINE})
ARRIVES_S = 20.0

PARTS = (
    "HTTP and client",
    "gateway",
    "queue",
    "worker",
    "transport and events",
    "engine: waiting",
    "engine: text encoder",
    "engine: UNet",
    "engine: solver, packing",
    "engine: VAE decoder",
    "encoding, marks",
    "storing",
)


class IncompleteTraceError(Exception):
    """A trace did not arrive whole."""


class Receiver:
    """What came, by trace id in hexadecimal and span name."""

    def __init__(self) -> None:
        self.url = ""
        self._traces: dict[str, dict[str, Span]] = {}

    def take(self, body: bytes) -> None:
        """One message of an exporter."""
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                for span in scope.spans:
                    self._traces.setdefault(span.trace_id.hex(), {})[span.name] = span

    def whole(self, trace_id: str) -> dict[str, Span]:
        """The trace, as soon as all of it is here.

        Raises:
            IncompleteTraceError: naming what is missing after `ARRIVES_S`.
        """
        until = time.monotonic() + ARRIVES_S
        while missing := WHOLE - self._traces.get(trace_id, {}).keys():
            if time.monotonic() > until:
                raise IncompleteTraceError(f"trace {trace_id} came without {', '.join(sorted(missing))}")
            time.sleep(0.05)
        return self._traces[trace_id]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a free port of 127.0.0.1."""
    receiver = Receiver()
    with listening(receiver.take) as receiver.url:
        yield receiver


def parts_of(spans: dict[str, Span], wall_s: float) -> dict[str, float]:
    """Seconds of each of `PARTS`. Each is measured where it happens; only the first is what is left of `wall_s`.

    An engine's phase tells two times of its own: in its batches (`busy_s`), and in the networks' calls (`network_s`).
    """
    encode, denoise, decode = (_told(spans[name]) for name in ENGINE)
    busy = sum(phase["busy_s"] for phase in (encode, denoise, decode))
    networks = sum(phase["network_s"] for phase in (encode, denoise, decode))
    # accepted by the engine until its last picture is decoded
    engine = (spans[ENGINE[2]].end_time_unix_nano - spans[ENGINE[0]].start_time_unix_nano) / 1e9
    job, generate, queued = (_seconds(spans[name]) for name in ("job", "generate", "job.queued"))
    picture, storing = _seconds(spans["encode"]), _seconds(spans["store.put"])
    seconds = (
        wall_s - _seconds(spans[SERVER]),
        _seconds(spans[SERVER]) - queued - job,
        queued,
        job - generate,
        generate - engine - picture - storing,
        engine - busy,
        encode["network_s"],
        denoise["network_s"],
        busy - networks,
        decode["network_s"],
        picture,
        storing,
    )
    return dict(zip(PARTS, seconds, strict=True))


def _seconds(span: Span) -> float:
    return float(span.end_time_unix_nano - span.start_time_unix_nano) / 1e9


def _told(span: Span) -> dict[str, float]:
    return {one.key: one.value.double_value for one in span.attributes}
