"""What administrators see and ask, over HTTP, with a server that a test controls."""

from __future__ import annotations

import asyncio

import pytest

from gateway.auth.subject import Role
from gateway.residency import keeper as keeping
from gateway.residency.keeper import Keeper, Limits
from tests.gateway.installation import install_toy
from tests.gateway.people import access_token, make_user
from tests.gateway.residency.scripted import ScriptedControl

BODY = {"model": "toy", "input": {"prompt": "an apple", "seed": 7, "num_inference_steps": 3}}


@pytest.fixture
async def client(gateway, installer):
    """An administrator's."""
    state = gateway._state
    admin = await make_user(state["database"], Role.ADMIN, "root")
    async with gateway.client(await access_token(state["sessions"], admin)) as client:
        yield client


@pytest.fixture
def repository(settings):
    for name in ("toy", "second"):
        install_toy(settings.model_repository, name)
    return settings.model_repository


@pytest.fixture
async def control(repository, gateway, monkeypatch):
    """A server with a keeper of one place."""
    monkeypatch.setattr(keeping, "TICK_S", 0.05)
    state = gateway._state
    control = ScriptedControl("toy", "second")
    keeper = Keeper(state["database"], control, state["clock"], state["metrics"], Limits(1, 5.0))
    task = asyncio.ensure_future(keeper.run())
    async with asyncio.timeout(10):
        while control.loaded != {"second"}:
            await asyncio.sleep(0.02)
    yield control
    task.cancel()
    await asyncio.wait([task])


async def until_state(client, name, state):
    async with asyncio.timeout(10):
        while True:
            found = {model["name"]: model for model in (await client.get("/v1/admin/models")).json()}
            if found.get(name, {}).get("state") == state:
                return found[name]
            await asyncio.sleep(0.05)


class TestList:
    async def test_it_tells_what_is_on_disk_without_any_server(self, repository, client):
        toy = next(one for one in (await client.get("/v1/admin/models")).json() if one["name"] == "toy")
        files = [path for name in repository.glob("toy*") for path in name.rglob("*") if path.is_file()]
        graphs = [path for path in files if path.suffix == ".onnx"]
        assert toy["state"] == "installed"
        assert toy["size_bytes"] == sum(path.stat().st_size for path in files)
        assert toy["memory_bytes"] == toy["max_memory_bytes"] == sum(path.stat().st_size for path in graphs)
        assert "text_to_image" in toy["capabilities"]
        assert (toy["licence"], toy["key"], toy["servers"]) == (None, None, [])

    async def test_loading_without_a_worker_is_refused(self, repository, client):
        answer = await client.post("/v1/admin/models/toy/load")
        assert answer.status_code == 503
        assert "no worker" in answer.text

    async def test_an_unknown_one_is_not_found(self, repository, client):
        answer = await client.post("/v1/admin/models/tay/load")
        assert answer.status_code == 404
        assert "did you mean toy" in answer.text


class TestLoadAndUnload:
    async def test_loading_takes_the_place_of_the_other(self, control, client):
        assert (await client.post("/v1/admin/models/toy/load")).status_code == 202
        toy = await until_state(client, "toy", "warm")
        assert toy["servers"][0]["server"] == "server"
        await until_state(client, "second", "cold")
        assert control.loaded == {"toy"}

    async def test_what_was_unloaded_stays_so(self, control, client):
        assert (await client.post("/v1/admin/models/second/unload")).status_code == 202
        await until_state(client, "second", "cold")
        await asyncio.sleep(0.3)
        assert control.loaded == set()

    async def test_a_failure_is_told_and_may_be_tried_again_at_once(self, control, client):
        control.broken["toy"] = "no memory"
        await client.post("/v1/admin/models/toy/load")
        assert (await until_state(client, "toy", "failed"))["reason"] == "no memory"
        del control.broken["toy"]
        await client.post("/v1/admin/models/toy/load")
        await until_state(client, "toy", "warm")

    async def test_both_are_acts(self, control, client):
        await client.post("/v1/admin/models/second/unload")
        await client.post("/v1/admin/models/toy/load")
        acts = (await client.get("/v1/audit", params={"action": "model"})).json()["results"]
        assert [(act["action"], act["target"]) for act in acts] == [("model.load", "toy"), ("model.unload", "second")]


class TestDelete:
    async def test_it_is_unloaded_and_can_be_taken_back(self, control, client, repository):
        control.installed.pop("second")  # as its server sees it then
        deleted = (await client.delete("/v1/admin/models/second")).json()
        assert deleted["name"] == "second"
        assert [path.name for path in repository.glob("second*")] == []
        assert [one["name"] for one in (await client.get("/v1/admin/models")).json()] == ["toy"]
        assert (await client.get("/v1/admin/models/deleted")).json() == [deleted]
        async with asyncio.timeout(10):
            while "second" in control.loaded:
                await asyncio.sleep(0.02)
        assert (await client.post("/v1/admin/models/second/restore")).status_code == 200
        assert len(list(repository.glob("second*"))) == len(list(repository.glob("toy*")))
        assert (await client.get("/v1/admin/models/deleted")).json() == []

    async def test_not_while_jobs_of_it_wait(self, repository, client):
        await client.put("/v1/admin/queue/paused", json={"is_paused": True})
        await client.post("/v1/jobs", json=BODY)
        answer = await client.delete("/v1/admin/models/toy")
        assert answer.status_code == 409
        assert "0 jobs of it run and 1 wait" in answer.text
        assert (repository / "toy").is_dir()

    async def test_purged_it_is_gone(self, repository, client):
        assert (await client.delete("/v1/admin/models/toy", params={"purge": True})).status_code == 200
        assert (await client.post("/v1/admin/models/toy/restore")).status_code == 404

    async def test_its_name_may_be_taken_meanwhile(self, repository, client):
        await client.delete("/v1/admin/models/toy")
        install_toy(repository, "toy")
        answer = await client.post("/v1/admin/models/toy/restore")
        assert answer.status_code == 409
        assert "is there again" in answer.text


class TestFiles:
    @pytest.mark.parametrize("kind", ["loras", "embeddings"])
    async def test_a_file_goes_and_comes_back(self, settings, client, kind):
        folder = settings.data_dir / kind
        folder.mkdir()
        (folder / "blob.safetensors").write_bytes(b"x" * 100)
        path = f"/v1/admin/model-files/{kind}"
        mine = next(file for file in (await client.get(path)).json() if file["name"] == "blob")
        assert (mine["size_bytes"], len(mine["hash"])) == (100, 64)
        assert (await client.delete(f"{path}/blob")).json() == mine
        assert not (folder / "blob.safetensors").exists()
        assert (await client.post(f"{path}/blob/restore")).json() == mine
        assert (folder / "blob.safetensors").read_bytes() == b"x" * 100
        assert (await client.delete(f"{path}/nothing")).status_code == 404
