"""The orchestrator's gRPC contract with Triton's own client: what it accepts, refuses, and survives."""

from __future__ import annotations

import contextlib
import json
import queue
import time
import uuid
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest
import tritonclient.grpc as grpc
from tritonclient.utils import InferenceServerException

from diffusion.probe import ProbeReport
from diffusion.wire import INPUTS, NUMPY_TYPES
from tests.e2e.running import until
from tests.fakes.toy_pipeline import POISON

pytestmark = pytest.mark.triton

TYPES = {tensor.name: tensor.triton_type for tensor in INPUTS}
TERMINAL = ("finished", "failed", "cancelled")
LONG = {"width": 512, "height": 512, "num_inference_steps": 150}


def tensor(name: str, array: np.ndarray) -> grpc.InferInput:
    kind = TYPES.get(name, "TYPE_STRING").removeprefix("TYPE_").replace("STRING", "BYTES")
    made = grpc.InferInput(name, list(array.shape), kind)
    return made.set_data_from_numpy(array)


def scalar(name: str, value: Any) -> grpc.InferInput:
    data = value.encode() if isinstance(value, str) else value
    return tensor(name, np.array([data], NUMPY_TYPES[TYPES[name]]))


class Stream:
    """One gRPC stream with one request."""

    def __init__(self, url: str, inputs: list[grpc.InferInput], request_id: str = "") -> None:
        self._client = grpc.InferenceServerClient(url)
        self._answers: queue.Queue = queue.Queue()
        self._client.start_stream(lambda result, error: self._answers.put((result, error)))
        self._client.async_stream_infer("toy", inputs, request_id=request_id or uuid.uuid4().hex)

    def next(self, timeout_s: float = 60) -> tuple[dict[str, Any], np.ndarray | None]:
        result, error = self._answers.get(timeout=timeout_s)
        if error is not None:
            raise error
        return json.loads(result.as_numpy("event")[0]), result.as_numpy("image")

    def events(self) -> Iterator[tuple[dict[str, Any], np.ndarray | None]]:
        while True:
            event, image = self.next()
            yield event, image
            if event["type"] in TERMINAL:
                return

    def close(self, *, cancel: bool = True) -> None:
        self._client.stop_stream(cancel_requests=cancel)
        self._client.close()


@pytest.fixture
def ask(triton) -> Iterator[Any]:
    """Opens streams and closes them after the test."""
    opened: list[Stream] = []

    def open_stream(*tensors: grpc.InferInput, request_id: str = "", **fields: Any) -> Stream:
        inputs = [*tensors, *(scalar(name, value) for name, value in fields.items())]
        opened.append(Stream(triton.url, inputs, request_id))
        return opened[-1]

    yield open_stream
    for stream in opened:
        stream.close()


def in_flight(triton) -> tuple[str, ...]:
    stream = Stream(triton.url, [scalar("prompt", ""), scalar("probe", True)])
    result, error = stream._answers.get(timeout=30)
    stream.close()
    assert error is None, error
    return ProbeReport.from_json(result.as_numpy("event")[0]).in_flight


class TestContract:
    def test_only_the_prompt_is_needed(self, ask):
        events = list(ask(prompt="an apple").events())
        types = [event["type"] for event, _ in events]
        assert types == ["queued", "started", *["step_done"] * 8, "image_done", "finished"]
        (image,) = [image for event, image in events if event["type"] == "image_done"]
        assert (image.shape, image.dtype) == ((128, 128, 3), np.uint8)

    def test_steps_are_told_as_often_as_asked(self, ask):
        events = list(ask(prompt="an apple", progress_every_s=60.0).events())
        assert [event["step"] for event, _ in events if event["type"] == "step_done"] == [1, 8]

    def test_every_event_bears_the_request_id_of_the_call(self, ask):
        events = list(ask(prompt="an apple", request_id="mine").events())
        assert {event["request_id"] for event, _ in events} == {"mine"}

    def test_the_probe_is_answered_with_the_declaration(self, ask):
        stream = ask(prompt="", probe=True)
        result, error = stream._answers.get(timeout=30)
        assert error is None
        report = ProbeReport.from_json(result.as_numpy("event")[0])
        assert report.is_ready
        assert report.spec.name == "toy"


class TestRefusals:
    def test_a_call_without_the_stream_is_an_error_not_a_hang(self, triton):
        client = grpc.InferenceServerClient(triton.url)
        with pytest.raises(InferenceServerException, match="doesn't support models with decoupled transaction policy"):
            client.infer("toy", [scalar("prompt", "an apple")], client_timeout=10)
        client.close()

    def test_a_call_over_http_is_an_error_not_a_hang(self, triton):
        body = {"inputs": [{"name": "prompt", "datatype": "BYTES", "shape": [1], "data": ["an apple"]}]}
        answer = httpx.post(f"http://127.0.0.1:{triton.http_port}/v2/models/toy/infer", json=body, timeout=10)
        assert answer.status_code in (400, 501)
        assert "decoupled" in answer.json()["error"]

    @pytest.mark.parametrize(
        ("field", "value", "allowed"),
        [
            ("width", 65, "a multiple of 16 from 64 to 512"),
            ("num_inference_steps", 0, "a whole number from 1 to 150"),
            ("guidance_scale", float("nan"), "a number from 0 to 30"),
            ("seed", -1, "a whole number from 0 to 4294967295"),
            ("num_images", 11, "a whole number from 1 to 10"),
            ("sampler", "nope", "euler"),
        ],
    )
    def test_a_value_outside_names_field_value_and_range(self, ask, field, value, allowed):
        event, _ = ask(prompt="an apple", **{field: value}).next()
        assert (event["type"], event["code"], event["facts"]["field"]) == ("failed", "invalid_field", field)
        assert allowed in event["message"]

    @pytest.mark.parametrize("size", [9_000, 200_000, 32_000_000], ids=["characters", "bytes", "32 MB"])
    def test_an_oversized_prompt_is_refused_and_harms_nothing(self, ask, size):
        event, _ = ask(prompt="x" * size).next()
        assert (event["type"], event["facts"]["field"]) == ("failed", "prompt")
        assert list(ask(prompt="an apple").events())[-1][0]["type"] == "finished"

    @pytest.mark.parametrize(
        "malformed",
        [
            tensor("width", np.array([128, 128], np.int32)),
            tensor("prompt", np.array([[b"a"]], np.object_)),
            tensor("nonsense", np.array([b"a"], np.object_)),
        ],
        ids=["shape", "rank", "name"],
    )
    def test_a_malformed_tensor_is_refused_by_triton(self, ask, malformed):
        others = {} if malformed.name() == "prompt" else {"prompt": "an apple"}
        with pytest.raises(InferenceServerException):
            ask(malformed, **others).next(10)
        assert list(ask(prompt="an apple").events())[-1][0]["type"] == "finished"

    def test_text_that_is_not_utf8_is_refused(self, ask):
        event, _ = ask(tensor("prompt", np.array([b"\xff\xfe"], np.object_))).next()
        assert (event["type"], event["facts"]["field"]) == ("failed", "prompt")

    def test_a_request_without_a_prompt_is_refused(self, ask):
        event, _ = ask(seed=1).next(10)
        assert (event["type"], event["facts"]["field"]) == ("failed", "prompt")


class TestPoison:
    def test_a_request_that_yields_nan_fails_alone(self, ask):
        fields = {"num_inference_steps": 40, "width": 256, "height": 256}
        healthy = [ask(prompt="an apple", seed=seed, **fields) for seed in (1, 2)]
        for stream in healthy:
            assert stream.next()[0]["type"] == "queued"
        poisoned = ask(prompt=f"an apple {POISON}", **fields)
        last = list(poisoned.events())[-1][0]
        assert (last["type"], last["code"]) == ("failed", "not_finite")
        assert [list(stream.events())[-1][0]["type"] for stream in healthy] == ["finished", "finished"]


class TestCancel:
    def test_closing_the_stream_frees_the_place_at_the_next_step(self, ask, triton):
        stream = ask(prompt="an apple", request_id="leaving", **LONG)
        until(lambda: stream.next()[0]["type"] == "step_done", 30, "it runs")
        assert "leaving" in in_flight(triton)
        stream.close()
        seconds = until(lambda: "leaving" not in in_flight(triton), 3, "it has left the engine")
        print(f"\ncancelled after {seconds:.2f} s")

    def test_a_client_that_vanishes_is_a_cancelled_one(self, triton):
        stream = Stream(triton.url, [scalar("prompt", "an apple"), *(scalar(n, v) for n, v in LONG.items())], "gone")
        until(lambda: stream.next()[0]["type"] == "step_done", 30, "it runs")
        stream._client._channel.close()
        until(lambda: "gone" not in in_flight(triton), 5, "it has left the engine")

    def test_an_id_in_use_fails_the_later_request_only(self, ask):
        first = ask(prompt="an apple", request_id="twice", num_inference_steps=60, width=256, height=256)
        assert first.next()[0]["type"] == "queued"
        second = ask(prompt="an apple", request_id="twice")
        assert second.next()[0]["code"] == "id_in_use"
        assert list(first.events())[-1][0]["type"] == "finished"


class TestMetrics:
    def test_the_engine_shows_its_work_on_tritons_page(self, ask, triton_metrics):
        before = triton_metrics("avila_engine_batches_total")
        list(ask(prompt="an apple", num_inference_steps=7).events())
        until(lambda: triton_metrics("avila_engine_batches_total") >= before + 7, 5, "seven more batches")
        assert triton_metrics("avila_engine_waiting") == 0
        until(lambda: triton_metrics("avila_engine_running") == 0, 5, "nothing runs")


@pytest.fixture
def triton_metrics(triton) -> Any:
    def value(name: str) -> float:
        with contextlib.suppress(httpx.TransportError):
            text = httpx.get(f"http://127.0.0.1:{triton.metrics_port}/metrics", timeout=5).text
            lines = [line for line in text.splitlines() if line.startswith(f'{name}{{pipeline="toy"')]
            return float(lines[0].rsplit(" ", 1)[1]) if lines else 0.0
        time.sleep(0.1)
        return -1.0

    return value
