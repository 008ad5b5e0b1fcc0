from __future__ import annotations

import asyncio
import base64
import io
import json
from contextlib import aclosing

import pytest
from PIL import Image

from diffusion.errors import (
    ComponentUnavailableError,
    DeadlineExceededError,
    DeadlineUnmeetableError,
    InvalidFieldError,
    NotFiniteError,
    QueueFullError,
    ShuttingDownError,
)
from tests.gateway.fakes import fail_midway, refuse

PATH = "/v1/images/generations"


def picture_of(image: dict) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(image["b64_json"])))


async def refusal(client, **body) -> dict:
    answer = await client.post(PATH, json={"prompt": "an apple", **body})
    assert set(answer.json()) == {"error"}
    error = answer.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    return {**error, "status": answer.status_code, "headers": answer.headers}


async def events_of(client, **body) -> list[dict]:
    answer = await client.post(PATH, json={"prompt": "an apple", "stream": True, **body})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = []
    for block in answer.text.split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if lines:
            data = json.loads(lines["data"])
            assert lines["event"] == data["type"]
            events.append(data)
    return events


class TestWhole:
    async def test_a_prompt_becomes_a_png_of_the_models_own_size(self, client):
        answer = await client.post(PATH, json={"prompt": "an apple"})
        body = answer.json()
        picture = picture_of(body["data"][0])
        assert answer.status_code == 200
        assert (picture.format, picture.size) == ("PNG", (128, 128))
        assert body["size"] == "128x128"
        assert body["output_format"] == "png"
        assert body["usage"]["images"] == 1
        assert answer.headers["x-request-id"].startswith("req_")

    async def test_every_field_reaches_the_request(self, client, backend):
        body = {
            "model": "org/other",
            "n": 2,
            "size": "192x256",
            "seed": 7,
            "num_inference_steps": 3,
            "guidance_scale": 2.5,
            "negative_prompt": "blur",
            "sampler": "euler",
            "scheduler": "trailing",
            "priority": 1,
        }
        answer = await client.post(PATH, json={"prompt": "an apple", **body})
        assert [image["seed"] for image in answer.json()["data"]] == [7, 8]
        (request,) = backend.requests
        assert (request.pipeline, request.num_images) == ("org/other", 2)
        assert (request.width, request.height, request.seed) == (192, 256, 7)
        assert (request.num_inference_steps, request.guidance_scale) == (3, 2.5)
        assert (request.negative_prompt, request.sampler, request.schedule) == ("blur", "euler", "trailing")
        assert request.priority == 1
        assert request.owner.startswith("key_")
        assert answer.headers["x-avila-job-id"].startswith("job_")

    async def test_null_and_unknown_fields_are_welcome(self, client):
        fields = (
            "model n size quality response_format output_format output_compression background moderation style stream"
        )
        body = dict.fromkeys([*fields.split(), "seed", "sampler", "user", "partial_images"])
        answer = await client.post(PATH, json={"prompt": "x", **body, "something_new": {"a": 1}})
        assert answer.status_code == 200

    @pytest.mark.parametrize(
        ("given", "expected"), [("jpeg", "JPEG"), ("jpg", "JPEG"), ("webp", "WEBP"), ("png", "PNG")]
    )
    async def test_the_output_format_is_obeyed(self, client, given, expected):
        answer = await client.post(PATH, json={"prompt": "x", "output_format": given, "output_compression": 50})
        assert picture_of(answer.json()["data"][0]).format == expected

    @pytest.mark.parametrize(("quality", "steps"), [("low", 4), ("medium", 8), ("auto", 8), ("hd", 12)])
    async def test_quality_chooses_the_steps(self, client, backend, quality, steps):
        await client.post(PATH, json={"prompt": "x", "quality": quality})
        assert backend.requests[-1].num_inference_steps == steps

    async def test_an_unknown_enum_value_is_a_warning_and_no_error(self, client):
        answer = await client.post(PATH, json={"prompt": "x", "quality": "xhigh\r\nx-evil: 1", "output_format": "avif"})
        assert answer.status_code == 200
        assert "x-evil" not in answer.headers
        assert "'avif' is unknown here; png was used" in answer.headers["x-avila-warnings"]

    async def test_an_alias_answers_for_a_model(self, settings, backend):
        from gateway.app import create_app
        from tests.gateway.conftest import Running

        app = create_app(settings.model_copy(update={"model_aliases": {"gpt-image-1": "org/other"}}), backend)
        async with app.router.lifespan_context(app) as state:
            running = Running(app, state["keys"], dict(state))
            _, key = await running.keys.create("k")
            async with running.client(key) as client:
                answer = await client.post(PATH, json={"prompt": "x", "model": "gpt-image-1"})
        assert answer.status_code == 200
        assert backend.requests[-1].pipeline == "org/other"


class TestRefused:
    @pytest.mark.parametrize(
        ("body", "param"),
        [
            ({"prompt": None}, "prompt"),
            ({"prompt": ""}, "prompt"),
            ({"prompt": "x" * 8001}, "prompt"),
            ({"n": 0}, "n"),
            ({"n": 11}, "n"),
            ({"n": "many"}, "n"),
            ({"size": "big"}, "size"),
            ({"size": "100x100"}, "size"),
            ({"size": "64x4096"}, "size"),
            ({"seed": -1}, "seed"),
            ({"seed": 2**32}, "seed"),
            ({"num_inference_steps": 0}, "num_inference_steps"),
            ({"num_inference_steps": 151}, "num_inference_steps"),
            ({"guidance_scale": 31}, "guidance_scale"),
            ({"negative_prompt": "x" * 8001}, "negative_prompt"),
            ({"sampler": "magic"}, "sampler"),
            ({"priority": 3}, "priority"),
            ({"partial_images": 4, "stream": True}, "partial_images"),
            ({"output_compression": 101}, "output_compression"),
            ({"background": "transparent"}, "background"),
            ({"response_format": "gif"}, "response_format"),
            ({"deadline_s": 0}, "deadline_s"),
        ],
    )
    async def test_a_value_outside_its_bounds_names_the_field(self, client, backend, body, param):
        error = await refusal(client, **body)
        assert (error["status"], error["type"], error["param"]) == (400, "invalid_request_error", param)
        assert error["code"] == "invalid_value"
        assert backend.requests == []

    async def test_an_unknown_model_names_the_near_ones(self, client):
        error = await refusal(client, model="toyy")
        assert (error["status"], error["code"], error["param"]) == (404, "model_not_found", "model")
        assert "toy" in error["message"]

    @pytest.mark.parametrize("text", ["{", "[]", '"x"', "null", "[" * 5000, '{"prompt": NaN}'])
    async def test_a_body_that_is_no_object_is_refused_in_openais_shape(self, client, text):
        answer = await client.post(PATH, content=text, headers={"content-type": "application/json"})
        assert answer.status_code == 400
        assert set(answer.json()["error"]) == {"message", "type", "param", "code"}

    async def test_a_long_value_is_not_echoed_whole(self, client):
        error = await refusal(client, size="9" * 150)
        assert len(error["message"]) < 200

    @pytest.mark.parametrize(("method", "path", "status"), [("GET", PATH, 405), ("POST", "/v1/images/nothing", 404)])
    async def test_wrong_paths_and_methods_keep_the_shape(self, client, method, path, status):
        answer = await client.request(method, path)
        assert answer.status_code == status
        assert set(answer.json()["error"]) == {"message", "type", "param", "code"}

    async def test_without_a_key_nothing_runs(self, stranger, backend):
        error = await refusal(stranger)
        assert (error["status"], error["code"]) == (401, "invalid_api_key")
        assert error["headers"]["www-authenticate"].startswith("Bearer")
        assert backend.requests == []


class TestFailed:
    @pytest.fixture
    def settings(self, settings):
        return settings.model_copy(update={"max_attempts": 1})

    @pytest.mark.parametrize("error", [ComponentUnavailableError("unet", "away"), ShuttingDownError()])
    async def test_networks_that_are_away_are_503(self, client, backend, error):
        backend.script = fail_midway(error)
        answer = await refusal(client)
        assert (answer["status"], answer["type"]) == (503, "server_error")
        assert answer["headers"]["retry-after"] == "5"

    async def test_what_would_fail_again_is_not_to_be_sent_again(self, client, backend):
        backend.script = fail_midway(NotFiniteError("unet", 3))
        answer = await refusal(client)
        assert (answer["status"], answer["headers"]["x-should-retry"]) == (500, "false")

    async def test_a_missed_deadline_is_504(self, client, backend):
        backend.script = fail_midway(DeadlineExceededError(1.0))
        assert (await refusal(client))["status"] == 504

    @pytest.mark.parametrize(("later", "hint", "again"), [(7.0, "7", "true"), (None, None, "false")])
    async def test_a_deadline_that_cannot_be_met_is_429_with_when_it_may(self, client, backend, later, hint, again):
        backend.script = refuse(DeadlineUnmeetableError(1.0, 8.0, later))
        answer = await refusal(client)
        assert (answer["status"], answer["param"]) == (429, "deadline_s")
        assert answer["headers"].get("retry-after") == hint
        assert answer["headers"]["x-should-retry"] == again

    async def test_a_field_that_only_the_engine_can_judge_is_400_streamed_or_not(self, client, backend):
        backend.script = refuse(InvalidFieldError("prompt", "9 chunks", "at most 8 chunks of 75 tokens"))
        for stream in (False, True):
            answer = await refusal(client, stream=stream)
            assert (answer["status"], answer["param"]) == (400, "prompt")

    async def test_a_defect_tells_nothing_of_the_inside(self, client, backend):
        backend.script = refuse(ValueError("secret /path"))
        answer = await refusal(client)
        assert answer["status"] == 500
        assert "secret" not in answer["message"]

    async def test_an_exception_of_the_backend_is_a_plain_500(self, client, backend):
        async def broken(request):
            raise RuntimeError("secret /path")
            yield

        backend.script = broken
        answer = await refusal(client)
        assert (answer["status"], answer["type"], answer["code"]) == (500, "server_error", "internal")
        assert "secret" not in answer["message"]
        assert answer["headers"]["x-request-id"]


class TestFullQueue:
    @pytest.fixture
    def settings(self, settings):
        return settings.model_copy(update={"max_waiting_jobs": 2, "worker": "none"})

    async def test_it_is_429_with_a_time_to_wait(self, client, settings):
        waiting = [asyncio.ensure_future(client.post(PATH, json={"prompt": "x"})) for _ in range(2)]
        async with asyncio.timeout(5):
            while len((await client.get("/v1/jobs")).json()["results"]) < 2:
                await asyncio.sleep(0.01)
        for stream in (False, True):
            error = await refusal(client, stream=stream)
            assert (error["status"], error["type"], error["code"]) == (429, "rate_limit_error", "queue_full")
            assert error["headers"]["retry-after"] == "10"
            assert error["headers"]["x-should-retry"] == "true"
        for task in waiting:
            task.cancel()


class TestEnginesQueueFull:
    async def test_the_job_waits_and_runs_later(self, client, backend):
        play, tries = backend.script, []

        async def full_once(request):
            tries.append(request.request_id)
            async with aclosing((play if len(tries) > 1 else refuse(QueueFullError("full", 0.05)))(request)) as events:
                async for event in events:
                    yield event

        backend.script = full_once
        answer = await client.post(PATH, json={"prompt": "x"})
        assert answer.status_code == 200
        assert len(tries) == 2
        (job,) = (await client.get("/v1/jobs")).json()["results"]
        assert job["attempts"] == 1


class TestResultCache:
    async def test_an_identical_request_is_answered_from_the_store_and_says_so(self, client, backend):
        body = {"prompt": "x", "seed": 3}
        first, again = [await client.post(PATH, json=body) for _ in range(2)]
        assert (first.headers["x-avila-cache"], again.headers["x-avila-cache"]) == ("miss", "hit")
        assert again.json()["data"] == first.json()["data"]
        assert len(backend.requests) == 1
        events = await events_of(client, **body)
        assert [event["type"] for event in events] == ["image_generation.completed"]


class TestRetried:
    async def test_networks_away_for_a_moment_cost_a_delay_and_no_error(self, client, backend):
        play, tries = backend.script, []

        async def away_once(request):
            tries.append(request.request_id)
            script = play if len(tries) > 1 else fail_midway(ComponentUnavailableError("unet", "away"))
            async with aclosing(script(request)) as events:
                async for event in events:
                    yield event

        backend.script = away_once
        assert (await client.post(PATH, json={"prompt": "x"})).status_code == 200
        assert len(tries) == 2

    async def test_a_clients_own_retry_joins_the_job_of_its_first_try(self, client, backend):
        body = {"prompt": "x", "seed": 3}
        first = await client.post(PATH, json=body)
        again = await client.post(PATH, json=body, headers={"x-stainless-retry-count": "1"})
        other = await client.post(PATH, json={**body, "seed": 4}, headers={"x-stainless-retry-count": "1"})
        fresh = await client.post(PATH, json={**body, "seed": 5}, headers={"x-stainless-retry-count": "0"})
        ids = [answer.headers["x-avila-job-id"] for answer in (first, again, other, fresh)]
        assert ids[0] == ids[1]
        assert len(set(ids)) == 3
        assert again.json()["data"] == first.json()["data"]
        assert len(backend.requests) == 3


class TestStreamed:
    async def test_partial_images_come_before_the_completed_one(self, client):
        events = await events_of(client, partial_images=2, seed=5)
        kinds = [event["type"].removeprefix("image_generation.") for event in events]
        assert kinds == ["partial_image", "partial_image", "completed"]
        assert [event.get("partial_image_index") for event in events] == [0, 1, None]
        for event in events:
            assert picture_of(event).size == (128, 128)
            assert {"created_at", "size", "quality", "background", "output_format"} <= set(event)
        assert events[-1]["usage"]["images"] == 1
        assert events[-1]["seed"] == 5

    @pytest.mark.parametrize("wanted", [0, 1, 2, 3])
    @pytest.mark.parametrize("steps", [1, 2, 7, 20])
    async def test_never_more_partials_than_asked(self, client, wanted, steps):
        events = await events_of(client, partial_images=wanted, num_inference_steps=steps)
        partials = [event for event in events if event["type"].endswith("partial_image")]
        assert len(partials) <= wanted
        assert len(partials) == wanted or steps < 7

    async def test_each_of_n_images_completes_with_its_index(self, client):
        events = await events_of(client, n=3, seed=1)
        assert [(event["index"], event["seed"]) for event in events] == [(0, 1), (1, 2), (2, 3)]

    async def test_who_asks_for_it_is_told_of_the_steps_and_nobody_else(self, client):
        events = await events_of(client, stream_progress=True, num_inference_steps=6, seed=8)
        steps = [event for event in events if event["type"] == "image_generation.progress"]
        assert steps, "progress may be missed by a slow reader, but not all of it"
        assert all(set(event) == {"type", "index", "step", "num_steps"} for event in steps)
        assert all((event["index"], event["num_steps"]) == (0, 6) for event in steps)
        assert [event["step"] for event in steps] == sorted(event["step"] for event in steps)
        assert [event["type"] for event in await events_of(client, num_inference_steps=6, seed=9)] == [
            "image_generation.completed"
        ]

    async def test_a_failure_midway_is_a_last_event_with_an_error(self, client, backend):
        backend.script = fail_midway(NotFiniteError("unet", 3))
        (event,) = await events_of(client)
        assert event["type"] == "error"
        assert set(event["error"]) == {"message", "type", "param", "code"}

    async def test_the_stream_is_closed_behind_the_last_event(self, client, backend):
        await events_of(client)
        assert backend.open_streams == 0
