"""The real OpenAI client against a real gateway process with the in-process engine: this surface's contract test."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import openai
import pytest
from PIL import Image

from gateway.auth.service import KeyService
from gateway.kit.clock import SystemClock
from gateway.storage.database import Database, sqlite_url
from tests.gateway.installation import install_toy
from web import toolchain

ROOT = Path(__file__).resolve().parents[3]
NODE = Path(__file__).with_name("node")


@dataclass
class Process:
    url: str
    key: str
    popen: subprocess.Popen

    def client(self, **options) -> openai.OpenAI:
        return openai.OpenAI(base_url=f"{self.url}/v1", **{"api_key": self.key, "max_retries": 0, **options})


async def make_key(data_dir: Path) -> str:
    database = Database(sqlite_url(data_dir))
    await database.open()
    _, key = await KeyService(database, SystemClock()).create("client")
    await database.aclose()
    return key


@pytest.fixture(scope="module")
def gateway_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    folder = tmp_path_factory.mktemp("gateway")
    install_toy(folder / "models", hidden=16)
    key = asyncio.run(make_key(folder / "data"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AVILA_")}
    environment |= {
        "AVILA_PORT": str(port),
        "AVILA_DATA_DIR": str(folder / "data"),
        "AVILA_MODEL_REPOSITORY": str(folder / "models"),
        "AVILA_BACKEND": "inprocess",
        "AVILA_COMPONENT_THREADS": "1",
        "AVILA_LOG_FORMAT": "json",
    }
    with (folder / "log").open("wb") as log:
        popen = subprocess.Popen([sys.executable, "-m", "gateway"], cwd=ROOT, env=environment, stderr=log)
    process = Process(f"http://127.0.0.1:{port}", key, popen)
    try:
        wait_until_ready(process, folder / "log")
        yield process
    finally:
        popen.send_signal(signal.SIGTERM)
        assert popen.wait(15) == 0, (folder / "log").read_text()


def wait_until_ready(process: Process, log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.popen.poll() is None, log.read_text()
        try:
            if httpx.get(f"{process.url}/readyz").status_code == 200:
                return
        except httpx.ConnectError:
            pass
        time.sleep(0.1)
    raise AssertionError(log.read_text())


@pytest.fixture
def client(gateway_process: Process) -> Iterator[openai.OpenAI]:
    with gateway_process.client() as client:
        yield client


def picture(b64_json: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(b64_json)))


class TestGenerate:
    def test_a_prompt_becomes_a_picture(self, client):
        answer = client.images.generate(model="toy", prompt="a red apple", size="192x128", response_format="b64_json")
        assert picture(answer.data[0].b64_json).size == (192, 128)
        assert answer.size == "192x128"
        assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens
        assert answer._request_id.startswith("req_")

    def test_n_seed_and_the_other_fields_work(self, client):
        fields = {"num_inference_steps": 3, "guidance_scale": 2.0, "negative_prompt": "blur", "sampler": "ddim"}
        pair = client.images.generate(prompt="x", n=2, extra_body={"seed": 5, **fields})
        second = client.images.generate(prompt="x", extra_body={"seed": 6, **fields})
        assert [image.seed for image in pair.data] == [5, 6]
        first, other, again = (picture(data.b64_json).tobytes() for data in (*pair.data, *second.data))
        assert first != other
        assert other == again  # in its pixels: each file is signed for itself

    def test_a_seed_makes_the_same_picture_again(self, client):
        free = client.images.generate(prompt="x")
        named = client.images.generate(prompt="x", extra_body={"seed": free.data[0].seed})
        assert free.data[0].b64_json == named.data[0].b64_json

    def test_streams_partials_and_then_the_picture(self, client):
        with client.images.generate(
            model="toy", prompt="x", stream=True, partial_images=2, extra_body={"seed": 77}
        ) as stream:
            events = list(stream)
        kinds = [event.type for event in events]
        assert kinds == ["image_generation.partial_image"] * 2 + ["image_generation.completed"]
        assert [event.partial_image_index for event in events[:2]] == [0, 1]
        whole = client.images.generate(prompt="x", extra_body={"seed": 77})
        assert events[-1].b64_json == whole.data[0].b64_json
        assert events[-1].usage.output_tokens > 0

    async def test_many_at_once_are_all_answered(self, gateway_process):
        async with openai.AsyncOpenAI(base_url=f"{gateway_process.url}/v1", api_key=gateway_process.key) as client:
            made = await asyncio.gather(
                *(client.images.generate(prompt=f"apple {i}", extra_body={"seed": i}) for i in range(12))
            )
        assert len({answer.data[0].b64_json for answer in made}) == 12


def file_of(pixels: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


PIXELS = np.random.default_rng(2).integers(0, 256, (128, 128, 3), np.uint8)
MASK = np.dstack([PIXELS, np.full((128, 128), 255, np.uint8)])
MASK[32:96, 32:96, 3] = 0
STEPS = {"num_inference_steps": 6, "seed": 3}


class TestEdit:
    def test_a_picture_is_edited_as_a_whole(self, client):
        answer = client.images.edit(image=("a.png", file_of(PIXELS)), prompt="a red apple", extra_body=STEPS)
        assert picture(answer.data[0].b64_json).size == (128, 128)
        assert answer.usage.input_tokens_details.image_tokens == 16

    def test_only_what_the_mask_leaves_open_is_painted(self, client):
        files = [("a.png", file_of(PIXELS)), ("b.png", file_of(PIXELS))]
        answer = client.images.edit(
            image=files, mask=("m.png", file_of(MASK)), prompt="a red apple", extra_body={**STEPS, "mask_blur": 0}
        )
        made = np.asarray(picture(answer.data[0].b64_json).convert("RGB")).astype(int)
        away = np.abs(made - PIXELS.astype(int)).mean(axis=2)
        assert away[:24].mean() < 8  # the watermark, nothing else
        assert away[40:88, 40:88].mean() > 20

    def test_streams_partials_and_then_the_picture(self, client):
        with client.images.edit(
            image=("a.png", file_of(PIXELS)), prompt="x", stream=True, partial_images=2, extra_body=STEPS
        ) as stream:
            events = list(stream)
        assert events[-1].type == "image_edit.completed"
        assert {event.type for event in events[:-1]} == {"image_edit.partial_image"}
        assert picture(events[0].b64_json).size == (128, 128)

    def test_a_variation_needs_no_prompt(self, client):
        with pytest.warns(DeprecationWarning, match="deprecated"):  # the client's own: OpenAI serves it no more
            answer = client.images.create_variation(image=("a.png", file_of(PIXELS)), n=2, size="256x256")
        assert [picture(data.b64_json).size for data in answer.data] == [(256, 256)] * 2

    def test_a_wrong_mask_is_a_bad_request_with_its_param(self, client):
        with pytest.raises(openai.BadRequestError) as caught:
            client.images.edit(image=("a.png", file_of(PIXELS)), mask=("m.png", file_of(MASK[:64])), prompt="x")
        assert caught.value.param == "mask"

    def test_a_link_is_given_where_it_is_asked_for(self, client):
        answer = client.images.generate(model="dall-e-3", prompt="x", response_format="url")
        assert answer.data[0].b64_json is None
        assert httpx.get(answer.data[0].url).headers["content-type"] == "image/png"


class TestNodeClient:
    def test_it_understands_every_answer(self, gateway_process, tmp_path):
        toolchain.install(NODE)
        (tmp_path / "a.png").write_bytes(file_of(PIXELS))
        (tmp_path / "m.png").write_bytes(file_of(MASK))
        node = toolchain.node_folder() / "node"
        command = [node, "client.mjs", gateway_process.url, tmp_path / "a.png", tmp_path / "m.png"]
        environment = {**os.environ, "OPENAI_API_KEY": gateway_process.key}
        done = subprocess.run(
            command, cwd=NODE, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr[-3000:]
        got = json.loads(done.stdout)
        for name in ("generated", "varied"):
            assert len(got[name]) == 2
        assert {picture(b64).size for b64 in (*got["generated"], got["edited"], got["masked"])} == {(128, 128)}
        assert got["generated"][0] != got["edited"] != got["masked"]
        assert got["link"].startswith(gateway_process.url)
        assert got["streamed"] == ["image_generation.partial_image"] * 2 + ["image_generation.completed"]
        assert got["streamedEdit"] == ["image_edit.partial_image"] * 2 + ["image_edit.completed"]
        assert got["noModel"] == {"name": "NotFoundError", "status": 404, "param": "model", "code": "model_not_found"}
        assert got["noSize"] == {"name": "BadRequestError", "status": 400, "param": "size", "code": "invalid_value"}
        assert got["models"] == ["toy"]


class TestErrors:
    def test_a_wrong_key_is_an_authentication_error(self, gateway_process):
        with gateway_process.client(api_key="av_wrong") as client, pytest.raises(openai.AuthenticationError) as caught:
            client.images.generate(prompt="x")
        assert caught.value.code == "invalid_api_key"

    def test_an_unknown_model_is_not_found_and_names_the_near_ones(self, client):
        with pytest.raises(openai.NotFoundError, match="toy") as caught:
            client.images.generate(model="tou", prompt="x")
        assert (caught.value.code, caught.value.param) == ("model_not_found", "model")
        assert caught.value.request_id.startswith("req_")

    def test_a_bad_value_is_a_bad_request_with_its_param(self, client):
        with pytest.raises(openai.BadRequestError, match="a multiple of 16 from 64 to 512") as caught:
            client.images.generate(prompt="x", size="65x64")
        assert caught.value.param == "size"

    def test_a_prompt_too_long_for_the_encoder_is_a_bad_request_even_when_streamed(self, client):
        for stream in (False, True):
            with pytest.raises(openai.BadRequestError) as caught:
                client.images.generate(prompt="x" * 8000, stream=stream)
            assert caught.value.param == "prompt"

    def test_a_timeout_on_the_clients_side_leaves_nothing_running(self, gateway_process):
        with gateway_process.client(timeout=0.2) as client, pytest.raises(openai.APITimeoutError):
            client.images.generate(prompt="x", size="512x512", extra_body={"num_inference_steps": 150})
        deadline = time.monotonic() + 5
        while 'in_progress{model="toy"} 0.0' not in httpx.get(f"{gateway_process.url}/metrics").text:
            assert time.monotonic() < deadline
            time.sleep(0.05)


class TestModels:
    def test_they_are_listed_and_described(self, client):
        assert [model.id for model in client.models.list()] == ["toy"]
        assert client.models.retrieve("toy").capabilities["max_size"] == 512


class TestStart:
    def test_a_start_that_fails_says_why_in_one_line(self, tmp_path):
        (tmp_path / "data").write_text("not a folder")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AVILA_")} | {
            "AVILA_DATA_DIR": str(tmp_path / "data"),
            "AVILA_MODEL_REPOSITORY": str(tmp_path / "models"),
            "AVILA_BACKEND": "inprocess",
        }
        done = subprocess.run(
            [sys.executable, "-m", "gateway"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
        )
        assert done.returncode != 0
        assert str(tmp_path / "data") in done.stderr
        assert "Traceback" not in done.stderr

    def test_an_unknown_setting_is_refused_with_the_near_one(self):
        done = subprocess.run(
            [sys.executable, "-m", "gateway"],
            cwd=ROOT,
            env={**os.environ, "AVILA_PROT": "1"},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode != 0
        assert "did you mean AVILA_PORT" in done.stderr
