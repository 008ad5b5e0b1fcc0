"""Pictures that are sent first and named later."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import numpy as np
import pytest
from PIL import Image

from gateway.auth.service import KeyWish
from gateway.auth.subject import Role
from gateway.retention.repository import RetentionRepository
from gateway.storage import data_urls
from gateway.storage.data_urls import data_url
from gateway.storage.sweep import Sweeper
from tests.gateway.kit.receivers import receiving
from tests.gateway.people import make_user

PICTURE = np.random.default_rng(5).integers(0, 256, (64, 128, 3), np.uint8)
OTHERS = "you have no picture"
ALLOWED = "127.0.0.2"  # where the tests may fetch from


def file_of(pixels=PICTURE, form="PNG", **options) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, form, **options)
    return file.getvalue()


async def upload(client, data=None, **options):
    headers = {"content-type": "image/png"}
    return await client.post("/v1/uploads", content=file_of() if data is None else data, headers=headers, **options)


async def create(client, **fields):
    given = {"prompt": "an apple", "seed": 7, "num_inference_steps": 10, "strength": 0.7, **fields}
    return await client.post("/v1/jobs", json={"model": "toy", "input": given}, headers={"prefer": "wait=30"})


@pytest.fixture
async def ann(gateway):
    """A person with room for 100 kB."""
    user = await make_user(gateway._state["database"], Role.USER, "ann", limits={"stored_bytes": 100_000})
    _, key = await gateway.keys.create(KeyWish("ann's", user.id))
    async with gateway.client(key) as client:
        yield client


class TestUpload:
    @pytest.mark.parametrize(
        ("form", "media_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")]
    )
    async def test_a_raw_body_is_taken_for_what_it_is(self, client, form, media_type):
        answer = await upload(client, file_of(form=form))
        assert answer.status_code == 201
        told = answer.json()
        assert (told["width"], told["height"], told["media_type"]) == (128, 64, media_type)
        assert told["id"].startswith("upl_")
        assert told["expires_at"]

    @pytest.mark.parametrize("field", ["image", "file"])
    async def test_so_is_the_file_of_a_form(self, client, field):
        answer = await client.post("/v1/uploads", files={field: ("a.png", file_of(), "image/png")})
        assert answer.status_code == 201
        assert answer.json()["bytes"] == len(file_of())

    async def test_a_turned_photograph_has_the_size_that_people_see(self, client):
        exif = Image.Exif()
        exif[0x0112] = 6
        told = (await upload(client, file_of(form="JPEG", exif=exif))).json()
        assert (told["width"], told["height"]) == (64, 128)

    @pytest.mark.parametrize("data", [b"", b"GIF89a", b"<svg/>", b"\x89PNG\r\n\x1a\n", None])
    async def test_what_is_no_picture_is_refused_by_name(self, client, data):
        answer = await upload(client, file_of()[:-200] if data is None else data)
        assert answer.status_code == 400
        assert answer.json()["field"] == "image"
        assert len(answer.text) < 500

    async def test_too_many_pixels_are_refused_before_they_are_decoded(self, client, monkeypatch):
        data = file_of()
        monkeypatch.setattr(data_urls, "MAX_PIXELS", 128 * 64 - 1)
        monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("decoded"))
        answer = await upload(client, data)
        assert answer.status_code == 400
        assert "128×64 pixels" in answer.json()["detail"]

    async def test_a_larger_body_is_refused_before_it_is_read(self, client, settings):
        answer = await upload(client, b"x" * (settings.max_upload_bytes + 1))
        assert answer.status_code == 413

    async def test_another_kind_of_body_is_refused(self, client):
        assert (await client.post("/v1/uploads", json={})).status_code == 415
        assert (await client.post("/v1/uploads", data={"image": "x"}, files={"b": b"y"})).status_code == 400

    async def test_it_counts_among_the_stored_bytes(self, ann):
        noise = np.random.default_rng(1).integers(0, 256, (128, 128, 3), np.uint8)
        first = (await upload(ann, file_of(noise))).json()
        used = (await ann.get("/v1/quota")).json()
        assert first["bytes"] in used["used"].values()
        second = await upload(ann, file_of(255 - noise))
        third = await upload(ann, file_of(noise.transpose(1, 0, 2)))
        assert (second.status_code, third.status_code) == (201, 429)
        assert third.json()["code"] == "insufficient_quota"
        assert (await ann.delete(f"/v1/uploads/{first['id']}")).status_code == 204
        assert (await upload(ann, file_of(noise))).status_code == 201

    async def test_its_owner_gets_the_file_back_as_it_came(self, client, ann):
        told = (await upload(client, file_of(form="JPEG"))).json()
        answer = await client.get(f"/v1/uploads/{told['id']}")
        assert (answer.content, answer.headers["content-type"]) == (file_of(form="JPEG"), "image/jpeg")
        assert (await ann.get(f"/v1/uploads/{told['id']}")).status_code == 404
        assert (await client.get("/v1/uploads/upl_nothing")).status_code == 404


class TestByAddress:
    @pytest.fixture
    def settings(self, settings):
        return settings.model_copy(update={"outbound_allow": ALLOWED, "max_upload_bytes": 100_000})

    async def test_a_picture_is_fetched_and_kept(self, client):
        with receiving(ALLOWED) as place:
            place.answer = lambda *_: (200, {"content-type": "image/png"}, file_of())
            answer = await client.post("/v1/uploads/by-address", json={"address": place.url("/cat.png")})
        assert answer.status_code == 201
        assert (await client.get(f"/v1/uploads/{answer.json()['id']}")).content == file_of()

    async def test_what_cannot_be_had_is_refused_by_name(self, client, settings):
        with receiving("127.0.0.1") as private, receiving(ALLOWED) as place:
            place.answer = lambda *_: (200, {}, b"no picture")
            refused = [private.url("/cat.png"), "file:///etc/passwd", "ftp://x/y"]
            for address in refused:
                answer = await client.post("/v1/uploads/by-address", json={"address": address})
                assert (answer.status_code, answer.json()["field"]) == (400, "address")
            answer = await client.post("/v1/uploads/by-address", json={"address": place.url()})
            assert (answer.status_code, answer.json()["field"]) == (400, "image")
            place.answer = lambda *_: (200, {}, b"x" * (settings.max_upload_bytes + 1))
            answer = await client.post("/v1/uploads/by-address", json={"address": place.url()})
            assert (answer.status_code, answer.json()["field"]) == (400, "address")
        assert private.heard == []


class TestByReference:
    async def test_an_upload_is_the_picture_itself(self, client, backend):
        told = (await upload(client)).json()
        job = (await create(client, image=told["id"])).json()
        assert job["status"] == "succeeded"
        assert np.array_equal(backend.requests[0].image, PICTURE)
        assert job["input"]["image"] == told["id"]
        assert "sources" not in job["input"]

    async def test_the_recipe_names_the_source(self, client):
        told = (await upload(client)).json()
        job = (await create(client, image=told["id"])).json()
        file = (await client.get(job["output"][0])).content
        recipe = json.loads(Image.open(io.BytesIO(file)).text["avila"])
        assert recipe["sources"] == {"image": told["id"]}

    async def test_a_picture_of_the_gallery_is_named_by_its_id(self, client, backend):
        made = (await create(client, image=data_url(PICTURE))).json()["images"][0]
        job = (await create(client, image=made["id"])).json()
        assert job["status"] == "succeeded"
        assert backend.requests[1].image.shape == (made["height"], made["width"], 3)
        assert job["input"]["image"] == made["id"]

    async def test_what_is_in_the_trash_is_not_in_the_gallery(self, client):
        made = (await create(client, image=data_url(PICTURE))).json()["images"][0]
        assert (await client.delete(f"/v1/history/{made['id']}")).status_code == 204
        assert (await create(client, image=made["id"])).status_code == 404

    async def test_somebody_elses_is_as_absent_as_none(self, client, ann, backend):
        told = (await upload(client)).json()
        made = (await create(client, image=told["id"])).json()["images"][0]
        for name in (told["id"], made["id"], "upl_nothing", "img_nothing"):
            answer = await create(ann, image=name)
            assert answer.status_code == 404
            assert OTHERS in answer.json()["detail"]
            assert answer.json()["field"] == "image"
        assert (await ann.delete(f"/v1/uploads/{told['id']}")).status_code == 404
        assert len(backend.requests) == 1

    async def test_the_store_answers_the_same_picture_whatever_it_was_named(self, client, backend):
        first, second = [(await upload(client)).json()["id"] for _ in range(2)]
        job = (await create(client, image=first)).json()
        assert (await create(client, image=second)).json()["cached_from"] == job["id"]
        assert (await create(client, image=data_url(PICTURE))).json()["cached_from"] is not None
        assert len(backend.requests) == 1

    async def test_a_retry_needs_the_upload_no_more(self, client):
        told = (await upload(client)).json()
        job = (await create(client, image=told["id"])).json()
        await client.delete(f"/v1/uploads/{told['id']}")
        again = await client.post(f"/v1/jobs/{job['id']}/retry")
        assert again.status_code == 201
        assert again.json()["input"]["image"] == told["id"]


class TestExpiry:
    @pytest.fixture
    def later(self, gateway):
        """A clock two days ahead."""
        now = gateway._state["clock"].now()
        return type("Later", (), {"now": lambda _: now + timedelta(days=2), "monotonic": lambda _: 0.0})()

    async def test_an_expired_upload_is_gone_and_its_file_too(self, client, gateway, settings, monkeypatch, later):
        told = (await upload(client)).json()
        state = gateway._state
        monkeypatch.setattr(state["uploads"], "_clock", later)
        assert (await create(client, image=told["id"])).status_code == 404
        async with state["database"].transaction() as session:
            assert await RetentionRepository(session).remove_uploads(later.now(), 10) == 1
        assert await Sweeper(state["database"], state["images"], later).sweep() == 1
        assert not [path for path in (settings.data_dir / "images").rglob("*") if path.is_file()]

    async def test_a_sweep_leaves_the_file_of_a_live_upload(self, client, gateway, later):
        told = (await upload(client)).json()
        state = gateway._state
        async with state["database"].transaction() as session:
            assert await RetentionRepository(session).remove_uploads(state["clock"].now(), 10) == 0
        assert await Sweeper(state["database"], state["images"], later).sweep() == 0
        assert (await create(client, image=told["id"])).status_code == 201
