from __future__ import annotations

import json
from pathlib import Path

import httpx

from gateway.installations.repository import InstallerRepository, Progress
from gateway.installations.status import InstallationStatus as Status
from tests.gateway.conftest import Running
from tests.hub.files import LORA, write_controlnet, write_pipeline, write_safetensors
from tests.hub.server import COMMIT, Hub

URL = "/v1/admin/installations"


def publish(hub: Hub, tmp_path: Path, name: str = "someone/style") -> None:
    write_safetensors(tmp_path / "made" / "style.safetensors", LORA)
    hub.add(name, tmp_path / "made", license="mit")


async def ordered(admin: httpx.AsyncClient, **other: object) -> httpx.Response:
    body = {"source": "someone/style", "kind": "lora", "name": "style", "accept_licence": True, **other}
    return await admin.post(URL, json=body)


async def test_an_order_is_on_the_list_and_in_the_audit_log(hub: Hub, admin: httpx.AsyncClient, tmp_path: Path) -> None:
    publish(hub, tmp_path)
    answer = await ordered(admin)
    assert answer.status_code == 202, answer.text
    found = answer.json()
    assert found["status"] == "queued"
    assert found["source"] == f"someone/style@{COMMIT}"
    assert found["licence_id"] == "mit"
    assert found["bytes_done"] == 0
    assert found["bytes_total"] == (tmp_path / "made" / "style.safetensors").stat().st_size
    assert answer.headers["location"] == f"{URL}/{found['id']}" == found["urls"]["get"]
    assert (await admin.get(f"{URL}/{found['id']}")).json() == found
    assert (await admin.get(URL)).json() == {"results": [found], "next": None}
    acts = (await admin.get("/v1/audit?action=model")).json()["results"]
    assert acts[0]["action"] == "model.install"
    assert acts[0]["target"] == found["id"]
    assert acts[0]["details"]["licence"] == "mit"
    again = await ordered(admin)
    assert again.status_code == 400
    assert again.json()["code"] == "not_now"


async def test_what_must_be_said_is_asked_for(hub: Hub, admin: httpx.AsyncClient, tmp_path: Path) -> None:
    publish(hub, tmp_path)
    for other, field in (
        ({"accept_licence": False}, "accept_licence"),
        ({"name": "../x"}, "name"),
        ({"name": ""}, "name"),
        ({"kind": "pipeline"}, "kind"),
        ({"kind": "pipeline", "name": "Upper"}, "name"),
        ({"kind": "pipeline", "name": "avila-demo"}, "name"),
        ({"pipeline": "x"}, "pipeline"),
        ({"kind": "controlnet"}, "pipeline"),
        ({"kind": "controlnet", "pipeline": "none"}, "pipeline"),
        ({"precision": "fp12"}, "precision"),
        ({"sha256": "0" * 64}, "sha256"),  # the hub says otherwise
        ({"base": "someone/style"}, "base"),
        ({"surplus": 1}, "surplus"),
    ):
        answer = await ordered(admin, **other)
        assert (answer.status_code, answer.json().get("field")) == (400, field), other
    assert (await admin.get(URL)).json()["results"] == []


async def test_pages_of_the_list(hub: Hub, admin: httpx.AsyncClient, tmp_path: Path) -> None:
    publish(hub, tmp_path)
    made = [(await ordered(admin, name=f"style-{number}")).json()["id"] for number in range(3)]
    first = (await admin.get(f"{URL}?limit=2")).json()
    rest = (await admin.get(f"{URL}?limit=2&cursor={first['next']}")).json()
    assert [one["id"] for one in first["results"] + rest["results"]] == made[::-1]
    assert rest["next"] is None


async def test_pause_resume_and_cancel_while_nobody_works(hub: Hub, admin: httpx.AsyncClient, tmp_path: Path) -> None:
    publish(hub, tmp_path)
    at = f"{URL}/{(await ordered(admin)).json()['id']}"

    async def say(what: str) -> str:
        answer = await admin.post(f"{at}/{what}")
        return answer.json()["status" if answer.is_success else "code"]

    assert [await say(what) for what in ("resume", "pause", "pause", "resume", "cancel")] == [
        "not_now",
        "paused",
        "not_now",
        "queued",
        "canceled",
    ]
    assert (await admin.get(at)).json()["finished_at"] is not None
    for what in ("pause", "resume", "cancel"):
        assert (await admin.post(f"{at}/{what}")).json()["code"] == "not_now"
    acts = [act["action"] for act in (await admin.get("/v1/audit?action=model")).json()["results"]]
    assert acts == ["model.install_cancel", "model.install_resume", "model.install_pause", "model.install"]
    assert (await admin.post(f"{URL}/none/pause")).status_code == 404


async def test_one_that_runs_is_asked_to_stop(
    hub: Hub, admin: httpx.AsyncClient, gateway: Running, tmp_path: Path
) -> None:
    publish(hub, tmp_path)
    at = f"{URL}/{(await ordered(admin)).json()['id']}"
    database, clock = gateway._state["database"], gateway._state["clock"]
    async with database.transaction() as session:
        row = await InstallerRepository(session, clock.now()).claim("me", 10, 3)
    found = (await admin.post(f"{at}/pause")).json()
    assert (found["status"], found["is_stopping"]) == ("downloading", True)
    async with database.transaction() as session:
        await InstallerRepository(session, clock.now()).end(row, Status.PAUSED)
    found = (await admin.get(at)).json()
    assert (found["status"], found["is_stopping"]) == ("paused", False)


async def test_the_events_tell_every_change_to_the_end(
    hub: Hub, admin: httpx.AsyncClient, gateway: Running, tmp_path: Path
) -> None:
    publish(hub, tmp_path)
    at = f"{URL}/{(await ordered(admin)).json()['id']}"
    database, clock = gateway._state["database"], gateway._state["clock"]

    async def installer(**end: object) -> None:
        async with database.transaction() as session:
            installations = InstallerRepository(session, clock.now())
            row = await installations.claim("me", 10, 3)
            await installations.hold(row, 10, Progress(Status.DOWNLOADING, "download", "model.safetensors", 7))
            await installations.end(row, **end)

    error = {"code": "source_unreachable", "message": "it was cut", "may_resume": True}
    await installer(status=Status.FAILED, error=error)
    answer = await admin.get(f"{at}/events")
    assert answer.headers["content-type"].startswith("text/event-stream")
    (event,) = [part for part in answer.text.split("\n\n") if part]
    fields = dict(line.split(": ", 1) for line in event.splitlines())
    data = json.loads(fields["data"])
    assert fields["event"] == "failed"
    assert fields["id"] == str(data["version"])
    assert data["error"] == error
    assert data["bytes_done"] == 7
    # whoever has seen that is told nothing twice
    assert (await admin.get(f"{at}/events", headers={"last-event-id": fields["id"]})).text == ""
    assert (await admin.post(f"{at}/resume")).json()["error"] is None
    await installer(status=Status.SUCCEEDED)
    assert "event: succeeded" in (await admin.get(f"{at}/events?after={fields['id']}")).text


async def test_a_controlnet_names_its_pipeline(hub: Hub, admin: httpx.AsyncClient, settings, tmp_path: Path) -> None:
    hub.add("someone/edges", write_controlnet(tmp_path / "edges"))
    place = settings.model_repository / "toy" / "1" / "pipeline.json"
    place.parent.mkdir(parents=True)
    place.write_text("{}")
    found = await ordered(admin, source="someone/edges", kind="controlnet", name="edges", pipeline="toy")
    assert found.status_code == 202
    assert found.json()["pipeline"] == "toy"


async def test_a_single_file_must_be_given_a_base(hub: Hub, admin: httpx.AsyncClient, tmp_path: Path) -> None:
    from tests.hub.files import CHECKPOINT

    write_safetensors(tmp_path / "made" / "big.safetensors", CHECKPOINT)
    hub.add("someone/big", tmp_path / "made")
    hub.add("someone/base", write_pipeline(tmp_path / "base"))
    wanted = {"source": "someone/big", "kind": "pipeline", "name": "big"}
    answer = await ordered(admin, **wanted)
    assert answer.status_code == 400
    assert answer.json()["field"] == "base"
    assert (await ordered(admin, **wanted, base="someone/base")).status_code == 202


async def test_only_administrators(client: httpx.AsyncClient, stranger: httpx.AsyncClient) -> None:
    for someone, status in ((client, 403), (stranger, 401)):
        assert (await someone.post(f"{URL}/previews", json={"source": "a/b"})).status_code == status
        assert (await someone.get(URL)).status_code == status
