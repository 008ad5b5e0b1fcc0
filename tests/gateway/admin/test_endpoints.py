from __future__ import annotations

import asyncio

import pytest

from gateway.auth.service import KeyWish
from gateway.auth.subject import Role, Scope
from tests.gateway.fakes import hang_until
from tests.gateway.people import make_user

BODY = {"model": "toy", "input": {"prompt": "an apple", "seed": 7, "num_inference_steps": 3}}


@pytest.fixture
async def admin(gateway):
    _, key = await gateway.keys.create(KeyWish("admin", scopes=frozenset(Scope)))
    async with gateway.client(key) as client:
        yield client


@pytest.fixture
async def ann(gateway):
    user = await make_user(gateway._state["database"], Role.USER, "ann")
    _, key = await gateway.keys.create(KeyWish("laptop", user.id))
    async with gateway.client(key) as client:
        yield client


async def make(client, seed=7):
    body = {**BODY, "input": {**BODY["input"], "seed": seed}}
    return (await client.post("/v1/jobs", json=body, headers={"prefer": "wait"})).json()


class TestFigures:
    async def test_the_four_figures_are_live(self, admin, ann, client, backend):
        before = (await admin.get("/v1/admin/figures")).json()
        assert (before["images"], before["mean_seconds"], before["slots"]["used"]) == (0, None, 0)
        assert before["accelerator"]["kind"] in ("gpu", "cpu", "unknown")
        await make(ann)
        await make(client, 8)
        await make(client, 8)  # answered from the store: nothing was made
        backend.script = hang_until(backend.closing)
        await client.post("/v1/jobs", json=BODY | {"input": {**BODY["input"], "seed": 9}})
        async with asyncio.timeout(10):
            while (after := (await admin.get("/v1/admin/figures")).json())["slots"]["used"] != 1:
                await asyncio.sleep(0.02)
        assert (after["images"], after["jobs"]) == (2, 2)
        assert after["mean_seconds"] >= 0
        assert after["slots"]["total"] == 32

    async def test_they_are_told_apart_by_user_key_and_model(self, admin, ann, client):
        await make(ann)
        await make(client, 8)
        found = {by: (await admin.get(f"/v1/admin/figures/{by}")).json() for by in ("user", "key", "model")}
        assert {line["label"] for line in found["key"]} == {"laptop", "tests"}
        assert "ann@example.org" in {line["label"] for line in found["user"]}
        assert [(line["name"], line["images"]) for line in found["model"]] == [("toy", 2)]
        days = (await admin.get("/v1/admin/usage", params={"by": "model"})).json()
        assert [(day["name"], day["images"]) for day in days] == [("toy", 2)]

    @pytest.mark.parametrize(
        ("path", "params"),
        [
            ("figures/colour", {}),
            ("figures", {"hours": 0}),
            ("usage", {"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"}),
            ("usage", {"since": "2020-01-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}),
            ("usage", {"since": "2026-01-01"}),
        ],
    )
    async def test_bad_parameters_are_refused(self, admin, path, params):
        assert (await admin.get(f"/v1/admin/{path}", params=params)).status_code == 400


class TestQueue:
    async def test_an_administrator_sees_and_cancels_anybodys_job(self, admin, ann, backend):
        backend.script = hang_until(backend.closing)
        job = (await ann.post("/v1/jobs", json=BODY)).json()
        async with asyncio.timeout(10):
            while True:
                (line,) = (await admin.get("/v1/admin/queue")).json()["results"]
                if line["status"] == "processing":
                    break
                await asyncio.sleep(0.02)
        assert (line["id"], line["owner_name"], line["prompt"]) == (job["id"], "ann@example.org", "an apple")
        assert (await admin.post(f"/v1/admin/jobs/{job['id']}/cancel")).status_code == 200
        async with asyncio.timeout(10):
            while (await ann.get(f"/v1/jobs/{job['id']}")).json()["status"] != "canceled":
                await asyncio.sleep(0.02)
        assert (await admin.get("/v1/admin/queue")).json()["results"] == []

    async def test_a_paused_queue_starts_nothing(self, admin, client):
        assert (await admin.put("/v1/admin/queue/paused", json={"is_paused": True})).json() == {"is_paused": True}
        job = (await client.post("/v1/jobs", json=BODY)).json()
        await asyncio.sleep(0.2)
        assert (await client.get(f"/v1/jobs/{job['id']}")).json()["status"] == "queued"
        assert (await admin.get("/v1/admin/figures")).json()["is_paused"]
        await admin.put("/v1/admin/queue/paused", json={"is_paused": False})
        async with asyncio.timeout(10):
            while (await client.get(f"/v1/jobs/{job['id']}")).json()["status"] != "succeeded":
                await asyncio.sleep(0.02)

    async def test_a_drained_model_starts_nothing_and_others_go_on(self, admin, client):
        assert (await admin.put("/v1/admin/drains/org/other")).status_code == 204
        waiting = (await client.post("/v1/jobs", json={**BODY, "model": "org/other"})).json()
        assert (await make(client))["status"] == "succeeded"
        (drain,) = (await admin.get("/v1/admin/drains")).json()
        assert (drain["model"], drain["running"]) == ("org/other", 0)
        assert (await client.get(f"/v1/jobs/{waiting['id']}")).json()["status"] == "queued"
        assert (await admin.delete("/v1/admin/drains/org/other")).status_code == 204
        async with asyncio.timeout(10):
            while (await client.get(f"/v1/jobs/{waiting['id']}")).json()["status"] != "succeeded":
                await asyncio.sleep(0.02)
        assert (await admin.put("/v1/admin/drains/tooy")).status_code == 404


class TestAnnouncement:
    async def test_everybody_reads_it_until_it_is_over(self, admin, ann):
        assert (await ann.get("/v1/announcement")).json() is None
        body = {"text": "Maintenance at noon", "level": "warning"}
        assert (await admin.put("/v1/admin/announcement", json=body)).status_code == 200
        assert (await ann.get("/v1/announcement")).json()["text"] == "Maintenance at noon"
        assert (await ann.put("/v1/admin/announcement", json=body)).status_code == 403
        await admin.delete("/v1/admin/announcement")
        assert (await ann.get("/v1/announcement")).json() is None

    @pytest.mark.parametrize("change", [{"text": ""}, {"level": "loud"}, {"until": "2020-01-01T00:00:00Z"}, {"x": 1}])
    async def test_what_is_wrong_is_refused(self, admin, change):
        answer = await admin.put("/v1/admin/announcement", json={"text": "x", **change})
        assert answer.status_code == 400


class TestSettings:
    async def test_each_has_its_source_and_no_secret_is_shown(self, admin, settings):
        answer = await admin.get("/v1/admin/settings")
        found = {setting["name"]: setting for setting in answer.json()}
        assert found["port"]["source"] == "default"
        assert (found["data_dir"]["source"], found["data_dir"]["value"]) == ("command line", str(settings.data_dir))
        assert (found["database_url"]["value"], found["database_url"]["is_secret"]) == (None, True)
        assert found["port"]["variable"] == "AVILA_PORT"
        assert found["port"]["description"]
