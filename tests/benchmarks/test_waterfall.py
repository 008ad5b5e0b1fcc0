from __future__ import annotations

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from benchmarks.waterfall import spans
from benchmarks.waterfall.report import summary, write_report
from benchmarks.waterfall.spans import PARTS, IncompleteTraceError, parts_of, receiving

MILLISECONDS = {  # begin, end
    spans.SERVER: (2, 98),
    "job.queued": (5, 8),
    "job": (8, 95),
    "generate": (9, 94),
    "orchestrator.encode": (12, 16),
    "orchestrator.denoise": (16, 70),
    "orchestrator.decode": (71, 80),
    "encode": (82, 88),
    "store.put": (88, 90),
}
BUSY = {"orchestrator.encode": (4.0, 3.0), "orchestrator.denoise": (50.0, 45.0), "orchestrator.decode": (8.0, 7.0)}
TRACE = bytes(range(16))


def trace() -> dict[str, Span]:
    found = {}
    for name, (begin, end) in MILLISECONDS.items():
        span = Span(trace_id=TRACE, name=name, start_time_unix_nano=begin * 10**6, end_time_unix_nano=end * 10**6)
        for key, value in zip(("busy_s", "network_s"), BUSY.get(name, ()), strict=False):
            span.attributes.add(key=key).value.double_value = value / 1e3
        found[name] = span
    return found


def test_the_parts_do_not_overlap_and_add_up_to_the_wait() -> None:
    parts = parts_of(trace(), wall_s=0.1)
    assert {name: round(seconds * 1e3, 6) for name, seconds in parts.items()} == {
        "HTTP and client": 4,
        "gateway": 6,
        "queue": 3,
        "worker": 2,
        "transport and events": 9,
        "engine: waiting": 6,
        "engine: text encoder": 3,
        "engine: UNet": 45,
        "engine: solver, packing": 7,
        "engine: VAE decoder": 7,
        "encoding, marks": 6,
        "storing": 2,
    }
    assert sum(parts.values()) == pytest.approx(0.1)


def test_the_report_says_the_shares(tmp_path) -> None:
    result = summary([parts_of(trace(), 0.1), parts_of(trace(), 0.12)], [0.1, 0.12])
    assert result["sum_over_wall"] == 1
    assert result["networks_share"] == 0.5
    assert result["measured_share"] == pytest.approx(0.88)
    facts = {
        "date": "d",
        "commit": "c",
        "command": "x",
        "machine": {"cpu": "p", "cores": 2, "load_average_before": [0]},
    }
    paths = write_report(facts, {"asked": "a", **result}, tmp_path)
    assert all(path.stat().st_size > 500 for path in paths)
    assert all(name in (tmp_path / "waterfall.md").read_text() for name in PARTS)


def test_a_trace_is_taken_when_it_is_whole(monkeypatch) -> None:
    monkeypatch.setattr(spans, "ARRIVES_S", 0.2)
    with receiving() as receiver:
        for given in (list(trace().values())[:-1], list(trace().values())[-1:]):
            message = ExportTraceServiceRequest()
            message.resource_spans.add().scope_spans.add().spans.extend(given)
            if len(given) == 1:
                with pytest.raises(IncompleteTraceError, match=r"without store\.put"):
                    receiver.whole(TRACE.hex())
            httpx.post(f"{receiver.url}/v1/traces", content=message.SerializeToString())
        assert receiver.whole(TRACE.hex()).keys() == MILLISECONDS.keys()
