"""A real receiver of traces: OTLP over HTTP, in the official messages."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from benchmarks.waterfall.otlp import listening


class Receiver:
    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.services: set[str] = set()
        self.url = ""

    def take(self, body: bytes) -> None:
        message = ExportTraceServiceRequest.FromString(body)
        for resource in message.resource_spans:
            names = [one.value.string_value for one in resource.resource.attributes if one.key == "service.name"]
            self.services.update(names)
            for scope in resource.scope_spans:
                self.spans += scope.spans

    def of_trace(self, trace_id: str) -> dict[str, Span]:
        """The spans of a trace by name."""
        return {span.name: span for span in self.spans if span.trace_id.hex() == trace_id}

    def until(self, trace_id: str, names: set[str], timeout_s: float = 15.0) -> dict[str, Span]:
        started = time.monotonic()
        while not names <= self.of_trace(trace_id).keys():
            seen = sorted(self.of_trace(trace_id))
            assert time.monotonic() - started < timeout_s, f"only {seen} came; of all traces {len(self.spans)} spans"
            time.sleep(0.05)
        return self.of_trace(trace_id)


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    with listening(receiver.take) as receiver.url:
        yield receiver
