"""One trace from the caller's request to the phases of the engine, received by a real OTLP server."""

from __future__ import annotations

import asyncio
import json
import logging

import pytest

from gateway.app import create_app
from gateway.backend.triton.client import TRACEPARENT
from gateway.observability.logging import configure_logging
from gateway.observability.tracing import Tracing, current_traceparent
from tests.gateway.conftest import Running
from tests.gateway.fakes import ScriptedBackend, play_timed
from tests.gateway.observability.otlp import Receiver, receiving

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
BODY = {"model": "toy", "input": {"prompt": "a private wish", "num_inference_steps": 2}}
WHOLE = {
    "POST /v1/jobs",
    "job",
    "job.queued",
    "generate",
    "encode",
    "store.put",
    "orchestrator.encode",
    "orchestrator.denoise",
    "orchestrator.decode",
}


@pytest.fixture
async def traced(settings):
    with receiving() as receiver:
        settings = settings.model_copy(update={"otlp_endpoint": receiver.url})
        backend = ScriptedBackend(play_timed)
        app = create_app(settings, backend)
        async with app.router.lifespan_context(app) as state:
            running = Running(app, state["keys"], dict(state))
            _, key = await running.keys.create("tests")
            async with running.client(key) as client:
                yield client, receiver


class TestOneTrace:
    async def test_it_covers_request_job_worker_and_orchestrator(self, traced: tuple[object, Receiver]):
        client, receiver = traced
        answer = await client.post("/v1/jobs", json=BODY, headers={"traceparent": PARENT, "prefer": "wait=20"})
        assert answer.json()["status"] == "succeeded"
        assert answer.headers["x-trace-id"] == TRACE
        spans = await asyncio.to_thread(receiver.until, TRACE, WHOLE)
        parents = {name: span.parent_span_id for name, span in spans.items()}
        assert parents["POST /v1/jobs"].hex() == "00f067aa0ba902b7"
        assert parents["job"] == spans["POST /v1/jobs"].span_id
        assert parents["generate"] == parents["job.queued"] == spans["job"].span_id
        for phase in ("encode", "denoise", "decode"):
            assert parents[f"orchestrator.{phase}"] == spans["generate"].span_id
        lasted = {name: span.end_time_unix_nano - span.start_time_unix_nano for name, span in spans.items()}
        assert lasted["orchestrator.denoise"] == pytest.approx(0.03e9, rel=0.01)
        assert receiver.services == {"avila-gateway"}
        assert "private" not in str(receiver.spans)

    async def test_a_bad_context_begins_a_trace_of_its_own(self, traced):
        client, _ = traced
        answer = await client.get("/v1/jobs", headers={"traceparent": "nonsense\x7f"})
        assert len(answer.headers["x-trace-id"]) == 32

    async def test_a_trace_that_the_caller_does_not_want_is_not_sent(self, traced):
        client, receiver = traced
        await client.get("/v1/jobs", headers={"traceparent": PARENT[:-2] + "00"})
        await asyncio.sleep(1.5)
        assert receiver.of_trace(TRACE) == {}


class TestOff:
    async def test_without_a_receiver_there_is_an_id_all_the_same(self, client):
        first, second = [(await client.get("/v1/jobs")).headers["x-trace-id"] for _ in range(2)]
        assert first != second

    def test_nothing_is_exported_and_no_thread_runs(self):
        tracing = Tracing()
        tracing.start()
        with tracing.span("x") as span:
            assert not span.is_recording()
            assert current_traceparent().startswith("00-")
        tracing.stop()

    def test_the_wires_name_is_the_standards(self):
        assert TRACEPARENT == "traceparent"


@pytest.fixture
def _logging_restored():
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level


@pytest.mark.usefixtures("_logging_restored")
async def test_log_lines_of_request_and_worker_carry_both_ids(client, backend, capsys):
    async def broken(request):
        raise RuntimeError("the cause")
        yield

    backend.script = broken
    configure_logging("json", "info")
    await client.post("/v1/jobs", json=BODY, headers={"traceparent": PARENT, "x-request-id": "r-7", "prefer": "wait=5"})
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    for event in ("request", "a job's run failed"):
        line = next(line for line in lines if line["event"] == event)
        assert (line["trace_id"], line["request_id"]) == (TRACE, "r-7"), event
