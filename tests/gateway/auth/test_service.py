from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from gateway.auth.keys import make_key
from gateway.auth.service import KeyService
from gateway.errors import AuthenticationError, InvalidRequestError, NotFoundError
from gateway.storage.database import Database, sqlite_url


class SettableClock:
    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return self.time.timestamp()


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
async def database(tmp_path) -> AsyncIterator[Database]:
    database = Database(sqlite_url(tmp_path))
    await database.open()
    yield database
    await database.aclose()


@pytest.fixture
def keys(database, clock) -> KeyService:
    return KeyService(database, clock)


class TestCreate:
    async def test_the_key_works_and_its_text_is_stored_nowhere(self, keys, tmp_path):
        info, text = await keys.create("laptop")
        subject = await keys.authenticate(text)
        assert subject.key_id == info.id
        stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
        assert info.prefix.encode() in stored
        assert text.encode() not in stored
        assert text[13:].encode() not in stored

    @pytest.mark.parametrize("name", ["", "   ", "x" * 101, "a\nb"])
    async def test_a_bad_name_is_refused(self, keys, name):
        with pytest.raises(InvalidRequestError):
            await keys.create(name)

    async def test_a_name_in_use_is_refused_until_its_key_is_revoked(self, keys):
        await keys.create("laptop")
        with pytest.raises(InvalidRequestError):
            await keys.create("laptop")
        await keys.revoke("laptop")
        await keys.create("laptop")


class TestAuthenticate:
    async def test_what_is_no_key_of_ours_is_refused_alike(self, keys):
        _, text = await keys.create("k")
        last = "a" if text[20] != "a" else "b"
        messages = set()
        for wrong in ("", "av_", "x" * 500, make_key().text, text[:20] + last + text[21:], text + "0", "é" * 51):
            with pytest.raises(AuthenticationError) as caught:
                await keys.authenticate(wrong)
            messages.add(caught.value.message)
        assert len(messages) == 1

    async def test_a_key_with_another_keys_prefix_is_refused(self, keys, monkeypatch):
        _, text = await keys.create("k")
        forged = make_key()
        monkeypatch.setattr("gateway.auth.service.is_well_formed", lambda _: True)
        with pytest.raises(AuthenticationError):
            await keys.authenticate(text[:13] + forged.text[13:])

    async def test_a_revoked_key_is_refused_at_once(self, keys):
        info, text = await keys.create("k")
        await keys.revoke(info.prefix)
        with pytest.raises(AuthenticationError):
            await keys.authenticate(text)


class TestLastUse:
    async def test_it_is_recorded_without_a_write_per_request(self, keys, database, clock, monkeypatch):
        _, text = await keys.create("k")
        writes = []
        transaction = database.transaction
        monkeypatch.setattr(database, "transaction", lambda: writes.append(1) or transaction())
        for _ in range(50):
            clock.time += timedelta(seconds=1)
            await keys.authenticate(text)
        assert writes == []
        (info,) = await keys.list()
        assert info.last_used_at == clock.time
        assert writes == [1]


class TestRevoke:
    async def test_an_unknown_name_is_said(self, keys):
        with pytest.raises(NotFoundError, match="nobody"):
            await keys.revoke("nobody")
