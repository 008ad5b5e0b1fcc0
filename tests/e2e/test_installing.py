"""A model is installed over HTTP while the service runs, through everything that can happen on the way, and used."""

from __future__ import annotations

import io
import json
import shutil
import signal
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil
import pytest
from PIL import Image
from safetensors.torch import save_file

from tests.avila.installing.test_pipelines import known
from tests.e2e.running import Service, kill, until
from tests.export.conftest import one_thread, tiny
from tests.export.test_single_file import to_ldm
from tests.export.tiny import make_tiny
from tests.hub.server import Hub, running_hub

pytestmark = [pytest.mark.triton, pytest.mark.timeout(900)]
__all__ = ["one_thread", "tiny"]
URL = "/v1/admin/installations"
PERSON = {"email": "root@example.org", "password": "correct horse battery"}
UNET = "diffusion_pytorch_model.safetensors"
INPUT: dict[str, Any] = {
    "prompt": "red",
    "seed": 7,
    "num_inference_steps": 4,
    "guidance_scale": 5.0,
    "width": 16,
    "height": 16,
}
LEAST_DB = 45.0  # all pixels one grey level apart are 48


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


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_new_architectures_are_exported_and_draw_what_diffusers_draws(
    make_service: Callable[..., Service], toy_repository: Path, one_thread: None, tmp_path: Path
) -> None:
    """In float32: a pipeline in diffusers' layout, all of whose networks are new, and a checkpoint in one file, whose
    UNet is, with the configs of a repository beside it.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        folders = {"layout": make_tiny(tmp_path / "layout", dtype="float32")}
        folders["single"] = make_tiny(tmp_path / "other", 3, "float32", unet={"norm_num_groups": 8})
        expected = {name: drawn_by_diffusers(folder) for name, folder in folders.items()}
        (tmp_path / "file").mkdir()
        tensors = {name: tensor.contiguous() for name, tensor in to_ldm(folders["single"]).items()}
        save_file(tensors, tmp_path / "file" / "tiny.safetensors")
    assert not np.array_equal(expected["layout"], expected["single"])
    shutil.copytree(toy_repository, tmp_path / "models")
    with running_hub(tmp_path / "hub") as hub:
        for name, folder in (("layout", folders["layout"]), ("single", tmp_path / "file"), ("base", folders["single"])):
            hub.add(f"someone/{name}", folder, license="openrail")
        service = make_service(
            model_repository=tmp_path / "models",
            hub_endpoint=hub.url,
            outbound_allow="127.0.0.1",
            admin_email=PERSON["email"],
            admin_password=PERSON["password"],
            watermark=False,
        )
        service.start()
        with administrator(service) as admin:
            for name, new, base in (("layout", 4, {}), ("single", 1, {"base": "someone/base"})):
                before = len(graphs(tmp_path))
                body = {"source": f"someone/{name}", "kind": "pipeline", "name": name, "accept_licence": True, **base}
                answer = admin.post(URL, json=body)
                assert answer.status_code == 202, answer.text
                seen = followed(admin, answer.json()["urls"]["get"])
                assert {("exporting", "export"), ("verifying", "pictures")} <= seen
                assert len(graphs(tmp_path)) - before == new
                until(lambda name=name: offers(admin, name), 120, "the gateway offers it")  # type: ignore[misc]
                job = made(admin, {"model": name, "input": INPUT})
                picture = np.array(Image.open(io.BytesIO(admin.get(job["images"][0]["url"]).content)).convert("RGB"))
                print(f"{name}: {decibels(picture, expected[name]):.1f} dB from diffusers' own picture")
                assert decibels(picture, expected[name]) >= LEAST_DB
        fetched = [path for _, path, *_ in hub.asked if path.startswith("/storage/someone/base/")]
        assert fetched == [], "only its configs are taken"
        assert service.stop() == 0


def graphs(folder: Path) -> list[Path]:
    return list((folder / ".models.avila" / "graphs").glob("*.onnx"))


def decibels(one: np.ndarray, other: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / max(np.mean((one.astype(float) - other) ** 2), 1e-9)))


def followed(admin: httpx.Client, at: str) -> set[tuple[str, str | None]]:
    """The states and steps that an installation went through, once it has succeeded."""
    seen: set[tuple[str, str | None]] = set()
    told: dict[str, Any] = {}
    with admin.stream("GET", f"{at}/events", timeout=1500) as events:
        for line in events.iter_lines():
            if line.startswith("data:"):
                told = json.loads(line[5:])
                seen.add((told["status"], told["step"]))
    assert told["status"] == "succeeded", told
    return seen


def drawn_by_diffusers(folder: Path) -> np.ndarray:
    import diffusers
    import torch

    untyped: Any = diffusers
    pipeline = untyped.StableDiffusionPipeline.from_pretrained(folder)
    pipeline.set_progress_bar_config(disable=True)
    given = {name: value for name, value in INPUT.items() if name != "seed"}
    return np.array(pipeline(**given, generator=torch.Generator().manual_seed(INPUT["seed"])).images[0])


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
