"""ControlNets are deleted and taken back alone, over HTTP, with their pipeline out of service meanwhile."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from diffusion.pipeline import ControlNetSpec, PipelineSpec
from gateway.auth.subject import Role
from gateway.residency import keeper as keeping
from tests.fakes.toy_pipeline import toy_spec
from tests.gateway.installation import install_toy
from tests.gateway.people import access_token, make_user
from tests.gateway.residency.scripted import ScriptedControl
from tests.gateway.residency.test_keeper import make_keeper, running, until

URL = "/v1/admin/models/toy/controlnets"
RESIDUALS = ((4, 0), (4, 1))


@pytest.fixture
def repository(settings):
    """A pipeline with two ControlNets; the checkpoint of one is kept, as the installer does."""
    repository = settings.model_repository
    install_toy(repository)
    served = {"edges": ControlNetSpec("canny", "e" * 64), "poses": ControlNetSpec("pose", "p" * 64)}
    spec = dataclasses.replace(toy_spec(), controlnets=served, residuals=RESIDUALS)
    description(repository).write_text(spec.to_json())
    for name in served:
        (repository / f"toy__controlnet_{name}" / "1").mkdir(parents=True)
        (repository / f"toy__controlnet_{name}" / "1" / "weights.safetensors").write_bytes(name.encode() * 20)
    kept = settings.controlnet_folder / "toy" / "edges"
    kept.mkdir(parents=True)
    (kept / "config.json").write_text("{}")
    return repository


def description(repository) -> Path:
    return repository / "toy" / "1" / "pipeline.json"


def served(repository) -> set[str]:
    return set(PipelineSpec.load(description(repository)).controlnets)


@pytest.fixture
async def client(gateway, installer):
    """An administrator's."""
    state = gateway._state
    admin = await make_user(state["database"], Role.ADMIN, "root")
    async with gateway.client(await access_token(state["sessions"], admin)) as client:
        yield client


async def test_one_goes_and_comes_back_as_it_was(repository, client, settings):
    before = description(repository).read_text()
    listed = (await client.get(URL)).json()
    assert [(one["name"], one["preprocessor"], one["size_bytes"]) for one in listed] == [
        ("edges", "canny", 100),
        ("poses", "pose", 100),
    ]
    answer = await client.delete(f"{URL}/edges")
    assert (answer.status_code, answer.json()) == (200, listed[0])
    assert served(repository) == {"poses"}
    assert PipelineSpec.load(description(repository)).residuals == RESIDUALS
    assert not (repository / "toy__controlnet_edges").exists()
    assert not (settings.controlnet_folder / "toy" / "edges").exists(), "an installation would bring it back"
    assert (await client.get(URL)).json() == listed[1:]
    assert (await client.get("/v1/admin/models/deleted")).json() == []
    assert (await client.delete(f"{URL}/edges")).status_code == 404
    assert (await client.post(f"{URL}/edges/restore")).json() == listed[0]
    assert description(repository).read_text() == before
    assert (repository / "toy__controlnet_edges" / "1" / "weights.safetensors").read_bytes() == b"edges" * 20
    assert (settings.controlnet_folder / "toy" / "edges" / "config.json").is_file()
    assert (await client.post(f"{URL}/edges/restore")).status_code == 404
    acts = (await client.get("/v1/audit", params={"action": "controlnet"})).json()["results"]
    assert [(act["action"], act["target"]) for act in acts] == [
        ("controlnet.restore", "toy/edges"),
        ("controlnet.delete", "toy/edges"),
    ]


async def test_taking_one_back_brings_no_other_back(repository, client):
    for name in ("edges", "poses"):
        assert (await client.delete(f"{URL}/{name}")).status_code == 200
    assert (await client.post(f"{URL}/edges/restore")).status_code == 200
    assert served(repository) == {"edges"}


async def test_purged_it_is_gone(repository, client, settings):
    assert (await client.delete(f"{URL}/edges", params={"purge": True})).status_code == 200
    assert (await client.post(f"{URL}/edges/restore")).status_code == 404
    assert list((settings.controlnet_folder / "toy" / ".trash").glob("*/files")) == []


async def test_not_into_another_pipeline_of_the_name(repository, client):
    await client.delete(f"{URL}/edges")
    spec = PipelineSpec.load(description(repository))
    description(repository).write_text(dataclasses.replace(spec, fingerprint="another").to_json())
    answer = await client.post(f"{URL}/edges/restore")
    assert answer.status_code == 409
    assert "is not the pipeline any more that edges was served with" in answer.text
    assert served(repository) == {"poses"}


async def test_not_while_jobs_of_its_pipeline_wait(repository, client):
    await client.put("/v1/admin/queue/paused", json={"is_paused": True})
    job = {"model": "toy", "input": {"prompt": "an apple", "seed": 7, "num_inference_steps": 3}}
    assert (await client.post("/v1/jobs", json=job)).status_code == 201
    answer = await client.delete(f"{URL}/edges")
    assert answer.status_code == 409
    assert "0 jobs of it run and 1 wait" in answer.text
    assert served(repository) == {"edges", "poses"}


async def test_where_the_repository_is_being_changed_nothing_is_lost(repository, client, settings, monkeypatch):
    rename = Path.rename

    def refused(path, target):
        if "toy__controlnet" in path.name:
            raise OSError("no")
        return rename(path, target)

    with monkeypatch.context() as broken:
        broken.setattr(Path, "rename", refused)
        assert (await client.delete(f"{URL}/edges")).status_code == 500
    assert (settings.controlnet_folder / "toy" / "edges").is_dir()
    # what was begun is finished by the next act
    assert (await client.post(f"{URL}/edges/restore")).status_code == 200
    assert served(repository) == {"edges", "poses"}
    assert (repository / "toy__controlnet_edges").is_dir()


async def test_its_pipeline_is_unloaded_meanwhile_and_loaded_again(repository, client, gateway, monkeypatch):
    monkeypatch.setattr(keeping, "TICK_S", 0.05)
    control = ScriptedControl("toy")
    state = gateway._state
    unload, moved = control.unload, []

    async def watched(pipeline: str) -> None:
        moved.append(not (repository / "toy__controlnet_edges").exists())
        await unload(pipeline)

    control.unload = watched
    async with running(make_keeper(state["database"], control)):
        await until(lambda: control.loaded == {"toy"})
        assert (await client.delete(f"{URL}/edges")).status_code == 200
        assert moved == [False], "it was unloaded before its files went"
        await until(lambda: control.loaded == {"toy"})
        assert control.acts == [("load", "toy"), ("unload", "toy"), ("load", "toy")]


async def test_what_it_is_is_told_by_the_list_of_models(repository, client):
    await client.delete(f"{URL}/poses")
    (toy,) = (await client.get("/v1/admin/models")).json()
    assert toy["controlnets"] == ["edges"]


async def test_a_pipeline_that_is_not_there_has_none(repository, client):
    answer = await client.get("/v1/admin/models/tay/controlnets")
    assert (answer.status_code, json.loads(answer.text)["code"]) == (404, "model_not_found")
