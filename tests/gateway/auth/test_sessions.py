from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from gateway.auth.sessions import REUSE_GRACE, SessionService
from gateway.auth.subject import Role
from gateway.auth.tokens import AccessTokens
from gateway.errors import AuthenticationError
from tests.gateway.people import make_user

KEY = b"k" * 32


class SettableClock:
    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return self.time.timestamp()


@pytest.fixture
def clock():
    return SettableClock()


@pytest.fixture
def sessions(database, clock):
    return SessionService(database, AccessTokens(KEY, 3600), clock, timedelta(days=30))


@pytest.fixture
async def user(database):
    return await make_user(database, Role.USER)


async def refused(coroutine) -> None:
    with pytest.raises(AuthenticationError):
        await coroutine


class TestAuthenticate:
    async def test_an_access_token_stands_for_its_user(self, sessions, user):
        signed_in = await sessions.open(user.id, "agent")
        subject = await sessions.authenticate(signed_in.access_token)
        assert (subject.owner, subject.role, subject.session_id) == (user.id, Role.USER, signed_in.session_id)

    async def test_it_expires(self, sessions, user, clock):
        signed_in = await sessions.open(user.id, "")
        clock.time += timedelta(seconds=3601)
        await refused(sessions.authenticate(signed_in.access_token))

    async def test_a_forged_one_is_refused(self, sessions, user):
        signed_in = await sessions.open(user.id, "")
        claims = {"iss": "avila", "sub": user.id, "sid": signed_in.session_id, "exp": 9_999_999_999}
        other = OctKey.import_key(b"x" * 32)
        _, _, rest = signed_in.access_token.partition(".")
        for forged in (
            jwt.encode({"alg": "HS256"}, claims, other),
            jwt.encode({"alg": "HS256"}, {**claims, "iss": "else"}, OctKey.import_key(KEY)),
            "eyJhbGciOiJub25lIn0." + rest.rpartition(".")[0] + ".",
            signed_in.access_token + "x",
            "a.b.c",
            "." * 3000,
        ):
            await refused(sessions.authenticate(forged))

    async def test_an_ended_session_is_refused_at_once_though_its_token_is_valid(self, sessions, user):
        here, there = await sessions.open(user.id, ""), await sessions.open(user.id, "")
        await sessions.end(user.id, there.session_id)
        await refused(sessions.authenticate(there.access_token))
        await sessions.authenticate(here.access_token)
        await sessions.end(user.id, keep=here.session_id)
        await sessions.authenticate(here.access_token)
        await sessions.end(user.id)
        await refused(sessions.authenticate(here.access_token))

    async def test_a_disabled_user_is_refused(self, sessions, database):
        user = await make_user(database, name="bob", status="disabled")
        signed_in = await sessions.open(user.id, "")
        await refused(sessions.authenticate(signed_in.access_token))
        await refused(sessions.refresh(signed_in.refresh_token))


class TestRefresh:
    async def test_it_rotates(self, sessions, user, clock):
        first = await sessions.open(user.id, "")
        clock.time += timedelta(days=1)
        second = await sessions.refresh(first.refresh_token)
        assert second.refresh_token != first.refresh_token
        assert second.session_id == first.session_id
        await sessions.authenticate(second.access_token)

    async def test_two_tabs_at_once_both_stay_signed_in(self, sessions, user):
        first = await sessions.open(user.id, "")
        both = await asyncio.gather(*(sessions.refresh(first.refresh_token) for _ in range(2)))
        for signed_in in both:
            await sessions.authenticate(signed_in.access_token)

    async def test_a_used_token_later_means_theft_and_ends_the_session(self, sessions, user, clock):
        first = await sessions.open(user.id, "")
        second = await sessions.refresh(first.refresh_token)
        clock.time += REUSE_GRACE + timedelta(seconds=1)
        await refused(sessions.refresh(first.refresh_token))
        await refused(sessions.refresh(second.refresh_token))
        await refused(sessions.authenticate(second.access_token))

    async def test_an_unused_session_ends(self, sessions, user, clock):
        first = await sessions.open(user.id, "")
        clock.time += timedelta(days=31)
        await refused(sessions.refresh(first.refresh_token))

    async def test_an_unknown_token_is_refused(self, sessions):
        await refused(sessions.refresh("unknown"))

    async def test_tokens_are_stored_nowhere(self, sessions, user, tmp_path, database):
        signed_in = await sessions.open(user.id, "")
        if database.is_sqlite:
            stored = b"".join(path.read_bytes() for path in (tmp_path / "data").iterdir())
            assert signed_in.session_id.encode() in stored
            assert signed_in.refresh_token.encode() not in stored
            assert signed_in.access_token.encode() not in stored
        assert signed_in.refresh_token not in repr(signed_in)
