"""What administrators do to everybody's work is in the audit log, with who did it."""

from __future__ import annotations

import pytest

from gateway.auth.service import KeyWish
from gateway.auth.subject import Role
from tests.gateway.people import access_token, make_user

BODY = {"model": "toy", "input": {"prompt": "an apple", "seed": 7, "num_inference_steps": 3}}


@pytest.fixture
async def boss(gateway):
    state = gateway._state
    admin = await make_user(state["database"], Role.ADMIN, "root")
    async with gateway.client(await access_token(state["sessions"], admin)) as client:
        yield client, admin.id


async def acts(client, action):
    found = (await client.get("/v1/audit", params={"action": action})).json()["results"]
    return [(act["action"], act["actor"], act["target"], act["details"]) for act in reversed(found)]


async def test_pausing_and_letting_go_name_who_did_it(boss):
    client, admin = boss
    for is_paused in (True, False):
        await client.put("/v1/admin/queue/paused", json={"is_paused": is_paused})
    assert await acts(client, "queue") == [("queue.pause", admin, "", {}), ("queue.resume", admin, "", {})]


async def test_announcements_and_drains_are_acts_once_each(boss):
    client, admin = boss
    await client.put("/v1/admin/announcement", json={"text": "Noon", "level": "warning"})
    for _ in range(2):
        await client.delete("/v1/admin/announcement")
        await client.put("/v1/admin/drains/toy")
    for _ in range(2):
        await client.delete("/v1/admin/drains/toy")
    told = {"level": "warning", "until": None, "chars": 4}
    assert await acts(client, "announcement") == [
        ("announcement.set", admin, "", told),
        ("announcement.withdraw", admin, "", {}),
    ]
    assert await acts(client, "model") == [("model.drain", admin, "toy", {}), ("model.undrain", admin, "toy", {})]


async def test_cancelling_somebodys_job_is_an_act_and_ones_own_is_not(boss, client):
    root, admin = boss
    await root.put("/v1/admin/queue/paused", json={"is_paused": True})
    theirs, own = [(await client.post("/v1/jobs", json=BODY)).json()["id"] for _ in range(2)]
    assert (await client.post(f"/v1/jobs/{own}/cancel")).json()["status"] == "canceled"
    for _ in range(2):
        assert (await root.post(f"/v1/admin/jobs/{theirs}/cancel")).json()["status"] == "canceled"
    (act,) = await acts(root, "job")
    assert act[:3] == ("job.cancel", admin, theirs)


async def test_everybodys_keys_are_listed_by_page_and_person_and_can_be_ended(boss, gateway, client, stranger):
    root, admin = boss
    ann = await make_user(gateway._state["database"], Role.USER, "ann")
    made = [await gateway.keys.create(KeyWish(name, ann.id)) for name in ("laptop", "phone")]
    first = (await root.get("/v1/admin/keys", params={"limit": 2})).json()
    rest = (await root.get("/v1/admin/keys", params={"after": first["next"]})).json()
    listed = [*first["results"], *rest["results"]]
    assert [key["name"] for key in listed] == ["tests", "laptop", "phone"]
    assert rest["next"] is None
    assert not any(text in str(listed) for _, text in made)
    of_ann = (await root.get("/v1/admin/keys", params={"user": ann.id})).json()["results"]
    assert {(key["user_id"], key["owner_name"]) for key in of_ann} == {(ann.id, ann.email)}
    assert listed[0]["owner_name"] is None  # the installation's own
    info, text = made[0]
    assert (await root.delete("/v1/admin/keys/laptop")).status_code == 404  # ids only: names are people's own
    assert (await root.delete(f"/v1/admin/keys/{info.id}")).status_code == 204
    assert (await root.delete(f"/v1/admin/keys/{info.id}")).status_code == 404
    assert (await stranger.get("/v1/jobs", headers={"authorization": f"Bearer {text}"})).status_code == 401
    assert ("key.revoke", admin, info.id, {"owner": ann.id}) in await acts(root, "key")
    assert (await client.get("/v1/admin/keys")).status_code == 403


async def test_open_invitations_are_listed_without_their_tokens_and_can_be_withdrawn(boss, stranger):
    root, admin = boss
    kept, gone = [(await root.post("/v1/invitations", json={"role": "user"})).json()["token"] for _ in range(2)]
    listed = (await root.get("/v1/invitations")).json()
    assert [(one["role"], one["created_by"]) for one in listed] == [("user", admin)] * 2
    assert not {kept, gone} & set(str(listed).split("'"))
    assert (await root.delete(f"/v1/invitations/{listed[0]['id']}")).status_code == 204
    assert (await root.delete(f"/v1/invitations/{listed[0]['id']}")).status_code == 404
    assert [one["id"] for one in (await root.get("/v1/invitations")).json()] == [listed[1]["id"]]
    body = {"email": "ben@example.org", "password": "a good long one", "invitation": gone}
    assert (await stranger.post("/v1/auth/register", json=body)).status_code == 403
    assert (await stranger.post("/v1/auth/register", json=body | {"invitation": kept})).status_code == 201
    assert (await root.get("/v1/invitations")).json() == []
