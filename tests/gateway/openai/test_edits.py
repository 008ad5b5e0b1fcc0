"""Edits and variations: forms and JSON, masks, streams, and the bodies of clients that cannot be installed here."""

from __future__ import annotations

import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from gateway.storage.data_urls import data_url
from tests.gateway.kit.receivers import receiving
from tests.gateway.openai.test_generations import picture_of

EDITS, VARIATIONS = "/v1/images/edits", "/v1/images/variations"
PICTURE = np.random.default_rng(8).integers(0, 256, (64, 128, 3), np.uint8)
HOLE = (slice(16, 48), slice(32, 96))
"""What the masks let be painted."""


def png(pixels=PICTURE) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def with_hole(pixels=PICTURE) -> bytes:
    alpha = np.full(pixels.shape[:2], 255, np.uint8)
    alpha[HOLE] = 0
    return png(np.dstack([pixels, alpha]))


def white_hole() -> bytes:
    mask = np.zeros(PICTURE.shape[:2], np.uint8)
    mask[HOLE] = 255
    return png(mask)


async def edit(client, files, path=EDITS, **fields):
    fields = {"prompt": "an apple", **fields} if path == EDITS else fields
    return await client.post(path, data=fields, files=files)


def url_of(data: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(data).decode()


class TestForms:
    async def test_a_picture_is_edited_as_a_whole(self, client, backend):
        answer = await edit(client, {"image": ("a.png", png(), "image/png")})
        assert answer.status_code == 200, answer.text
        body = answer.json()
        (request,) = backend.requests
        assert np.array_equal(request.image, PICTURE)
        assert (request.strength, request.mask, request.prompt) == (0.75, None, "an apple")
        assert picture_of(body["data"][0]).size == (128, 64)
        assert body["size"] == "128x64"
        assert body["usage"]["input_tokens_details"]["image_tokens"] == 8
        assert "url" not in body["data"][0]

    async def test_numbers_and_truths_are_text_in_a_form_and_empty_is_left_out(self, client, backend):
        fields = {"n": "2", "seed": "7", "num_inference_steps": "10", "strength": "0.5", "size": "", "user": "null"}
        answer = await edit(client, {"image": png()}, unknown="x", input_fidelity="low", **fields)
        assert [image["seed"] for image in answer.json()["data"]] == [7, 8]
        assert (backend.requests[0].strength, backend.requests[0].num_inference_steps) == (0.5, 10)

    @pytest.mark.parametrize("name", ["image[]", "image", "image[0]", "images[]"])
    async def test_of_several_pictures_the_first_is_used_and_the_others_named(self, client, backend, name):
        files = [(name, ("a.png", png(), "image/png")), (name, ("b.png", png(255 - PICTURE), "image/png"))]
        answer = await edit(client, files)
        assert np.array_equal(backend.requests[0].image, PICTURE)
        assert "1 more did nothing" in answer.headers["x-avila-warnings"]

    async def test_a_size_crops_and_the_answer_has_it(self, client, backend):
        answer = await edit(client, {"image": png()}, size="64x64")
        assert backend.requests[0].image.shape == (64, 64, 3)
        assert answer.json()["size"] == "64x64"

    async def test_output_format_compression_and_background(self, client):
        answer = await edit(
            client, {"image": png()}, output_format="webp", output_compression="40", background="opaque", quality="low"
        )
        assert picture_of(answer.json()["data"][0]).format == "WEBP"
        assert answer.json()["output_format"] == "webp"
        refused = await edit(client, {"image": png()}, background="transparent")
        assert (refused.status_code, refused.json()["error"]["param"]) == (400, "background")

    async def test_links_where_they_are_asked_for(self, client):
        answer = await edit(client, {"image": png()}, response_format="url")
        (data,) = answer.json()["data"]
        assert "b64_json" not in data
        assert (await client.get(data["url"])).headers["content-type"] == "image/png"


class TestMasks:
    async def test_what_is_transparent_is_painted(self, client, backend):
        answer = await edit(client, {"image": png(), "mask": ("m.png", with_hole(), "image/png")})
        assert answer.status_code == 200, answer.text
        (request,) = backend.requests
        assert request.mask[HOLE].min() == 255
        assert request.mask.astype(int).sum() == 255 * 32 * 64
        assert request.strength == 1.0
        assert "x-avila-warnings" not in answer.headers

    async def test_without_transparency_white_is_painted_and_the_answer_says_so(self, client, backend):
        answer = await edit(client, {"image": png(), "mask": white_hole()})
        assert backend.requests[0].mask[HOLE].min() == 255
        assert "transparent" in answer.headers["x-avila-warnings"]

    async def test_a_picture_with_a_hole_is_its_own_mask(self, client, backend):
        await edit(client, {"image": with_hole()})
        assert backend.requests[0].mask[HOLE].min() == 255
        assert backend.requests[0].mask_content == "fill"

    async def test_a_mask_of_another_size_is_refused(self, client, backend):
        answer = await edit(client, {"image": png(), "mask": png(PICTURE[:32])})
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, "mask")
        assert backend.requests == []


class TestJson:
    @pytest.mark.parametrize(
        "named",
        [
            {"images": [{"image_url": url_of(png())}]},
            {"images": [{"image_url": {"url": url_of(png())}}]},
            {"images": [{"type": "input_image", "image_url": url_of(png()), "detail": None}]},
            {"image": url_of(png())},
            {"image": [base64.b64encode(png()).decode()]},
        ],
    )
    async def test_pictures_as_data(self, client, backend, named):
        given = {"prompt": "an apple", "n": None, "size": None, "mask": None, "stream": None, "whatever": 1, **named}
        answer = await client.post(EDITS, json=given)
        assert answer.status_code == 200, answer.text
        assert np.array_equal(backend.requests[0].image, PICTURE)

    async def test_a_mask_too(self, client, backend):
        body = {"images": [{"image_url": url_of(png())}], "mask": {"image_url": url_of(with_hole())}}
        await client.post(EDITS, json={"prompt": "an apple", **body})
        assert backend.requests[0].mask[HOLE].min() == 255

    async def test_an_upload_by_its_id(self, client, backend):
        headers = {"content-type": "image/png"}
        upload = (await client.post("/v1/uploads", content=png(), headers=headers)).json()["id"]
        answer = await client.post(EDITS, json={"prompt": "x", "images": [{"file_id": upload}]})
        assert np.array_equal(backend.requests[0].image, PICTURE)
        job = (await client.get(f"/v1/jobs/{answer.headers['x-avila-job-id']}")).json()
        assert job["input"]["image"] == upload

    @pytest.mark.parametrize(
        ("body", "param"),
        [
            ({"prompt": "x"}, "image"),
            ({"images": [{"image_url": url_of(png())}]}, "prompt"),
            ({"prompt": "x", "images": [{"image_url": "http://169.254.169.254/a.png"}]}, "images[0]"),
            ({"prompt": "x", "images": [{"image_url": "ftp://example.org/a.png"}]}, "images[0]"),
            ({"prompt": "x", "images": [{"file_id": "upl_nothing"}]}, "images[0]"),
            ({"prompt": "x", "images": [{}]}, "images[0]"),
            ({"prompt": "x", "images": [7]}, "images[0]"),
            ({"prompt": "x", "image": "data:image/png;base64,AAAA"}, "image"),
            ({"prompt": "x", "image": data_url(PICTURE), "n": 99}, "n"),
            ({"prompt": "x", "image": [data_url(PICTURE)] * 17}, "images"),
            ([], None),
        ],
    )
    async def test_what_cannot_be_is_refused_in_openais_shape(self, client, backend, body, param):
        answer = await client.post(EDITS, json=body)
        assert answer.status_code in (400, 404)
        error = answer.json()["error"]
        assert set(error) == {"message", "type", "param", "code"}
        assert error["param"] == param
        assert len(answer.text) < 600
        assert backend.requests == []

    async def test_another_kind_of_body_is_refused(self, client):
        assert (await client.post(EDITS, content=b"x", headers={"content-type": "text/plain"})).status_code == 415
        broken = {"content-type": "multipart/form-data; boundary=x"}
        assert (await client.post(EDITS, content=b"--y", headers=broken)).status_code == 400


class TestAddresses:
    """Pictures that lie somewhere: an address that the operator allows stands for a public one."""

    HERE, ALLOWED = "127.0.0.1", "127.0.0.2"

    @pytest.fixture
    def settings(self, settings):
        return settings.model_copy(update={"outbound_allow": self.ALLOWED, "max_upload_bytes": 100_000})

    async def edit(self, client, url, **more):
        return await client.post(EDITS, json={"prompt": "an apple", "images": [{"image_url": url}], **more})

    async def test_picture_and_mask_are_fetched(self, client, backend):
        files = {"/a.png": png(), "/m.png": with_hole()}
        with receiving(self.ALLOWED) as place:
            place.answer = lambda method, path, body: (200, {}, files[path])
            answer = await self.edit(client, place.url("/a.png"), mask={"image_url": {"url": place.url("/m.png")}})
        assert answer.status_code == 200, answer.text
        assert np.array_equal(backend.requests[0].image, PICTURE)
        assert backend.requests[0].mask[HOLE].min() == 255
        assert [(method, path) for method, path, _, _ in place.heard] == [("GET", "/a.png"), ("GET", "/m.png")]
        assert not any("authorization" in headers for _, _, headers, _ in place.heard)

    async def test_our_own_network_is_not_asked_not_even_by_a_redirect(self, client, backend):
        with receiving(self.HERE) as private, receiving(self.ALLOWED) as place:
            place.answer = lambda method, path, body: (302, {"location": private.url()}, b"")
            for url in (private.url(), place.url()):
                answer = await self.edit(client, url)
                assert (answer.status_code, answer.json()["error"]["param"]) == (400, "images[0]")
                assert "not public" in answer.json()["error"]["message"]
        assert private.heard == []
        assert backend.requests == []

    @pytest.mark.parametrize(
        ("reply", "words"),
        [
            ((404, {}, b""), "status 404"),
            ((200, {}, b"x" * 100_001), "larger than the 100000 bytes allowed"),
            ((200, {}, b"no picture"), "cannot be read"),
        ],
    )
    async def test_what_is_not_had_is_said(self, client, backend, reply, words):
        with receiving(self.ALLOWED) as place:
            place.answer = lambda method, path, body: reply
            answer = await self.edit(client, place.url())
        assert (answer.status_code, words in answer.json()["error"]["message"]) == (400, True), answer.text
        assert backend.requests == []

    async def test_one_request_fetches_no_more_than_it_may_bring(self, client):
        noise = png(np.random.default_rng(1).integers(0, 256, (128, 128, 3), np.uint8))
        assert 40_000 < len(noise) < 60_000
        with receiving(self.ALLOWED) as place:
            place.answer = lambda method, path, body: (200, {}, noise)
            body = {"prompt": "an apple", "images": [{"image_url": place.url(f"/{n}")} for n in range(3)]}
            answer = await client.post(EDITS, json=body)
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, "images[2]")

    async def test_a_job_may_name_one_too(self, client, backend):
        with receiving(self.ALLOWED) as place:
            place.answer = lambda method, path, body: (200, {}, png())
            given = {"prompt": "an apple", "image": place.url(), "width": 128, "height": 64}
            answer = await client.post("/v1/jobs", json={"model": "toy", "input": given}, headers={"prefer": "wait"})
        assert answer.json()["status"] == "succeeded", answer.text
        assert np.array_equal(backend.requests[0].image, PICTURE)


class TestStream:
    async def test_partials_and_then_the_picture(self, client):
        answer = await edit(client, {"image": png()}, stream="true", partial_images="2", num_inference_steps="12")
        events = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: ")]
        assert [event["type"] for event in events] == ["image_edit.partial_image"] * 2 + ["image_edit.completed"]
        assert {picture_of(event).size for event in events} == {(128, 64)}


class TestRetries:
    async def test_an_identical_request_joins_the_first_and_another_picture_does_not(self, client, backend):
        again = {"x-stainless-retry-count": "1"}
        await edit(client, {"image": png()})
        await client.post(EDITS, data={"prompt": "an apple"}, files={"image": png()}, headers=again)
        assert len(backend.requests) == 1
        await client.post(EDITS, data={"prompt": "an apple"}, files={"image": png(255 - PICTURE)}, headers=again)
        assert len(backend.requests) == 2


class TestVariations:
    async def test_a_picture_is_varied_without_a_prompt(self, client, backend):
        answer = await edit(client, {"image": png()}, VARIATIONS, n="2", model="dall-e-2", response_format="b64_json")
        assert len(answer.json()["data"]) == 2
        (request,) = backend.requests
        assert (request.prompt, request.strength, request.mask) == ("", 0.6, None)

    async def test_its_job_can_be_looked_at_and_sent_again(self, client):
        answer = await edit(client, {"image": png()}, VARIATIONS)
        job = answer.headers["x-avila-job-id"]
        assert (await client.get(f"/v1/jobs/{job}")).status_code == 200
        assert (await client.post(f"/v1/jobs/{job}/retry")).status_code == 201


class TestRecordedClients:
    """The bodies that Open WebUI and LibreChat send, field by field."""

    @pytest.mark.parametrize("model", ["dall-e-2", "dall-e-3", "gpt-image-1", "gpt-image-1.5"])
    async def test_open_webui_generates(self, client, model):
        body = {"model": model, "prompt": "an apple", "n": 1, "size": "512x512"}
        body |= {} if model.startswith("gpt-image") else {"response_format": "b64_json"}
        headers = {"x-openwebui-user-name": "Ann", "x-openwebui-user-role": "user"}
        answer = await client.post("/v1/images/generations?api-version=2025-04-01", json=body, headers=headers)
        assert picture_of(answer.json()["data"][0]).size == (512, 512)
        assert "url" not in answer.json()["data"][0]

    @pytest.mark.parametrize("count", [1, 2])
    async def test_open_webui_edits(self, client, count):
        name = "image" if count == 1 else "image[]"
        files = [(name, (f"{n}.png", png(), "image/png")) for n in range(count)]
        fields = {"n": "1", "size": "128x64", "response_format": "b64_json"}
        answer = await edit(client, files, model="dall-e-2", **fields)
        assert picture_of(answer.json()["data"][0]).size == (128, 64)

    async def test_librechat_generates(self, client):
        body = {"model": "gpt-image-1", "prompt": "an apple", "n": 1, "background": "auto", "output_format": "png"}
        body |= {"quality": "auto", "size": "auto"}
        answer = await client.post("/v1/images/generations", json=body)
        assert answer.json()["data"][0]["b64_json"]

    async def test_librechat_edits_in_azures_way_too(self, gateway, key):
        files = [("image[]", ("a.png", png(), "image/png"))]
        fields = {"model": "gpt-image-1", "prompt": "an apple", "quality": "auto", "size": "auto"}
        async with gateway.client() as client:
            answer = await client.post(
                f"{EDITS}?api-version=2025-04-01", data=fields, files=files, headers={"api-key": key}
            )
        assert answer.json()["data"][0]["b64_json"]
