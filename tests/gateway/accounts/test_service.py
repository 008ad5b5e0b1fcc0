from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from gateway.accounts.people import Person
from gateway.accounts.service import AccountService
from gateway.auth.sessions import SessionService
from gateway.auth.subject import Role
from gateway.auth.tokens import AccessTokens
from gateway.errors import AuthenticationError, InvalidRequestError, PermissionDeniedError
from gateway.kit.clock import SystemClock
from gateway.limits.rates import RateLimitedError, RateLimiter
from tests.gateway.people import PASSWORD, make_user


def make_service(database, mode="closed") -> AccountService:
    clock = SystemClock()
    sessions = SessionService(database, AccessTokens(b"k" * 32, 3600), clock, timedelta(days=30))
    return AccountService(database, sessions, RateLimiter(clock), clock, mode)


@pytest.fixture
def accounts(database):
    return make_service(database)


@pytest.fixture
def _quick_hash(monkeypatch):
    """Argon2 is slow on purpose; where it is not what is tested, a marker stands for it."""

    async def hash_password(password):
        return f"plain:{password}"

    async def is_password(password, stored):
        return stored == f"plain:{password}"

    monkeypatch.setattr("gateway.auth.passwords.hash_password", hash_password)
    monkeypatch.setattr("gateway.auth.passwords.is_password", is_password)


@pytest.mark.usefixtures("_quick_hash")
class TestSetUp:
    async def test_a_token_makes_the_first_administrator_once(self, accounts):
        assert await accounts.needs_setup()
        void, token = await accounts.setup_token(), await accounts.setup_token()
        person = Person("Ann@Example.org", password=PASSWORD)
        for wrong in ("", "x", void):
            with pytest.raises(PermissionDeniedError):
                await accounts.set_up(wrong, person)
        user = await accounts.set_up(token, person)
        assert (user.email, user.role, user.status, user.name) == ("ann@example.org", "admin", "active", "ann")
        assert not await accounts.needs_setup()
        assert await accounts.setup_token() is None
        with pytest.raises(PermissionDeniedError):
            await accounts.set_up(token, Person("eve@example.org", password=PASSWORD))

    async def test_of_two_at_once_one_gets_it(self, accounts):
        token = await accounts.setup_token()
        people = [Person(f"p{i}@example.org", password=PASSWORD) for i in range(4)]
        results = await asyncio.gather(*(accounts.set_up(token, p) for p in people), return_exceptions=True)
        assert sum(not isinstance(result, Exception) for result in results) == 1

    async def test_the_settings_make_one_where_there_is_none(self, accounts):
        assert (await accounts.add_administrator("a@b.c", PASSWORD)).role == "admin"
        assert await accounts.add_administrator("d@e.f", PASSWORD) is None

    @pytest.mark.parametrize(
        "person",
        [
            Person("nobody", password=PASSWORD),
            Person("a@b@c", password=PASSWORD),
            Person("a\n@b.c", password=PASSWORD),
            Person("a@b.c", password="short"),
            Person("a@b.c", password="x" * 201),
            Person("a@b.c", password=PASSWORD, timezone="Mars/Olympus"),
        ],
    )
    async def test_what_is_wrong_costs_no_token(self, accounts, person):
        token = await accounts.setup_token()
        with pytest.raises(InvalidRequestError):
            await accounts.set_up(token, person)
        await accounts.set_up(token, Person("a@b.c", password=PASSWORD))


@pytest.mark.usefixtures("_quick_hash")
class TestRegister:
    async def test_closed_means_by_invitation_only(self, accounts):
        person = Person("bob@example.org", password=PASSWORD)
        with pytest.raises(PermissionDeniedError):
            await accounts.register(person, None)
        token = await accounts.invite(Role.VIEWER, "Bob@example.org", "admin")
        with pytest.raises(PermissionDeniedError):
            await accounts.register(Person("eve@example.org", password=PASSWORD), "wrong")
        user = await accounts.register(person, token)
        assert (user.role, user.status) == ("viewer", "active")
        with pytest.raises(PermissionDeniedError):
            await accounts.register(Person("bob2@example.org", password=PASSWORD), token)

    async def test_an_invitation_for_somebody_else_is_refused(self, accounts):
        token = await accounts.invite(Role.ADMIN, "bob@example.org", "admin")
        with pytest.raises(PermissionDeniedError):
            await accounts.register(Person("eve@example.org", password=PASSWORD), token)

    @pytest.mark.parametrize(("mode", "status"), [("open", "active"), ("approval", "pending")])
    async def test_open_and_by_approval(self, database, mode, status):
        accounts = make_service(database, mode)
        user = await accounts.register(Person("bob@example.org", password=PASSWORD), None)
        assert (user.role, user.status) == ("user", status)
        if status == "pending":
            with pytest.raises(AuthenticationError):
                await accounts.sign_in("bob@example.org", PASSWORD, "", "1.2.3.4")
            await accounts.update(user.id, {"status": "active"})
        await accounts.sign_in("bob@example.org", PASSWORD, "", "1.2.3.4")

    async def test_an_address_has_one_account(self, database):
        accounts = make_service(database, "open")
        people = [Person("Bob@example.org", password=PASSWORD) for _ in range(5)]
        results = await asyncio.gather(*(accounts.register(p, None) for p in people), return_exceptions=True)
        assert sum(not isinstance(result, Exception) for result in results) == 1
        assert {type(result) for result in results if isinstance(result, Exception)} == {InvalidRequestError}


class TestSignIn:
    async def test_the_right_password_opens_a_session(self, accounts):
        await accounts.add_administrator("ann@example.org", PASSWORD)
        signed_in = await accounts.sign_in(" Ann@Example.org ", PASSWORD, "agent", "1.2.3.4")
        assert (await accounts.get(signed_in.user_id)).signed_in_at is not None

    async def test_wrong_password_and_unknown_address_look_alike(self, accounts):
        await accounts.add_administrator("ann@example.org", PASSWORD)
        messages, times = set(), []
        for email, password in (("ann@example.org", "wrong password"), ("nobody@example.org", PASSWORD)):
            started = asyncio.get_running_loop().time()
            with pytest.raises(AuthenticationError) as caught:
                await accounts.sign_in(email, password, "", "1.2.3.4")
            times.append(asyncio.get_running_loop().time() - started)
            messages.add(caught.value.message)
        assert len(messages) == 1
        assert min(times) > 0.02, "one of the two was answered without the work of checking a password"

    @pytest.mark.usefixtures("_quick_hash")
    async def test_guessing_is_throttled_per_account_and_the_owner_is_told_to_wait(self, accounts):
        await accounts.add_administrator("ann@example.org", PASSWORD)
        for _ in range(5):
            with pytest.raises(AuthenticationError):
                await accounts.sign_in("ann@example.org", "wrong password", "", "1.2.3.4")
        with pytest.raises(RateLimitedError) as caught:
            await accounts.sign_in("ann@example.org", PASSWORD, "", "5.6.7.8")
        assert int(caught.value.headers["retry-after"]) > 200

    @pytest.mark.usefixtures("_quick_hash")
    async def test_guessing_many_accounts_from_one_address_is_throttled(self, accounts):
        for number in range(30):
            with pytest.raises(AuthenticationError):
                await accounts.sign_in(f"u{number}@example.org", "wrong password", "", "1.2.3.4")
        with pytest.raises(RateLimitedError):
            await accounts.sign_in("other@example.org", "wrong password", "", "1.2.3.4")


@pytest.mark.usefixtures("_quick_hash")
class TestPassword:
    async def test_changing_it_signs_out_everywhere_else(self, accounts):
        user = await accounts.add_administrator("ann@example.org", PASSWORD)
        here = await accounts.sign_in("ann@example.org", PASSWORD, "", "a")
        there = await accounts.sign_in("ann@example.org", PASSWORD, "", "a")
        with pytest.raises(InvalidRequestError):
            await accounts.change_password(user.id, "wrong password", "another password", here.session_id)
        await accounts.change_password(user.id, PASSWORD, "another password", here.session_id)
        await accounts._sessions.authenticate(here.access_token)
        with pytest.raises(AuthenticationError):
            await accounts._sessions.authenticate(there.access_token)
        await accounts.sign_in("ann@example.org", "another password", "", "a")

    async def test_an_administrators_token_resets_it_once(self, accounts):
        user = await accounts.add_administrator("ann@example.org", PASSWORD)
        old = await accounts.sign_in("ann@example.org", PASSWORD, "", "a")
        void, token = [await accounts.reset_token(user.id, "admin") for _ in range(2)]
        for wrong in (void, "x"):
            with pytest.raises(PermissionDeniedError):
                await accounts.reset_password(wrong, "another password")
        await accounts.reset_password(token, "another password")
        with pytest.raises(PermissionDeniedError):
            await accounts.reset_password(token, "a third password")
        with pytest.raises(AuthenticationError):
            await accounts._sessions.authenticate(old.access_token)
        await accounts.sign_in("ann@example.org", "another password", "", "a")


class TestUpdate:
    async def test_the_last_administrator_stays_one(self, accounts, database):
        first = await make_user(database, Role.ADMIN, "first")
        for values in ({"role": Role.USER}, {"status": "disabled"}):
            with pytest.raises(InvalidRequestError):
                await accounts.update(first.id, values)
        await make_user(database, Role.ADMIN, "second")
        assert (await accounts.update(first.id, {"role": Role.USER})).role == "user"

    async def test_who_may_not_sign_in_any_more_is_signed_out(self, accounts, database):
        user = await make_user(database)
        signed_in = await accounts._sessions.open(user.id, "")
        await accounts.update(user.id, {"status": "disabled"})
        await accounts.update(user.id, {"status": "active"})
        with pytest.raises(AuthenticationError):
            await accounts._sessions.authenticate(signed_in.access_token)
