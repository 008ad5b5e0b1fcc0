"""One trace through the real Triton: HTTP, job, worker, gRPC, and the orchestrator's own phases."""

from __future__ import annotations

import httpx
import pytest

from tests.gateway.observability.otlp import receiving
from tests.gateway.observability.test_tracing import PARENT, TRACE, WHOLE

pytestmark = pytest.mark.triton


def test_one_trace_covers_everything(make_service):
    with receiving() as receiver:
        service = make_service(otlp_endpoint=receiver.url)
        service.start()
        body = {"model": "toy", "input": {"prompt": "x", "num_inference_steps": 3, "width": 64, "height": 64}}
        headers = {**service.headers, "traceparent": PARENT, "prefer": "wait=30"}
        answer = httpx.post(f"{service.address}/v1/jobs", json=body, headers=headers, timeout=60)
        assert answer.json()["status"] == "succeeded", answer.text
        spans = receiver.until(TRACE, WHOLE)
    denoise = spans["orchestrator.denoise"]
    assert {one.key: one.value.int_value for one in denoise.attributes}["batches"] == 3
    assert denoise.parent_span_id == spans["generate"].span_id
    generate = spans["generate"]
    assert generate.start_time_unix_nano <= spans["orchestrator.encode"].start_time_unix_nano + 50_000_000
    assert denoise.end_time_unix_nano <= generate.end_time_unix_nano + 50_000_000
