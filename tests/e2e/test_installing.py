"""A model is installed over HTTP while the service runs, through everything that can happen on the way, and used."""

from __future__ import annotations

import io
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from PIL import Image

from tests.avila.installing.test_pipelines import known
from tests.e2e.running import Service, kill, until
from tests.export.conftest import one_thread, tiny
from tests.hub.server import Hub, running_hub

pytestmark = [pytest.mark.triton, pytest.mark.timeout(900)]
__all__ = ["one_thread", "tiny"]
URL = "/v1/admin/installations"
PERSON = {"email": "root@example.org", "password": "correct horse battery"}
UNET = "diffusion_pytorch_model.safetensors"


@pytest.fixture
def hub(tmp_path: Path, tiny: Path) -> Iterator[Hub]:
    """With a tiny pipeline of random weights; its architecture was exported before."""
    with running_hub(tmp_path / "hub") as hub:
        shutil.rmtree(hub.add("someone/tiny", tiny, license="openrail") / "graphs")
        yield hub


def administrator(service: Service) -> httpx.Client:
    answer = httpx.post(f"{service.address}/v1/auth/sign-in", json=PERSON, timeout=30)
    assert answer.status_code == 200, answer.text
    headers = {"authorization": f"Bearer {answer.json()['access_token']}"}
    return httpx.Client(base_url=service.address, headers=headers, timeout=60)


def installer_of(service: Service) -> psutil.Process:
    children = psutil.Process(service.pid).children(recursive=True)
    (found,) = [child for child in children if child.cmdline()[-2:] == ["avila", "installer"]]
    return found


def test_a_pipeline_from_the_hub_makes_a_picture_without_a_restart(
    hub: Hub, make_service: Callable[..., Service], toy_repository: Path, tiny: Path, tmp_path: Path
) -> None:
    shutil.copytree(toy_repository, tmp_path / "models")
    known(tiny, tmp_path / "models")
    service = make_service(
        model_repository=tmp_path / "models",
        hub_endpoint=hub.url,
        outbound_allow="127.0.0.1",
        admin_email=PERSON["email"],
        admin_password=PERSON["password"],
        lease_s=2,
    )
    service.start()
    with administrator(service) as admin:
        preview = admin.post(f"{URL}/previews", json={"source": "someone/tiny"}).json()
        assert preview["fits"], preview
        assert preview["licence"]["id"] == "openrail"
        hub.cut[UNET], hub.chunk_s = [20_000], 0.2
        body = {"source": preview["source"], "kind": "pipeline", "name": "tiny", "accept_licence": True}
        at = admin.post(URL, json=body).raise_for_status().json()["urls"]["get"]

        def found() -> dict[str, Any]:
            one: dict[str, Any] = admin.get(at).json()
            assert one["status"] != "failed", one
            return one

        def reaches(count: int) -> Callable[[], bool]:
            return lambda: found()["bytes_done"] > count

        until(reaches(60_000), 60, "the download has begun and gone on after the cut")
        admin.post(f"{at}/pause").raise_for_status()
        until(lambda: found()["status"] == "paused", 20, "it is paused")
        have = found()["bytes_done"]
        admin.post(f"{at}/resume").raise_for_status()
        until(reaches(have + 20_000), 60, "it goes on")
        before = installer_of(service)
        kill(before.pid, signal.SIGKILL)
        hub.chunk_s = 0
        until(lambda: not before.is_running(), 10, "the installer is gone")
        took_s = until(lambda: found()["status"] == "succeeded", 600, "a new one has finished it")
        assert installer_of(service).pid != before.pid
        print(f"export, verification and installation after the kill took {took_s:.0f} s")
        offered_s = until(lambda: offers(admin, "tiny"), 120, "the gateway offers it")
        print(f"offered {offered_s:.1f} s after its installation")
        order = {"model": "tiny", "input": {"prompt": "red", "num_inference_steps": 2, "width": 16, "height": 16}}
        job = made(admin, order)
        picture = admin.get(job["images"][0]["url"])
        assert Image.open(io.BytesIO(picture.content)).size == (16, 16)
    assert service.stop() == 0
    assert service.left_over() == []


def made(admin: httpx.Client, order: dict[str, Any]) -> dict[str, Any]:
    """A job that has succeeded; while the pipeline is being loaded, one may be refused."""
    deadline = time.monotonic() + 120
    while True:
        job: dict[str, Any] = admin.post("/v1/jobs", json=order, headers={"prefer": "wait=30"}).json()
        if job.get("status") == "succeeded":
            return job
        assert time.monotonic() < deadline, job
        time.sleep(1)


def offers(admin: httpx.Client, name: str) -> bool:
    return name in {model["id"] for model in admin.get("/v1/models").json()["data"]}
