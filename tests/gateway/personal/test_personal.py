"""Everything of one person goes into the zip, and nothing of him stays, on both databases."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text

from gateway.audit.origin import begin_request, set_actor
from gateway.audit.service import AuditService
from gateway.auth.service import KeyService, KeyWish
from gateway.auth.sessions import SessionService
from gateway.auth.subject import Role, Subject
from gateway.auth.tokens import AccessTokens
from gateway.errors import AuthenticationError, NotFoundError
from gateway.history.service import HistoryService
from gateway.jobs.status import JobStatus
from gateway.kit.clock import SystemClock
from gateway.personal.repository import KEPT, NOBODYS, SECRET, PersonalRepository, personal_tables
from gateway.personal.service import PersonalService
from gateway.storage.images import DiskImageStore, blob_name
from gateway.storage.tables import (
    A1111OptionsRow,
    AuditRow,
    Base,
    ImageRow,
    JobEventRow,
    JobRow,
    OneTimeTokenRow,
    UploadRow,
    WebhookDeliveryRow,
    WebhookEndpointRow,
    WebhookSecretRow,
)
from gateway.worker.repository import LeaseLostError
from tests.gateway.history.factories import add_pictures
from tests.gateway.jobs.factories import accepted, claim, make_service, on_claim
from tests.gateway.people import HASH, access_token, make_user

PASSWORD = "x"  # what HASH was made of
NOW = datetime.now(UTC)


@pytest.fixture
async def store(tmp_path):
    store = DiskImageStore(tmp_path / "images", SystemClock())
    await store.open()
    return store


@pytest.fixture
def personal(database, store):
    return PersonalService(database, store, make_service(database), SystemClock())


@pytest.fixture
async def ann(database, store):
    """Somebody of whom every table holds something."""
    user = await make_user(database, Role.USER, "ann", password_hash=HASH)
    begin_request("r-1", "192.0.2.7")
    set_actor(user.id)
    sessions = SessionService(database, AccessTokens(b"k" * 32, 60), SystemClock(), timedelta(days=1))
    await sessions.open(user.id, "ann's browser")
    key, _ = await KeyService(database, SystemClock()).create(KeyWish("ann's key", user.id))
    pictures = [
        {"prompt": f"ann's picture {n}", "seed": n, "blob": await store.put(f"picture {n}".encode())} for n in (1, 2)
    ]
    rows = await add_pictures(database, user.id, *pictures)
    await accepted(make_service(database), user.id, fields={"prompt": "ann's waiting order"})
    await accepted(make_service(database), Subject(owner=user.id, user_id=user.id, key_id=key.id, role=Role.USER))
    history = HistoryService(database, store, SystemClock(), 30)
    await history.change(rows[0].id, user.id, {"rating": 5}, ["ann's tag"])
    album = await history.add_album(user.id, "ann's album")
    await history.change_album(album.id, user.id, [rows[0].id], [])
    token = {"purpose": "reset", "hash": "h", "created_at": NOW, "expires_at": NOW}
    upload = {"blob": await store.put(b"upload"), "media_type": "image/png", "size_bytes": 6, "width": 1, "height": 1}
    async with database.transaction() as session:
        session.add(UploadRow(id="upl_1", owner=user.id, created_at=NOW, expires_at=NOW, **upload))
        session.add_all(webhooks_of(user.id))
        session.add(A1111OptionsRow(caller=key.id, options={"of": "ann"}))
        session.add(OneTimeTokenRow(id="ott_1", user_id=user.id, **token))
        session.add(OneTimeTokenRow(id="ott_2", email=user.email, **{**token, "hash": "i"}))
    return user


def webhooks_of(owner: str) -> list[Base]:
    told = {"payload": {"of": "ann"}, "log": {"attempts": []}, "attempts": 0, "fence": 0, "next_at": NOW}
    kept = {"events": "completed", "description": "ann's shop", "is_enabled": True, "created_at": NOW}
    return [
        WebhookEndpointRow(id="whk_1", owner=owner, url="https://ann.example/hook", **kept),
        WebhookSecretRow(name="whk_1", owner=owner, generation=1),
        WebhookDeliveryRow(id="msg_1", owner=owner, event="test", status="pending", created_at=NOW, **told),
    ]


async def everything(database) -> str:
    found = []
    async with database.reading() as session:
        for table in Base.metadata.sorted_tables:
            if table.name not in KEPT:
                found += [f"{table.name}: {dict(row)}" for row in (await session.execute(select(table))).mappings()]
    return "\n".join(found)


async def unzipped(personal, user_id) -> zipfile.ZipFile:
    data = b"".join([part async for part in await personal.export(user_id)])
    archive = zipfile.ZipFile(io.BytesIO(data))
    assert archive.testzip() is None
    return archive


def test_every_table_is_either_somebodys_or_nobodys():
    assert {table.name for table in personal_tables()} ^ NOBODYS == set(Base.metadata.tables)


class TestExport:
    async def test_it_has_a_row_of_every_table_and_every_picture_and_no_secret(self, database, personal, ann):
        await add_pictures(database, "bob", {"prompt": "bob's picture"})
        archive = await unzipped(personal, ann.id)
        tables = {t.name: json.loads(archive.read(f"tables/{t.name}.json")) for t in personal_tables()}
        assert {name for name, rows in tables.items() if not rows} == set()
        pictures = [archive.read(name) for name in archive.namelist() if name.startswith("images/")]
        assert sorted(pictures) == [b"picture 1", b"picture 2"]
        assert archive.read("uploads/upl_1.png") == b"upload"
        assert sorted(row["prompt"] for row in tables["images"]) == ["ann's picture 1", "ann's picture 2"]
        assert not any(SECRET & row.keys() for rows in tables.values() for row in rows)
        assert "bob" not in str(tables)

    async def test_it_goes_on_over_pages_and_names_what_it_could_not_read(self, personal, ann, store, monkeypatch):
        monkeypatch.setattr("gateway.personal.service.PAGE", 1)
        await store.delete(blob_name(b"picture 1"))
        archive = await unzipped(personal, ann.id)
        assert len(json.loads(archive.read("tables/images.json"))) == 2
        assert len([name for name in archive.namelist() if name.startswith("images/")]) == 1
        assert archive.read("missing.txt").startswith(b"images/")

    async def test_of_nobody_there_is_none(self, personal):
        with pytest.raises(NotFoundError):
            await personal.export("usr_nobody")


class TestErasing:
    async def test_nothing_of_him_is_left_but_ids_in_the_audit_log(self, database, personal, ann, store, monkeypatch):
        monkeypatch.setattr("gateway.storage.sweep.YOUNG", timedelta(seconds=-5))
        bob = await make_user(database, Role.USER, "bob")
        await add_pictures(database, bob.id, {"prompt": "a picture of another"})
        await personal.erase(ann.id)
        left = await everything(database)
        assert "ann" not in left.lower()
        assert ann.id not in left
        assert "a picture of another" in left
        assert [blob async for blob in store.stale(datetime.now(UTC) + timedelta(days=1))] == []
        if database.is_sqlite:
            async with database.reading() as session:
                assert await session.scalar(text("SELECT count(*) FROM image_words")) == 1
        async with database.reading() as session:
            acts = (await session.scalars(select(AuditRow).where(AuditRow.actor == ann.id))).all()
        assert {act.address for act in acts} == {None}
        assert "user.erase" in {act.action for act in acts}
        assert "ann" not in str([act.details for act in acts])

    async def test_his_running_job_writes_nothing_more(self, database, personal, ann):
        job = await claim(database)
        assert job is not None
        await personal.erase(ann.id)
        with pytest.raises(LeaseLostError):
            await on_claim(database, "finish", job, JobStatus.SUCCEEDED)
        assert ann.id not in await everything(database)

    async def test_who_has_been_erased_orders_nothing_more(self, database, personal, ann):
        await personal.erase(ann.id)
        with pytest.raises(AuthenticationError):
            await accepted(make_service(database), Subject(owner=ann.id, user_id=ann.id, role=Role.USER))
        assert ann.id not in await everything(database)

    async def test_what_a_crash_interrupted_is_finished_later(self, database, personal, ann, monkeypatch):
        async with database.transaction() as session:
            await PersonalRepository(session).shut(ann.id, NOW)
        with pytest.raises(AuthenticationError):
            await accepted(make_service(database), Subject(owner=ann.id, user_id=ann.id, role=Role.USER))
        assert await personal.finish_erasing() == 1
        assert await personal.finish_erasing() == 0
        assert ann.id not in await everything(database)

    async def test_a_long_history_goes_page_by_page(self, database, personal, ann, monkeypatch):
        monkeypatch.setattr("gateway.personal.service.PAGE", 1)
        await personal.erase(ann.id)
        async with database.reading() as session:
            for table in (ImageRow, JobRow, JobEventRow):
                assert await session.scalar(select(func.count()).select_from(table)) == 0


class TestEndpoints:
    @pytest.fixture
    async def admin(self, gateway):
        return await make_user(gateway._state["database"], Role.ADMIN, "adam", password_hash=HASH)

    @pytest.fixture
    async def eve(self, gateway):
        return await make_user(gateway._state["database"], Role.USER, "eve", password_hash=HASH)

    async def test_one_takes_ones_data_along_and_goes(self, gateway, admin, eve):
        token = await access_token(gateway._state["sessions"], eve)
        async with gateway.client(token) as client:
            archive = zipfile.ZipFile(io.BytesIO((await client.get("/v1/auth/me/export")).content))
            assert json.loads(archive.read("tables/users.json"))[0]["email"] == "eve@example.org"
            erase = "/v1/auth/me/erase"
            for body, field in (
                ({"email": "adam@example.org", "current_password": PASSWORD}, "email"),
                ({"email": "eve@example.org", "current_password": "wrong"}, "current_password"),
                ({"email": "eve@example.org"}, "current_password"),
            ):
                refused = await client.post(erase, json=body)
                assert (refused.status_code, refused.json()["field"]) == (400, field)
            body = {"email": "Eve@example.org", "current_password": PASSWORD}
            assert (await client.post(erase, json=body)).status_code == 204
            assert (await client.get("/v1/auth/me")).status_code == 401

    async def test_a_key_cannot_erase_its_owner(self, gateway, eve):
        _, key = await gateway.keys.create(KeyWish("k", eve.id))
        async with gateway.client(key) as client:
            body = {"email": "eve@example.org", "current_password": PASSWORD}
            assert (await client.post("/v1/auth/me/erase", json=body)).status_code == 403
            assert (await client.get("/v1/auth/me")).status_code == 200

    async def test_an_administrator_does_it_for_others_but_the_last_one_stays(self, gateway, admin, eve):
        async with gateway.client(await access_token(gateway._state["sessions"], admin)) as client:
            answer = await client.get(f"/v1/users/{eve.id}/export")
            assert answer.headers["content-type"] == "application/zip"
            assert (await client.delete(f"/v1/users/{eve.id}")).status_code == 204
            assert (await client.get(f"/v1/users/{eve.id}")).status_code == 404
            assert (await client.get(f"/v1/users/{eve.id}/export")).status_code == 404
            assert (await client.delete(f"/v1/users/{eve.id}")).status_code == 404
            assert (await client.delete(f"/v1/users/{admin.id}")).status_code == 400
            acts = (await client.get("/v1/audit", params={"action": "user"})).json()["results"]
            assert {(act["action"], act["actor"]) for act in acts} >= {
                ("user.export", admin.id),
                ("user.erase", admin.id),
            }


async def test_the_audit_log_lets_nothing_but_an_address_go(database):
    from sqlalchemy.exc import DBAPIError

    begin_request("r-1", "192.0.2.7")
    await AuditService(database, SystemClock()).record("key.create", "key_1")
    for change in ("address = NULL, actor = 'x'", "address = '192.0.2.8'", "details = '{}', target = ''"):
        with pytest.raises(DBAPIError, match="only added to"):
            async with database.transaction() as session:
                await session.execute(text(f"UPDATE audit_log SET {change}"))
    async with database.transaction() as session:
        await session.execute(text("UPDATE audit_log SET address = NULL"))
