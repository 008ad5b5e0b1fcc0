from __future__ import annotations

import asyncio
import base64
import io
import json
from contextlib import asynccontextmanager

import pytest
from PIL import Image

from tests.gateway.a1111.clients import LIBRE_CHAT, OPEN_WEBUI, SILLY_TAVERN
from tests.gateway.fakes import hang_until

TXT2IMG = "/sdapi/v1/txt2img"


def picture_of(text: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(text, validate=True)))


@asynccontextmanager
async def hanging_job(client, backend, **body):
    """A request that waits for its pictures, already processing."""
    backend.script = hang_until(backend.closing)
    request = asyncio.ensure_future(client.post(TXT2IMG, json={**OPEN_WEBUI, **body}))
    async with asyncio.timeout(10):
        while not (await client.get("/sdapi/v1/progress")).json()["state"]["job_count"]:
            await asyncio.sleep(0.01)
    yield request
    if not request.done():
        await client.post("/sdapi/v1/interrupt")
    await request


class TestClients:
    async def test_silly_taverns_body_makes_a_picture(self, client, backend):
        answer = await client.post(TXT2IMG, json=SILLY_TAVERN)
        assert answer.status_code == 200, answer.text
        assert picture_of(answer.json()["images"][0]).size == (512, 512)
        (request,) = backend.requests
        assert (request.sampler, request.schedule) == ("dpmpp_2m", "karras")
        assert (request.num_inference_steps, request.guidance_scale) == (20, 7.0)
        assert (request.prompt, request.negative_prompt) == ("a red apple", "blurry")

    async def test_open_webuis_body_makes_as_many_pictures_as_it_asks_for(self, client):
        answer = await client.post(TXT2IMG, json=OPEN_WEBUI)
        assert [picture_of(text).size for text in answer.json()["images"]] == [(128, 128)] * 2

    async def test_libre_chat_finds_what_it_reads_in_info(self, client):
        answer = (await client.post(TXT2IMG, json=LIBRE_CHAT)).json()
        info = json.loads(answer["info"])
        assert (info["width"], info["height"]) == (128, 128)
        assert isinstance(info["seed"], int)
        assert info["infotexts"][0].startswith("a red apple\nNegative prompt: blurry\nSteps: 6, Sampler: Euler, ")
        assert f"Seed: {info['seed']}, Size: 128x128" in info["infotexts"][0]

    async def test_its_secrets_are_neither_logged_nor_echoed(self, client, capsys, caplog):
        caplog.set_level("DEBUG")
        answers = [
            await client.post(TXT2IMG, json=SILLY_TAVERN),
            await client.post(TXT2IMG, json={**SILLY_TAVERN, "steps": "many"}),
            await client.post("/sdapi/v1/options", json={"auth": SILLY_TAVERN["auth"]}),
        ]
        said = "".join([*(answer.text for answer in answers), caplog.text, *capsys.readouterr()])
        assert "secret-of-the-client" not in said

    async def test_a_client_without_a_field_for_keys_may_have_it_in_the_address(self, gateway, key):
        async with gateway.client() as stranger:
            assert (await stranger.post(f"/k/{key}{TXT2IMG}", json=LIBRE_CHAT)).status_code == 200
            assert (await stranger.post(f"/k/av_wrong{TXT2IMG}", json=LIBRE_CHAT)).status_code == 401
            assert (await stranger.get(f"/k/{key}/v1/jobs")).status_code == 404  # nowhere else

    @pytest.mark.parametrize("name", ["user", ""])
    async def test_a_key_is_a_password_of_basic_authentication(self, gateway, key, name):
        async with gateway.client() as stranger:
            answer = await stranger.get("/sdapi/v1/options", auth=(name, key))
        assert answer.status_code == 200

    @pytest.mark.parametrize("header", ["", "Basic ", "Basic Og==", "Basic !!"])
    async def test_an_empty_header_is_no_key_and_asks_for_basic(self, stranger, header):
        answer = await stranger.get("/sdapi/v1/sd-models", headers={"authorization": header})
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == 'Basic realm="avila"'
        assert set(answer.json()) == {"error", "detail", "body", "errors"}


class TestGeneration:
    async def test_null_fields_mean_their_defaults(self, client, backend):
        answer = await client.post(TXT2IMG, json={**OPEN_WEBUI, "steps": None, "seed": None, "override_settings": None})
        assert answer.status_code == 200
        assert backend.requests[0].num_inference_steps == 50

    async def test_pictures_are_counted_in_batches_times_iterations_with_rising_seeds(self, client):
        answer = await client.post(TXT2IMG, json={**OPEN_WEBUI, "batch_size": 2, "n_iter": 2, "seed": 5})
        assert json.loads(answer.json()["info"])["all_seeds"] == [5, 6, 7, 8]
        assert len(answer.json()["images"]) == 4

    async def test_one_request_may_override_the_model_and_the_format(self, client, backend):
        settings = {"sd_model_checkpoint": "org/other.safetensors [toy]", "samples_format": "jpg"}
        answer = await client.post(TXT2IMG, json={**OPEN_WEBUI, "override_settings": settings})
        assert picture_of(answer.json()["images"][0]).format == "JPEG"
        assert backend.requests[0].pipeline == "org/other"
        assert (await client.get("/sdapi/v1/options")).json()["samples_format"] == "png"

    async def test_the_history_has_its_pictures(self, client):
        answer = await client.post(TXT2IMG, json=OPEN_WEBUI)
        found = (await client.get("/v1/history")).json()["results"]
        assert len(found) == 2
        job = (await client.get(f"/v1/jobs/{answer.headers['x-avila-job-id']}")).json()
        assert job["status"] == "succeeded"

    async def test_send_images_false_sends_none(self, client):
        answer = await client.post(TXT2IMG, json={**OPEN_WEBUI, "send_images": False})
        assert answer.json()["images"] == []

    @pytest.mark.parametrize(
        ("change", "word"),
        [
            ({"sampler_name": "DPM adaptive"}, "DPM++ 2M was used"),
            ({"sampler_name": "DDIM", "scheduler": "Karras"}, "does not run on karras"),
            ({"scheduler": "KL Optimal"}, "'KL Optimal'"),
            ({"restore_faces": True}, "restore_faces"),
        ],
    )
    async def test_what_cannot_be_honoured_is_a_warning(self, client, change, word):
        answer = await client.post(TXT2IMG, json={**OPEN_WEBUI, **change})
        assert answer.status_code == 200
        assert word in answer.headers["x-avila-warnings"]

    @pytest.mark.parametrize(
        ("change", "word"),
        [
            ({"sampler_name": "Magic"}, "Sampler not found: 'Magic'"),
            ({"steps": 1000}, "steps: 1000 is not allowed"),
            ({"cfg_scale": 99}, "cfg_scale: 99"),
            ({"width": 65}, "width: 65"),
            ({"batch_size": 11}, "batch_size × n_iter: 11"),
            ({"steps": "many"}, "steps: "),
            ({"override_settings": {"samples_format": "bmp"}}, "samples_format: 'bmp'"),
            ({"override_settings": {"sd_model_checkpoint": "tooy"}}, "did you mean toy"),
        ],
    )
    async def test_what_is_wrong_is_named_in_its_own_shape(self, client, change, word):
        answer = await client.post(TXT2IMG, json={**OPEN_WEBUI, **change})
        assert answer.status_code in (400, 404)
        assert set(answer.json()) == {"error", "detail", "body", "errors"}
        assert word in answer.json()["detail"]


class TestProgress:
    async def test_idle_is_all_zero(self, client):
        answer = (await client.get("/sdapi/v1/progress")).json()
        assert (answer["progress"], answer["state"]["job_count"], answer["current_image"]) == (0, 0, None)

    async def test_nobody_sees_or_interrupts_somebody_elses_job(self, gateway, client, backend):
        _, other_key = await gateway.keys.create("other")
        async with gateway.client(other_key) as other, hanging_job(client, backend) as request:
            assert (await other.get("/sdapi/v1/progress")).json()["state"]["job_count"] == 0
            assert (await other.post("/sdapi/v1/interrupt")).json() == {}
            await asyncio.sleep(0.1)
            assert (await client.get("/sdapi/v1/progress")).json()["state"]["job_count"] == 1
            assert not request.done()

    async def test_an_interrupted_request_is_answered_with_what_was_done(self, client, backend):
        async with hanging_job(client, backend) as request:
            assert (await client.post("/sdapi/v1/interrupt")).json() == {}
            answer = await asyncio.wait_for(request, 10)
        assert answer.status_code == 200
        assert answer.json()["images"] == []
        assert (await client.get("/sdapi/v1/progress")).json()["state"]["job_count"] == 0

    async def test_a_named_task_is_found_by_its_name(self, client, backend):
        async with hanging_job(client, backend, force_task_id="task(abc)"):
            answer = (await client.post("/internal/progress", json={"id_task": "task(abc)"})).json()
            assert (answer["active"], answer["queued"], answer["completed"]) == (True, False, False)
        done = (await client.post("/internal/progress", json={"id_task": "task(abc)"})).json()
        assert (done["active"], done["completed"]) == (False, True)
        unknown = (await client.post("/internal/progress", json={"id_task": "task(xyz)"})).json()
        assert [unknown[name] for name in ("active", "queued", "completed")] == [False] * 3
