"""Four pipelines, two places, the real Triton with its watchdog: what is loaded, in the whole life of a service."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from gateway.backend.triton.client import TritonClient, TritonUnreachableError, token_in
from gateway.backend.triton.prober import pipelines_of
from tests.e2e.conftest import a_service
from tests.e2e.running import SEEDS, Service, kill, until
from tests.fakes.toy_repository import write_toy_repository

pytestmark = [pytest.mark.triton, pytest.mark.timeout(1200)]

NAMES = ("amber", "birch", "cedar", "daisy")
SLOW_S = 120.0  # a load takes seconds, and many on a machine that others use


ADMIN = {"email": "root@example.com", "password": "a long password of the tests"}
SETTINGS = {
    "max_resident": 2,
    "watchdog_interval_s": 0.5,
    "admin_email": ADMIN["email"],
    "admin_password": ADMIN["password"],
}


def sign_in(service: Service) -> None:
    answer = httpx.post(f"{service.address}/v1/auth/sign-in", json=ADMIN, timeout=60)
    service.key = answer.json()["access_token"]


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory, triton_environment: Path) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("four")
    for name in NAMES:
        write_toy_repository(folder / "models", name)
    one = a_service(folder, triton_environment, folder / "models", **SETTINGS)
    one.start()
    sign_in(one)
    yield one
    one.end()


def index(service: Service) -> tuple[set[str], set[str]]:
    """Pipelines and components that Triton has loaded or is about to have."""

    async def ask():
        token = token_in(Path(str(service.settings["data_dir"])) / "triton-control-token")
        client = TritonClient(f"127.0.0.1:{service.settings['triton_grpc_port']}", token)
        try:
            return await client.index()
        finally:
            await client.aclose()

    found = [model for model in asyncio.run(ask()) if model.is_loaded or model.is_changing]
    pipelines = pipelines_of(found)
    return pipelines, {model.name for model in found} - pipelines


def draw(service: Service, model: str) -> httpx.Response:
    body = {"prompt": "an apple", "seed": next(SEEDS), "model": model}
    return httpx.post(f"{service.address}/v1/images/generations", json=body, headers=service.headers, timeout=300)


def ask(service: Service, method: str, path: str, **more: object) -> httpx.Response:
    return httpx.request(method, f"{service.address}{path}", headers=service.headers, timeout=60, **more)


def states(service: Service) -> dict[str, str]:
    return {model["name"]: model["state"] for model in ask(service, "GET", "/v1/admin/models").json()}


def loaded(service: Service) -> set[str]:
    """By the index, where Triton answers."""
    try:
        return index(service)[0]
    except TritonUnreachableError:
        return set()


def test_all_are_served_from_two_places(four):
    most = 0
    for model in (*NAMES, *reversed(NAMES)):
        answer = draw(four, model)
        assert answer.status_code == 200, answer.text
        most = max(most, len(loaded(four)))
        assert model in loaded(four)
        assert four.readyz() == 200
    assert most == 2
    told = states(four)
    assert {name for name, state in told.items() if state == "warm"} == {"amber", "birch"}
    assert four.readyz() == 200


def test_a_job_says_that_it_waits_for_its_pipeline(four):
    body = {"model": "daisy", "input": {"prompt": "a pear", "seed": next(SEEDS), "num_inference_steps": 2}}
    job = ask(four, "POST", "/v1/jobs", json=body).json()
    until(lambda: ask(four, "GET", f"/v1/jobs/{job['id']}").json()["status"] == "succeeded", SLOW_S, "it is drawn")
    with httpx.stream("GET", f"{four.address}/v1/jobs/{job['id']}/events", headers=four.headers, timeout=60) as events:
        assert '"loading":true' in "".join(events.iter_text()).replace(" ", "")


def test_what_was_unloaded_stays_so_with_all_its_networks_while_the_watchdog_runs(four):
    assert ask(four, "POST", "/v1/admin/models/daisy/unload").status_code == 202
    until(lambda: states(four)["daisy"] == "cold", SLOW_S, "it is unloaded")
    time.sleep(5)  # ten looks of the watchdog
    pipelines, components = index(four)
    assert "daisy" not in pipelines
    assert not [name for name in components if name.startswith("daisy__")]
    assert four.readyz() == 200


def test_after_a_kill_of_triton_the_same_are_loaded_and_no_more(four):
    for model in ("cedar", "birch"):
        assert draw(four, model).status_code == 200
    before = loaded(four)
    assert before == {"cedar", "birch"}
    kill(four.triton)
    until(lambda: not loaded(four), 30, "it is gone")
    until(lambda: loaded(four) == before, SLOW_S, "the same are loaded")
    answer = draw(four, "cedar")
    assert answer.status_code == 200, answer.text
    assert loaded(four) == before


def test_a_deleted_one_is_unloaded_and_comes_back(four):
    repository = Path(str(four.settings["model_repository"]))
    assert ask(four, "DELETE", "/v1/admin/models/birch").status_code == 200
    assert not list(repository.glob("birch*"))
    until(lambda: "birch" not in states(four), 10, "it is not listed")
    until(lambda: draw(four, "birch").status_code == 404, 10, "nobody can ask for it")
    until(lambda: len(loaded(four)) <= 2, SLOW_S, "it is unloaded")
    assert ask(four, "POST", "/v1/admin/models/birch/restore").status_code == 200
    until(lambda: draw(four, "birch").status_code == 200, SLOW_S, "it is served again")
    assert len(loaded(four)) <= 2
