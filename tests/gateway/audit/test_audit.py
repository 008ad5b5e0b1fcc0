"""Every act that matters for security is written down, on both databases, and stays."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from gateway.audit.origin import begin_request, set_actor
from gateway.audit.repository import AuditFilter
from gateway.audit.service import AuditService
from gateway.auth.subject import Role
from gateway.kit.clock import SystemClock
from tests.gateway.people import HASH, access_token, make_user

EVERYTHING = AuditFilter()


class TestAppendOnly:
    @pytest.mark.parametrize("statement", ["UPDATE audit_log SET actor = 'x'", "DELETE FROM audit_log"])
    async def test_the_database_itself_refuses_to_change_or_delete(self, database, statement):
        audit = AuditService(database, SystemClock())
        await audit.record("key.create", "key_1")
        with pytest.raises(DBAPIError, match="only added to"):
            async with database.transaction() as session:
                await session.execute(text(statement))
        assert len(await audit.page(EVERYTHING, None, 10)) == 1

    async def test_postgresql_refuses_to_empty_it_too(self, database):
        if database.is_sqlite:
            return
        with pytest.raises(DBAPIError, match="only added to"):
            async with database.transaction() as session:
                await session.execute(text("TRUNCATE audit_log"))


class TestFilters:
    async def test_each_narrows_and_pages_follow_each_other(self, database):
        audit = AuditService(database, SystemClock())
        begin_request("r-1", "192.0.2.7")
        set_actor("usr_1", "key_9")
        await audit.record("key.create", "key_1")
        await audit.record("key.use", "key_1", "refused", reason="r")
        await audit.record("keys", "key_2")
        one = [row.action for row in await audit.page(AuditFilter(action="key"), None, 10)]
        assert one == ["key.use", "key.create"]
        assert [row.action for row in await audit.page(AuditFilter(outcome="refused"), None, 10)] == ["key.use"]
        assert len(await audit.page(AuditFilter(target="key_2", actor="usr_1"), None, 10)) == 1
        assert await audit.page(AuditFilter(since=datetime(2100, 1, 1, tzinfo=UTC)), None, 10) == []
        first = await audit.page(EVERYTHING, None, 2)
        rest = await audit.page(EVERYTHING, first[-1].id, 2)
        assert [row.action for row in (*first, *rest)] == ["keys", "key.use", "key.create"]
        row = rest[0]
        assert (row.actor, row.key_id, row.address, row.request_id) == ("usr_1", "key_9", "192.0.2.7", "r-1")
        assert [row.action async for row in audit.export(EVERYTHING)] == ["key.create", "key.use", "keys"]


class TestActs:
    @pytest.fixture
    async def people(self, gateway):
        state = gateway._state
        admin = await make_user(state["database"], Role.ADMIN, "root")
        ann = await make_user(state["database"], Role.USER, "ann", password_hash=HASH)
        async with gateway.client(await access_token(state["sessions"], admin)) as boss:
            yield boss, admin, ann

    async def acts(self, boss, **which):
        answer = await boss.get("/v1/audit", params=which)
        assert answer.status_code == 200, answer.text
        return [(act["action"], act["outcome"], act["actor"], act["target"]) for act in answer.json()["results"]]

    async def test_signing_in_and_failing_to(self, people, stranger):
        boss, _, ann = people
        await stranger.post("/v1/auth/sign-in", json={"email": ann.email, "password": "wrong wrong wrong"})
        await stranger.post("/v1/auth/sign-in", json={"email": "nobody@example.org", "password": "wrong wrong wrong"})
        await stranger.post("/v1/auth/sign-in", json={"email": ann.email, "password": "x"})
        found = [act[:2] for act in await self.acts(boss, action="session.open")]
        assert found[:3] == [("session.open", "done"), ("session.open", "refused"), ("session.open", "refused")]
        (known,) = await self.acts(boss, target=ann.id, action="session")
        assert known == ("session.open", "refused", "", ann.id)
        assert "nobody@" not in (await boss.get("/v1/audit")).text
        assert ann.email not in (await boss.get("/v1/audit/export")).text

    async def test_keys_roles_limits_tokens_and_what_was_denied(self, people, gateway, stranger):
        boss, admin, ann = people
        made = (await boss.post("/v1/keys", json={"name": "k"})).json()
        rotated = (await boss.post(f"/v1/keys/{made['id']}/rotate")).json()
        await boss.delete(f"/v1/keys/{rotated['id']}")
        await stranger.get("/v1/jobs", headers={"authorization": f"Bearer {made['key']}"})
        await boss.patch(f"/v1/users/{ann.id}", json={"role": "viewer", "limits": {"images_per_day": 3}})
        await boss.put("/v1/roles/user/limits", json={"images_per_day": 5})
        await boss.post(f"/v1/users/{ann.id}/reset-password")
        await boss.post("/v1/invitations", json={"role": "user"})
        async with gateway.client(await access_token(gateway._state["sessions"], ann)) as client:
            assert (await client.get("/v1/users")).status_code == 403
            await client.post("/v1/auth/sign-out-everywhere")
        await gateway._state["jobs"].set_paused(True)
        acts = await self.acts(boss, limit=100)
        for act in (
            ("key.create", "done", admin.id, made["id"]),
            ("key.revoke", "done", admin.id, made["id"]),
            ("key.create", "done", admin.id, rotated["id"]),
            ("key.revoke", "done", admin.id, rotated["id"]),
            ("key.use", "refused", "", made["id"]),
            ("user.change", "done", admin.id, ann.id),
            ("limits.change", "done", admin.id, "user"),
            ("token.reset", "done", admin.id, ann.id),
            ("access", "refused", ann.id, "/v1/users"),
            ("session.end", "done", ann.id, ann.id),
        ):
            assert act in acts, act
        assert {"token.invitation", "queue.pause"} <= {act[0] for act in acts}

    async def test_passwords_set_up_and_registration(self, people, gateway, stranger):
        boss, _, ann = people
        token = (await boss.post(f"/v1/users/{ann.id}/reset-password")).json()["token"]
        new = "another good one"
        for _ in range(2):
            await stranger.post("/v1/auth/reset-password", json={"token": token, "new_password": new})
        invitation = (await boss.post("/v1/invitations", json={"role": "user"})).json()["token"]
        body = {"email": "ben@example.org", "password": new, "invitation": invitation}
        ben = (await stranger.post("/v1/auth/register", json=body)).json()
        found = {act[:2] for act in await self.acts(boss, limit=100)}
        assert {("token.reset.use", "done"), ("token.reset.use", "refused"), ("user.password", "done")} <= found
        (made,) = await self.acts(boss, action="user.create")
        assert made[3] == ben["id"]

    async def test_it_is_exported_as_json_lines_and_that_is_an_act_too(self, people):
        boss, admin, _ = people
        answer = await boss.get("/v1/audit/export", params={"actor": admin.id})
        assert answer.headers["content-type"].startswith("application/x-ndjson")
        lines = [json.loads(line) for line in answer.text.splitlines()]
        assert lines[-1]["action"] == "audit.export"
        assert [line["id"] for line in lines] == sorted(line["id"] for line in lines)
        assert all(line["actor"] == admin.id for line in lines)

    @pytest.mark.parametrize("query", ["action=A;DROP", "outcome=x", "since=yesterday", "limit=0", "limit=501"])
    async def test_a_bad_filter_names_the_field(self, people, query):
        boss, *_ = people
        answer = await boss.get(f"/v1/audit?{query}")
        assert (answer.status_code, answer.json()["field"]) == (400, query.partition("=")[0])
