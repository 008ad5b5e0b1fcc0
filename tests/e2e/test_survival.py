"""kill -9 of any process: what runs fails cleanly or goes on, the fault is repaired, and /readyz tells the truth."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.running import kill, stub_of, until

pytestmark = pytest.mark.triton

LONG = {"model": "toy", "size": "512x512", "num_inference_steps": 60}
NOTICED_S = 5.0
REPAIRS = ("was unloaded and loaded again", "starting it again")
REPAIRED_S = 20.0
ANSWER_AGE_S = 1.0  # how old an answer of /readyz may be


@pytest.fixture(autouse=True)
def _recovered(service):
    until(lambda: service.readyz() == 200, 30, "it is ready before the test")


def repairs(service) -> int:
    """How often the service has said that it mended something."""
    return sum(service.text.count(words) for words in REPAIRS)


def watched(service, strike) -> tuple[list[int], float, float]:
    """Two requests run while `strike` hits; returns their statuses, and when `/readyz` fell and rose again."""
    with ThreadPoolExecutor(2) as pool:
        requests = [pool.submit(service.generate, **LONG) for _ in range(2)]
        time.sleep(0.7)
        before = repairs(service)
        strike()
        # a repair may be over before anybody asks whether the service is ready
        fell = until(
            lambda: service.readyz() != 200 or repairs(service) > before,
            NOTICED_S,
            "/readyz says that it is not ready, or the service says that it repairs it",
        )
        time.sleep(ANSWER_AGE_S)
        rose = (
            fell
            + ANSWER_AGE_S
            + until(lambda: service.readyz() == 200, REPAIRED_S, "/readyz says that it is ready again")
        )
        answers = [request.result(90) for request in requests]
    for answer in answers:
        if answer.status_code != 200:
            assert answer.json()["error"]["message"], "an error in words"
    return [answer.status_code for answer in answers], fell, rose


def report(name: str, fell: float, rose: float, statuses: list[int]) -> None:
    print(f"\n{name}: not ready after {fell:.1f} s, ready after {rose:.1f} s, requests {statuses}")


class TestStubs:
    @pytest.mark.parametrize("component", ["unet", "text_encoder", "vae_decoder"])
    def test_a_component_is_loaded_again_and_the_requests_go_on(self, service, component):
        statuses, fell, rose = watched(service, lambda: kill(stub_of(service.triton, f"toy__{component}")))
        report(component, fell, rose, statuses)
        assert statuses == [200, 200]

    def test_the_orchestrator_is_loaded_again_and_its_requests_end(self, service):
        statuses, fell, rose = watched(service, lambda: kill(stub_of(service.triton, "toy")))
        report("orchestrator", fell, rose, statuses)
        assert set(statuses) <= {200, 503}
        assert service.generate(model="toy").status_code == 200


class TestServers:
    def test_triton_is_started_again_and_its_requests_end(self, service):
        before = service.triton
        statuses, fell, rose = watched(service, lambda: kill(before))
        report("tritonserver", fell, rose, statuses)
        assert set(statuses) <= {200, 503}
        assert service.triton != before
        assert service.generate(model="toy").status_code == 200
        service.note_processes()

    def test_the_gateway_is_started_again(self, service):
        before = service.gateway
        kill(before)
        seconds = until(lambda: service.readyz() == 200 and service.gateway != before, 20, "a new gateway is ready")
        report("gateway", 0, seconds, [])
        assert service.generate(model="toy").status_code == 200
        service.note_processes()


class TestStreams:
    def test_a_stream_of_a_lost_request_ends_with_an_error_event(self, service):
        import httpx

        body = {"prompt": "an apple", "stream": True, "partial_images": 1, **LONG}
        struck = threading.Timer(0.7, lambda: kill(stub_of(service.triton, "toy")))
        struck.start()
        url = f"{service.address}/v1/images/generations"
        with httpx.stream("POST", url, json=body, headers=service.headers, timeout=60) as answer:
            events = [json.loads(line[5:]) for line in answer.iter_lines() if line.startswith("data:")]
        last = events[-1]
        assert last.get("error", {}).get("message") or last["type"] == "image_generation.completed"
