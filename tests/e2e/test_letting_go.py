"""A generation that is broken off leaves nothing behind that keeps Triton from unloading its pipeline."""

from __future__ import annotations

import json
import queue
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import aclosing
from pathlib import Path

import numpy as np
import pytest
import tritonclient.grpc as grpc

from diffusion.admission import make_request
from diffusion.events import StepDone
from diffusion.measuring import QUIET_S
from gateway.backend.triton.backend import TritonBackend
from tests.e2e.running import Triton, running_triton, until
from tests.fakes.toy_repository import write_toy_repository

pytestmark = pytest.mark.triton

UNLOAD_S, LOAD_S = 60.0, 120.0
LONG = {"width": 512, "height": 512, "num_inference_steps": 150}


@pytest.fixture(scope="module")
def own_repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("letting-go")
    write_toy_repository(folder / "models")
    return folder / "models"


@pytest.fixture(scope="module")
def own_triton(triton_environment: Path, own_repository: Path) -> Iterator[Triton]:
    """One whose pipeline may be unloaded."""
    with running_triton(triton_environment, own_repository, own_repository.parent, component_threads=1) as server:
        server.load_all()
        yield server


def asked(**fields: int) -> list[grpc.InferInput]:
    inputs = [grpc.InferInput("prompt", [1], "BYTES").set_data_from_numpy(np.array([b"an apple"], np.object_))]
    for name, value in fields.items():
        inputs.append(grpc.InferInput(name, [1], "INT32").set_data_from_numpy(np.array([value], np.int32)))
    return inputs


class Generation:
    """By Triton's own client, as docs/grpc.md tells others to do it."""

    def __init__(self, url: str, **fields: int) -> None:
        self._client, self._answers = grpc.InferenceServerClient(url), queue.Queue[tuple[object, object]]()
        self._client.start_stream(lambda result, error: self._answers.put((result, error)))
        self._client.async_stream_infer("toy", asked(**fields), request_id=uuid.uuid4().hex)

    def until(self, kind: str) -> None:
        while True:
            result, error = self._answers.get(timeout=60)
            assert error is None, error
            event = json.loads(result.as_numpy("event")[0])
            assert event["type"] != "failed", event
            if event["type"] == kind:
                return

    def break_off(self) -> None:
        self._client.stop_stream(cancel_requests=True)
        self._client.close()

    def end(self) -> None:
        """As it should be after the last event: a stream that is cancelled then keeps Triton's model for ever."""
        self._client.stop_stream()
        self._client.close()

    def vanish(self) -> None:
        self._client._channel.close()


def unload_and_load(server: Triton) -> None:
    """Raises unless the orchestrator goes, comes back and works."""
    client = grpc.InferenceServerClient(server.url)

    def state() -> str:
        (model,) = [model for model in client.get_model_repository_index().models if model.name == "toy"]
        return str(model.state)

    client.unload_model("toy")
    until(lambda: state() == "UNAVAILABLE", UNLOAD_S, "Triton has let go of the orchestrator")
    client.load_model("toy", client_timeout=LOAD_S)
    client.close()
    again = Generation(server.url, num_inference_steps=2)
    again.until("finished")
    again.end()


@pytest.mark.parametrize("leave", [Generation.break_off, Generation.vanish])
def test_by_a_client_of_tritons_own(own_triton: Triton, leave: Callable[[Generation], None]) -> None:
    generations = [Generation(own_triton.url, **LONG) for _ in range(3)]
    for generation in generations:
        generation.until("step_done")
    for generation in generations:
        leave(generation)
    unload_and_load(own_triton)


def test_while_it_waits_behind_others(own_triton: Triton) -> None:
    generations = [Generation(own_triton.url, **LONG) for _ in range(8)]
    for generation in generations:
        generation.until("queued")
    for generation in reversed(generations):
        generation.break_off()
    unload_and_load(own_triton)


@pytest.mark.parametrize("delay_s", [0.0, 0.1, 0.2, 0.4])
def test_while_it_measures_beside_a_probe(own_triton: Triton, delay_s: float) -> None:
    """A call of a network that belonged to no request would crash Triton here."""
    unload_and_load(own_triton)  # what was measured is forgotten
    time.sleep(QUIET_S + 0.5)
    is_over, answers = threading.Event(), list[str]()

    def probe() -> None:
        asks = [*asked(), grpc.InferInput("probe", [1], "BOOL").set_data_from_numpy(np.array([True]))]
        while not is_over.is_set():
            told = queue.Queue[tuple[object, object]]()
            with grpc.InferenceServerClient(own_triton.url) as client:
                client.start_stream(lambda result, error, told=told: told.put((result, error)))
                client.async_stream_infer("toy", asks)
                _, error = told.get(timeout=30)
                client.stop_stream()
            answers.append("away" if error else "here")

    prober = threading.Thread(target=probe)
    prober.start()
    try:
        time.sleep(delay_s)
        unload_and_load(own_triton)
    finally:
        is_over.set()
        prober.join()
    assert {"here", "away"} == set(answers)
    assert own_triton.process.poll() is None


async def test_by_the_gateway(own_triton: Triton, own_repository: Path) -> None:
    backend = TritonBackend(own_triton.url, own_repository)
    await backend.start()
    try:
        spec = backend.pipelines["toy"]
        for _ in range(3):
            request = make_request(spec, request_id=uuid.uuid4().hex, prompt="an apple", **LONG)
            async with aclosing(backend.submit(request)) as events:
                async for event in events:
                    if isinstance(event, StepDone):
                        break
    finally:
        await backend.aclose()
    unload_and_load(own_triton)
