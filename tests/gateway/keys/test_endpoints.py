from __future__ import annotations

import pytest

from gateway.auth.service import KeyWish
from gateway.auth.subject import KeyPolicy, Role, Scope
from tests.gateway.people import access_token, make_user


@pytest.fixture
async def ann(gateway):
    return await make_user(gateway._state["database"])


@pytest.fixture
async def signed_in(gateway, ann):
    async with gateway.client(await access_token(gateway._state["sessions"], ann)) as client:
        yield client


class TestKeys:
    async def test_a_key_is_shown_once_and_works(self, signed_in, gateway, ann):
        made = (await signed_in.post("/v1/keys", json={"name": "laptop"})).json()
        assert made["scopes"] == ["generate", "read"]
        listed = (await signed_in.get("/v1/keys")).json()
        assert [key["id"] for key in listed] == [made["id"]]
        assert "key" not in listed[0]
        async with gateway.client(made["key"]) as client:
            assert (await client.get("/v1/auth/me")).json()["id"] == ann.id

    async def test_rotating_ends_the_old_one_and_keeps_its_bounds(self, signed_in, gateway):
        body = {"name": "ci", "scopes": ["read"], "policy": {"models": ["toy"], "max_parallel": 2}}
        old = (await signed_in.post("/v1/keys", json=body)).json()
        new = (await signed_in.post(f"/v1/keys/{old['id']}/rotate")).json()
        assert (new["name"], new["scopes"], new["policy"]) == (old["name"], old["scopes"], old["policy"])
        for key, status in ((old["key"], 401), (new["key"], 200)):
            async with gateway.client(key) as client:
                assert (await client.get("/v1/models")).status_code == status

    async def test_a_key_cannot_make_a_mightier_one(self, signed_in, gateway):
        made = (await signed_in.post("/v1/keys", json={"name": "plain"})).json()
        async with gateway.client(made["key"]) as client:
            assert (await client.post("/v1/keys", json={"name": "x"})).status_code == 403
            assert (await client.delete(f"/v1/keys/{made['id']}")).status_code == 403

    async def test_other_peoples_keys_are_out_of_reach(self, signed_in, gateway):
        bob = await make_user(gateway._state["database"], name="bob")
        info, _ = await gateway.keys.create(KeyWish("bobs", bob.id))
        for request in (signed_in.delete(f"/v1/keys/{info.id}"), signed_in.post(f"/v1/keys/{info.id}/rotate")):
            assert (await request).status_code == 404

    @pytest.mark.parametrize(
        "change",
        [
            {"name": ""},
            {"scopes": []},
            {"scopes": ["root"]},
            {"policy": {"addresses": ["nowhere"]}},
            {"policy": {"max_parallel": 0}},
            {"policy": {"colour": "red"}},
            {"expires_at": "2020-01-01T00:00:00Z"},
            {"expires_at": "2030-01-01T00:00:00"},
        ],
    )
    async def test_bad_bounds_are_refused(self, signed_in, change):
        assert (await signed_in.post("/v1/keys", json={"name": "k", **change})).status_code == 400


class TestPolicy:
    async def test_a_key_works_from_its_addresses_only(self, gateway, ann):
        policy = KeyPolicy(addresses=["10.0.0.0/8", "2001:db8::/32"])
        _, key = await gateway.keys.create(KeyWish("office", ann.id, policy=policy))
        for address, status in (("10.1.2.3", 200), ("2001:db8::5", 200), ("11.1.2.3", 403), ("::1", 403)):
            async with gateway.client(key, client=(address, 1)) as client:
                assert (await client.get("/v1/models")).status_code == status

    async def test_a_disabled_owners_key_is_refused(self, gateway):
        bob = await make_user(gateway._state["database"], name="bob", status="disabled")
        _, key = await gateway.keys.create(KeyWish("k", bob.id))
        async with gateway.client(key) as client:
            assert (await client.get("/v1/models")).status_code == 401

    async def test_a_viewers_key_cannot_generate_whatever_its_scopes(self, gateway):
        eve = await make_user(gateway._state["database"], Role.VIEWER, "eve")
        _, key = await gateway.keys.create(KeyWish("k", eve.id, frozenset(Scope)))
        async with gateway.client(key) as client:
            answer = await client.post("/v1/images/generations", json={"prompt": "x"})
            assert (answer.status_code, answer.json()["error"]["type"]) == (403, "permission_error")
