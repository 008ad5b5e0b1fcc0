from __future__ import annotations

import asyncio
import io

import pytest
from PIL import Image

from tests.gateway.fakes import hang_until

BODY = {"model": "toy", "input": {"prompt": "an apple", "seed": 7, "num_inference_steps": 3}}


async def create(client, body=BODY, **headers):
    return await client.post(
        "/v1/jobs", json=body, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


async def until_status(client, job_id, *statuses):
    async with asyncio.timeout(10):
        while True:
            job = (await client.get(f"/v1/jobs/{job_id}")).json()
            if job["status"] in statuses:
                return job
            await asyncio.sleep(0.02)


class TestCreate:
    async def test_it_is_accepted_at_once_and_done_later(self, client):
        answer = await create(client)
        job = answer.json()
        assert answer.status_code == 201
        assert answer.headers["location"] == f"/v1/jobs/{job['id']}" == job["urls"]["get"]
        assert job["status"] in ("queued", "starting", "processing", "succeeded")
        done = await until_status(client, job["id"], "succeeded")
        assert (done["progress"], done["error"], done["attempts"]) == (1.0, None, 1)
        assert done["input"]["seed"] == done["images"][0]["seed"] == 7
        assert done["output"] == [done["images"][0]["url"]]
        assert {"queue_time", "predict_time", "megapixel_steps"} <= set(done["metrics"])

    async def test_prefer_wait_answers_with_the_end(self, client):
        answer = await create(client, prefer="wait=30")
        assert answer.json()["status"] == "succeeded"
        assert answer.headers["preference-applied"] == "wait=30"

    async def test_prefer_wait_gives_up_when_its_time_is_over(self, client, backend):
        backend.script = hang_until(backend.closing)
        answer = await create(client, prefer="wait=1")
        assert answer.status_code == 201
        assert answer.json()["status"] in ("starting", "processing")

    async def test_the_same_idempotency_key_answers_with_the_same_job(self, client, backend):
        first, again = [await create(client, idempotency_key="k", prefer="wait") for _ in range(2)]
        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json()["id"] == again.json()["id"]
        assert len(backend.requests) == 1
        other = await create(client, {**BODY, "priority": 1}, idempotency_key="k")
        assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"input": {}}, "input"),
            ({"input": {"prompt": "x", "widht": 64}}, "input"),
            ({"webhok": "x"}, "webhok"),
            ({"input": {"prompt": "x", "width": 65}}, "width"),
            ({"input": {"prompt": "x", "output_format": "gif"}}, "input"),
            ({"input": {"prompt": "x", "emphasis": "loud"}}, "input"),
            ({"input": {"prompt": "x AND " * 9}}, "prompt"),
            ({"input": {"prompt": "x", "clip_skip": 1}}, "clip_skip"),
            ({"priority": 9}, "priority"),
            ({"model": "tooy"}, "model"),
        ],
    )
    async def test_what_is_wrong_is_named_in_problem_details(self, client, change, field):
        answer = await create(client, {**BODY, **change})
        problem = answer.json()
        assert answer.status_code in (400, 404)
        assert answer.headers["content-type"] == "application/problem+json"
        assert set(problem) == {"type", "title", "status", "code", "detail", "field"}
        assert problem["field"] == field

    async def test_what_will_have_no_effect_is_told(self, client):
        given = {**BODY["input"], "prompt": "an (apple", "negative_prompt": "pear", "guidance_scale": 1}
        job = (await create(client, {**BODY, "input": given})).json()
        assert job["warnings"] == [
            "prompt: '(' is not closed; it goes to the end of the text",
            "negative_prompt: has no effect at guidance_scale 1",
        ]

    async def test_the_meaning_of_weights_is_part_of_the_job(self, client, backend):
        body = {**BODY, "input": {**BODY["input"], "emphasis": "no_norm"}}
        job = (await create(client, body, prefer="wait")).json()
        assert job["input"]["emphasis"] == backend.requests[0].emphasis == "no_norm"

    async def test_it_needs_a_key(self, stranger):
        answer = await create(stranger)
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_api_key")


class TestOthers:
    async def test_a_job_is_seen_by_its_owner_only(self, gateway, client):
        job = (await create(client)).json()
        _, other_key = await gateway.keys.create("other")
        async with gateway.client(other_key) as other:
            for method, path in (
                ("GET", ""),
                ("POST", "/cancel"),
                ("POST", "/retry"),
                ("DELETE", ""),
                ("GET", "/events"),
            ):
                answer = await other.request(method, f"/v1/jobs/{job['id']}{path}")
                assert answer.status_code == 404, path
            assert (await other.get("/v1/jobs")).json()["results"] == []


class TestList:
    async def test_pages(self, client):
        ids = [(await create(client)).json()["id"] for _ in range(5)]
        page = (await client.get("/v1/jobs", params={"limit": 3})).json()
        rest = (await client.get("/v1/jobs", params={"limit": 3, "cursor": page["next"]})).json()
        assert [job["id"] for job in page["results"] + rest["results"]] == ids[::-1]
        assert rest["next"] is None

    @pytest.mark.parametrize("params", [{"limit": 0}, {"limit": 101}, {"status": "done"}, {"cursor": "x" * 41}])
    async def test_bad_parameters_are_refused(self, client, params):
        assert (await client.get("/v1/jobs", params=params)).status_code == 400


class TestCancelRetryDelete:
    async def test_a_running_job_is_cancelled_and_can_be_sent_again_and_deleted(self, client, backend):
        play, backend.script = backend.script, hang_until(backend.closing)
        job = (await create(client)).json()
        await until_status(client, job["id"], "processing")
        assert (await client.delete(f"/v1/jobs/{job['id']}")).status_code == 400
        await client.post(f"/v1/jobs/{job['id']}/cancel")
        await until_status(client, job["id"], "canceled")
        backend.script = play
        again = await client.post(f"/v1/jobs/{job['id']}/retry")
        assert again.status_code == 201
        done = await until_status(client, again.json()["id"], "succeeded")
        assert done["input"] == job["input"]
        assert (await client.delete(f"/v1/jobs/{job['id']}")).status_code == 204
        assert (await client.get(f"/v1/jobs/{job['id']}")).status_code == 404


class TestOutput:
    async def test_a_link_shows_the_picture_without_a_key(self, client, stranger):
        job = (await create(client, prefer="wait")).json()
        answer = await stranger.get(job["output"][0])
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "image/png"
        assert Image.open(io.BytesIO(answer.content)).size == (128, 128)

    @pytest.mark.parametrize("form", ["jpeg", "webp"])
    async def test_it_has_the_format_that_was_asked_for(self, client, stranger, form):
        body = {**BODY, "input": {**BODY["input"], "output_format": form, "output_quality": 60}}
        job = (await create(client, body, prefer="wait")).json()
        answer = await stranger.get(job["output"][0])
        assert answer.headers["content-type"] == f"image/{form}"
        assert Image.open(io.BytesIO(answer.content)).format == form.upper()
