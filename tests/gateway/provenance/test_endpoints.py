from __future__ import annotations

import base64
import io

import pytest
from PIL import Image

from gateway.provenance.watermark import embed
from tests.gateway.provenance.pictures import natural

VERIFY = "/v1/provenance/verify"
INPUT = {"prompt": "an apple", "seed": 7, "num_inference_steps": 3}


async def make_picture(client, **fields) -> bytes:
    body = {"model": "toy", "input": {**INPUT, **fields}}
    job = (await client.post("/v1/jobs", json=body, headers={"prefer": "wait"})).json()
    return (await client.get(job["output"][0])).content


async def verified(client, data: bytes) -> dict:
    answer = await client.post(VERIFY, content=data, headers={"content-type": "image/png"})
    assert answer.status_code == 200, answer.text
    return answer.json()


def png(pixels) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


class TestVerify:
    async def test_a_stranger_learns_every_layer_of_a_picture_made_here(self, client, stranger):
        data = await make_picture(client)
        found = await verified(stranger, data)
        assert found["verdict"] == "made_here"
        assert (found["c2pa"]["state"], found["c2pa"]["problems"]) == ("trusted", [])
        assert found["c2pa"]["digital_source_types"] == ["trainedAlgorithmicMedia"]
        assert found["xmp"] == {"present": True, "digital_source_type": "trainedAlgorithmicMedia"}
        assert found["watermark"]["present"]
        assert found["watermark"]["is_this_installation"]
        assert (found["recipe_from"], found["recipe"]["seed"], found["recipe"]["prompt"]) == ("avila", 7, "an apple")

    async def test_the_recipe_made_again_is_the_same_picture(self, client):
        first = await make_picture(client)
        recipe = (await verified(client, first))["recipe"]
        model = recipe.pop("model")
        recipe.pop("model_fingerprint")
        body = {"model": model, "input": recipe}
        job = (await client.post("/v1/jobs", json=body, headers={"prefer": "wait"})).json()
        again = (await client.get(job["output"][0])).content
        assert Image.open(io.BytesIO(first)).tobytes() == Image.open(io.BytesIO(again)).tobytes()

    async def test_only_the_watermark_is_left_after_others_have_saved_it(self, client):
        saved = io.BytesIO()
        Image.open(io.BytesIO(await make_picture(client))).convert("RGB").save(saved, "JPEG", quality=75)
        found = await verified(client, saved.getvalue())
        assert (found["c2pa"]["present"], found["xmp"]["present"], found["recipe"]) == (False, False, None)
        assert found["verdict"] == "made_here"

    async def test_another_installations_mark_is_told_apart(self, client):
        found = await verified(client, png(embed(natural(256, 256), 1)))
        assert (found["verdict"], found["watermark"]["id"]) == ("generated", "00000001")
        assert not found["watermark"]["is_this_installation"]

    async def test_a_picture_without_marks_is_unknown(self, client):
        assert (await verified(client, png(natural(128, 128))))["verdict"] == "unknown"

    async def test_a_form_and_json_are_taken_too(self, client):
        data = png(natural(64, 64))
        form = await client.post(VERIFY, files={"image": ("a.png", data, "image/png")})
        text = await client.post(VERIFY, json={"image": base64.b64encode(data).decode()})
        assert form.json() == text.json() == await verified(client, data)

    @pytest.mark.parametrize(
        ("content", "kind", "status"),
        [
            (b"nothing", "image/png", 400),
            (b"", "image/png", 400),
            (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "image/png", 400),
            (b"{}", "application/json", 400),
            (b"{", "application/json", 400),
            (b"[]", "application/json", 400),
            (b"x", "multipart/form-data; boundary=a", 400),
            (b"x", "text/plain", 415),
        ],
    )
    async def test_what_is_no_picture_is_refused(self, client, content, kind, status):
        answer = await client.post(VERIFY, content=content, headers={"content-type": kind})
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"

    async def test_a_huge_picture_is_refused_before_it_is_decoded(self, client):
        header = io.BytesIO()
        Image.new("L", (8, 8)).save(header, "PNG")
        data = bytearray(header.getvalue())
        data[16:24] = (60_000).to_bytes(4, "big") * 2
        answer = await client.post(VERIFY, content=bytes(data), headers={"content-type": "image/png"})
        assert answer.status_code == 400


class TestRecipe:
    async def test_an_order_may_leave_it_out(self, client):
        found = await verified(client, await make_picture(client, embed_recipe=False))
        assert (found["recipe"], found["verdict"]) == (None, "made_here")

    async def test_automatic1111s_png_info_reads_it(self, client):
        encoded = base64.b64encode(await make_picture(client)).decode()
        info = (await client.post("/sdapi/v1/png-info", json={"image": encoded})).json()
        assert info["info"].startswith("an apple\nSteps: 3, Sampler: Euler")
