"""The safety checker on the real Triton: a policy that blocks and blurs what it finds, and a checker that is killed."""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image

from diffusion.safety import MODEL, CheckerSpec, shown_concepts
from gateway.backend.checker import NetworkChecker
from gateway.backend.onnx_network import OnnxNetwork
from gateway.safety.pixels import blurred, prepared
from tests.e2e.conftest import a_service
from tests.e2e.running import ROOT, Service, environment, kill, stub_of, until
from tests.fakes.toy_repository import write_toy_repository
from tests.safety.checkers import make_checker

pytestmark = pytest.mark.triton

ADMIN = {"email": "ann@example.org", "password": "correct horse battery"}
SEEDS = range(1, 25)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, triton_environment: Path) -> Iterator[Service]:
    """A service with the toy and a safety checker of seeded weights, installed by the command."""
    folder = tmp_path_factory.mktemp("guarded")
    repository = folder / "models"
    write_toy_repository(repository)
    make_checker(folder / "safety_checker")
    command = [sys.executable, "-m", "avila", "safety", "install", str(folder / "safety_checker")]
    subprocess.run(command, env=environment(model_repository=repository), cwd=ROOT, check=True, timeout=300)
    people = {"admin_email": ADMIN["email"], "admin_password": ADMIN["password"]}
    # without the invisible mark a PNG has the very pixels that the checker saw
    one = a_service(folder, triton_environment, repository, watermark=False, **people)
    one.start()
    yield one
    one.end()


@pytest.fixture(scope="module")
def admin(guarded: Service) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=guarded.address, timeout=60) as client:
        token = client.post("/v1/auth/sign-in", json=ADMIN).json()["access_token"]
        client.headers["authorization"] = f"Bearer {token}"
        yield client


@pytest.fixture(scope="module")
def pictures(guarded: Service, admin: httpx.Client) -> dict[int, np.ndarray]:
    """What the toy makes of each seed where nothing is looked at."""
    set_policy(admin, "off")
    return {seed: picture(guarded, make(guarded, seed)) for seed in SEEDS}


@pytest.fixture(scope="module")
def found(guarded: Service, pictures: dict[int, np.ndarray]) -> tuple[int, int, float]:
    """A seed whose picture the checker finds something in, one in whose it does not, and the sensitivity for that."""
    repository = Path(str(guarded.settings["model_repository"]))
    spec = CheckerSpec.installed(repository)

    async def ask() -> dict[int, tuple[np.ndarray, np.ndarray]]:
        checker = NetworkChecker(OnnxNetwork(CheckerSpec, repository, 1))
        scores = {seed: await checker.scores(prepared(pixels, spec)) for seed, pixels in pictures.items()}
        await checker.aclose()
        return {seed: (special[0], concepts[0]) for seed, (special, concepts) in scores.items()}

    scores = asyncio.run(ask())
    best = {seed: float(concepts.max()) for seed, (_, concepts) in scores.items()}
    shown, plain = max(SEEDS, key=best.__getitem__), min(SEEDS, key=best.__getitem__)
    sensitivity = round(max(-0.2, min(0.2, -(best[shown] + best[plain]) / 2)), 3)
    flagged = [bool(shown_concepts(*scores[seed], sensitivity)) for seed in (shown, plain)]
    assert flagged == [True, False], ("the checker does not tell the toy's pictures apart", best)
    return shown, plain, sensitivity


def set_policy(admin: httpx.Client, level: str, sensitivity: float = 0.0) -> None:
    policy = {"prompts": level, "pictures": level, "sensitivity": sensitivity}
    answer = admin.put("/v1/roles/admin/safety", json=policy)
    assert answer.status_code == 200, answer.text


def make(service: Service, seed: int) -> dict:
    given = {"prompt": "an apple", "seed": seed, "width": 64, "height": 64, "num_inference_steps": 3}
    body, headers = {"model": "toy", "input": given}, {**service.headers, "prefer": "wait=60"}
    return httpx.post(f"{service.address}/v1/jobs", json=body, headers=headers, timeout=90).json()


def picture(service: Service, job: dict) -> np.ndarray:
    assert job["status"] == "succeeded", job
    data = httpx.get(job["output"][0], timeout=30).content
    return np.array(Image.open(io.BytesIO(data)).convert("RGB"))


def test_the_administrator_sees_what_holds(guarded, admin):
    set_policy(admin, "blur")
    assert admin.get("/v1/roles/admin/safety").json() == {"prompts": "blur", "pictures": "blur", "sensitivity": 0.0}
    assert admin.get("/v1/safety").json() == {"prompts": "blur", "pictures": "blur", "has_checker": True}


def test_what_it_finds_is_blurred_and_the_rest_is_as_it_was(guarded, admin, pictures, found):
    shown, plain, sensitivity = found
    set_policy(admin, "blur", sensitivity)
    job = make(guarded, shown)
    assert np.array_equal(picture(guarded, job), blurred(pictures[shown]))
    (finding,) = job["moderation"]
    assert (finding["stage"], finding["action"]) == ("output_image", "blurred")
    job = make(guarded, plain)
    assert np.array_equal(picture(guarded, job), pictures[plain])
    assert job["moderation"] == []


def test_what_it_finds_is_blocked_with_its_stage_on_every_surface(guarded, admin, found):
    set_policy(admin, "block", found[2])
    job = make(guarded, found[0])
    assert (job["status"], job["error_code"], job["images"]) == ("failed", "moderation_blocked", [])
    assert "output_image" in job["error"]
    body = {"model": "toy", "prompt": "an apple", "seed": found[0], "size": "64x64", "num_inference_steps": 3}
    answer = guarded.generate(**body, safety="off", moderation="low")  # wishing for less changes nothing
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "moderation_blocked"
    assert "output_image" in answer.json()["error"]["message"]
    fields = {"prompt": "an apple", "seed": found[0], "width": 64, "height": 64, "steps": 3, "cfg_scale": 5}
    url = f"{guarded.address}/sdapi/v1/txt2img"
    answer = httpx.post(
        url, json={**fields, "override_settings": {"sd_model_checkpoint": "toy"}}, headers=guarded.headers
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "moderation_blocked")


def test_a_killed_checker_is_loaded_again_and_nothing_passes_meanwhile(guarded, admin, pictures, found):
    shown, plain, sensitivity = found
    set_policy(admin, "block", sensitivity)
    dead = stub_of(guarded.triton, MODEL)
    mended = f"{MODEL} was unloaded and loaded again"
    before = guarded.text.count(mended)
    kill(dead)
    job = make(guarded, shown)
    assert (job["status"], job["images"]) == ("failed", []), "a picture passed that nobody had looked at"
    until(lambda: guarded.text.count(mended) > before, 20, "the watchdog has loaded it again")
    assert stub_of(guarded.triton, MODEL) != dead
    assert make(guarded, shown)["error_code"] == "moderation_blocked"
    assert np.array_equal(picture(guarded, make(guarded, plain)), pictures[plain])
    guarded.note_processes()
