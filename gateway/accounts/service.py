"""What people do with their accounts, and administrators with other people's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal

from gateway.accounts.invitations import PURPOSE, Invitations
from gateway.accounts.people import Person, check_password, check_timezone, checked, clean_email
from gateway.accounts.repository import OneTimeTokenRepository, UserRepository
from gateway.audit.repository import DONE, REFUSED, AuditRepository
from gateway.auth import passwords
from gateway.auth.sessions import SessionService, SignedIn
from gateway.auth.subject import Role
from gateway.auth.tokens import hash_of, new_token
from gateway.errors import AuthenticationError, InvalidRequestError, NotFoundError, PermissionDeniedError
from gateway.kit.clock import Clock
from gateway.kit.ids import new_id
from gateway.limits.rates import Rate, RateLimiter
from gateway.storage.database import Database
from gateway.storage.tables import OneTimeTokenRow, UserRow

Registration = Literal["closed", "invitation", "approval", "open"]
WRONG = "The e-mail address or the password is wrong"
USED_UP = "The link is not valid, was used already, or has expired; ask for a new one"
SETUP_LIFETIME, INVITATION_LIFETIME, RESET_LIFETIME = timedelta(days=30), timedelta(days=7), timedelta(days=1)
ATTEMPTS_PER_ACCOUNT = Rate(5, 300)
ATTEMPTS_PER_ADDRESS = Rate(30, 300)


class AccountService:
    """Set-up, registration, sign-in, passwords and the administration of users."""

    def __init__(
        self, database: Database, sessions: SessionService, limiter: RateLimiter, clock: Clock, mode: Registration
    ) -> None:
        self._database = database
        self._sessions = sessions
        self._limiter = limiter
        self._clock = clock
        self.registration = mode
        self.invitations = Invitations(database, clock)

    # -- getting an account -------------------------------------------------------------------------------------------

    async def needs_setup(self) -> bool:
        """Whether there is no administrator yet."""
        async with self._database.reading() as session:
            return await UserRepository(session).count(Role.ADMIN) == 0

    async def setup_token(self) -> str | None:
        """A fresh token that makes the first administrator, or None when there is one. Earlier ones are void."""
        if not await self.needs_setup():
            return None
        return await self._one_time("setup", SETUP_LIFETIME, role=Role.ADMIN)

    async def set_up(self, token: str, person: Person) -> UserRow:
        """Make the first administrator.

        Raises:
            PermissionDeniedError: the token is not valid, or there is an administrator already.
            InvalidRequestError: see `checked`.
        """
        person = checked(person)
        if not await self.needs_setup():
            raise PermissionDeniedError("The installation is set up already")
        await self._use("setup", token)
        return await self._add(person, Role.ADMIN, "active")

    async def add_administrator(self, email: str, password: str) -> UserRow | None:
        """Make the first administrator from the settings; None when there is one already."""
        if not await self.needs_setup():
            return None
        return await self._add(checked(Person(email, password=password)), Role.ADMIN, "active")

    async def register(self, person: Person, invitation: str | None) -> UserRow:
        """Make an account, as the settings allow it.

        Raises:
            PermissionDeniedError: registration is closed, or the invitation is not valid.
            InvalidRequestError: see `checked`; or the address has an account.
        """
        person = checked(person)
        if invitation is not None:
            row = await self._use("invitation", invitation)
            if row.email is not None and row.email != person.email:
                raise PermissionDeniedError("The invitation is for another e-mail address")
            return await self._add(person, Role(row.role or Role.USER), "active")
        if self.registration not in ("open", "approval"):
            raise PermissionDeniedError("Registration is closed; ask an administrator for an invitation")
        return await self._add(person, Role.USER, "active" if self.registration == "open" else "pending")

    async def invite(self, role: Role, email: str | None, by: str) -> str:
        """A token with which one person gets an account of `role`."""
        address = None if email is None else clean_email(email)
        return await self._one_time(PURPOSE, INVITATION_LIFETIME, role=role, email=address, by=by)

    async def from_provider(self, person: Person, role: Role) -> UserRow:
        """The account of somebody whom a provider has vouched for; made at his first sign-in, his role kept in step.

        Raises:
            PermissionDeniedError: he may not sign in, or somebody has an account with his address and a password.
        """
        async with self._database.transaction() as session:
            users = UserRepository(session)
            user = await users.by_identity(person.identity or "")
            if user is not None:
                user.role, user.signed_in_at = role, self._clock.now()
        if user is None:
            user = await self._add(checked(person), role, "active")
        if user.status != "active":
            raise PermissionDeniedError("This account may not sign in; ask an administrator")
        return user

    # -- signing in ---------------------------------------------------------------------------------------------------

    async def sign_in(self, email: str, password: str, agent: str, address: str) -> SignedIn:
        """Check a password and open a session. The answer never says whether the address has an account.

        Raises:
            RateLimitedError: too many attempts for this account or from this address.
            AuthenticationError: wrong, or the account may not sign in.
        """
        email = email.strip().lower()[:254]
        await self._limiter.spend(ATTEMPTS_PER_ADDRESS, "sign-in-from", address)
        await self._limiter.spend(ATTEMPTS_PER_ACCOUNT, "sign-in-as", email)
        async with self._database.reading() as session:
            user = await UserRepository(session).by_email(email)
        is_right = await passwords.is_password(password, None if user is None else user.password_hash)
        if user is None or not is_right or user.status != "active":
            await self._note("session.open", "" if user is None else user.id, outcome=REFUSED)
            raise AuthenticationError(WRONG)
        await self._limiter.forgive(ATTEMPTS_PER_ACCOUNT, "sign-in-as", email)
        await self._change(user.id, {"signed_in_at": self._clock.now()})
        return await self._sessions.open(user.id, agent)

    async def change_password(self, user_id: str, current: str, new: str, keep: str | None) -> None:
        """Set a new password and sign out everywhere but here.

        Raises:
            InvalidRequestError: the current one is wrong, or the new one is too short or too long.
        """
        await self._prove(await self.get(user_id), current, "user.password")
        await self._set_password(user_id, new, keep)

    async def reset_token(self, user_id: str, by: str) -> str:
        """A token with which a user sets a new password. Earlier ones are void."""
        await self.get(user_id)
        async with self._database.transaction() as session:
            await OneTimeTokenRepository(session).drop("reset", user_id)
        return await self._one_time("reset", RESET_LIFETIME, user_id=user_id, by=by)

    async def reset_password(self, token: str, new: str) -> None:
        """Set a new password with a reset token, and sign out everywhere.

        Raises:
            PermissionDeniedError: the token is not valid.
            InvalidRequestError: the password is too short or too long.
        """
        check_password(new)
        row = await self._use("reset", token)
        if row.user_id is not None:
            await self._set_password(row.user_id, new, None)

    # -- administration -----------------------------------------------------------------------------------------------

    async def get(self, user_id: str) -> UserRow:
        """One user. Raises NotFoundError."""
        async with self._database.reading() as session:
            user = await UserRepository(session).get(user_id)
        if user is None:
            raise NotFoundError(f"There is no user {user_id[:60]!r}")
        return user

    async def list(self, after: str | None, limit: int, ids: Sequence[str] | None = None) -> Sequence[UserRow]:
        """Users, oldest first; of these ids if given."""
        async with self._database.reading() as session:
            return await UserRepository(session).page(after, limit, ids)

    async def update(self, user_id: str, values: Mapping[str, Any]) -> UserRow:
        """Change a user's name, time zone, role, status or limits. Who may not sign in any more is signed out.

        Raises:
            NotFoundError: no such user.
            InvalidRequestError: an unknown time zone; or no administrator would be left.
        """
        user = await self.get(user_id)
        if user.status == "erasing":
            raise NotFoundError(f"The user {user_id[:60]!r} is being erased")
        if (zone := values.get("timezone")) is not None:
            check_timezone(zone)
        if values.get("role", user.role) != Role.ADMIN or values.get("status", user.status) != "active":
            await self._check_dispensable(user)
        await self._change(user_id, values)
        told = {name: value for name, value in values.items() if name in ("role", "status", "limits")}
        if told:
            await self._note("user.change", user_id, **told)
        if values.get("status", "active") != "active":
            await self._sessions.end(user_id)
        return await self.get(user_id)

    async def may_erase(self, user_id: str) -> None:
        """Pass if the service can do without a user.

        Raises:
            NotFoundError: no such user.
            InvalidRequestError: he is the last administrator.
        """
        await self._check_dispensable(await self.get(user_id))

    async def may_erase_himself(self, user_id: str, email: str, password: str | None) -> None:
        """Pass if it is really the user who wants to be erased.

        Raises:
            InvalidRequestError: the address is not his, the password is wrong, or he is the last administrator.
        """
        user = await self.get(user_id)
        if email.strip().lower() != user.email:
            raise InvalidRequestError("email: expected your own e-mail address, to be sure", field="email")
        if user.password_hash is not None:
            await self._prove(user, password or "", "user.erase")
        await self._check_dispensable(user)

    # -- inside -------------------------------------------------------------------------------------------------------

    async def _add(self, person: Person, role: Role, status: str) -> UserRow:
        now = self._clock.now()
        user = UserRow(
            id=new_id("usr", now),
            email=person.email,
            name=person.name or person.email.partition("@")[0],
            password_hash=None if person.password is None else await passwords.hash_password(person.password),
            identity=person.identity,
            role=role,
            status=status,
            timezone=person.timezone,
            limits={},
            preferences={},
            created_at=now,
        )
        async with self._database.transaction() as session:
            if not await UserRepository(session).add(user):
                raise InvalidRequestError("email: this address has an account already", field="email")
            by = "provider" if person.identity else "password"
            AuditRepository(session).record(now, "user.create", user.id, role=role, status=status, by=by)
        return user

    async def _prove(self, user: UserRow, password: str, action: str) -> None:
        await self._limiter.spend(ATTEMPTS_PER_ACCOUNT, "password-of", user.id)
        if not await passwords.is_password(password, user.password_hash):
            await self._note(action, user.id, outcome=REFUSED)
            raise InvalidRequestError("current_password: it is wrong", field="current_password")

    async def _check_dispensable(self, user: UserRow) -> None:
        if user.role != Role.ADMIN or user.status != "active":
            return
        async with self._database.reading() as session:
            if await UserRepository(session).count(Role.ADMIN) == 1:
                raise InvalidRequestError("role: there must be an administrator who can sign in", field="role")

    async def _set_password(self, user_id: str, new: str, keep: str | None) -> None:
        check_password(new)
        await self._change(user_id, {"password_hash": await passwords.hash_password(new)})
        await self._note("user.password", user_id)
        await self._sessions.end(user_id, keep=keep)

    async def _note(self, action: str, target: str = "", outcome: str = DONE, **details: Any) -> None:
        async with self._database.transaction() as session:
            AuditRepository(session).record(self._clock.now(), action, target, outcome, **details)

    async def _change(self, user_id: str, values: Mapping[str, Any]) -> None:
        if values:
            async with self._database.transaction() as session:
                await UserRepository(session).change(user_id, values)

    async def _one_time(self, purpose: str, lifetime: timedelta, *, by: str | None = None, **what: str | None) -> str:
        token, now = new_token(), self._clock.now()
        row = OneTimeTokenRow(
            id=new_id("ott", now),
            purpose=purpose,
            hash=hash_of(token),
            created_by=by,
            created_at=now,
            expires_at=now + lifetime,
            **what,
        )
        async with self._database.transaction() as session:
            tokens = OneTimeTokenRepository(session)
            if purpose == "setup":
                await tokens.drop(purpose)
            tokens.add(row)
            AuditRepository(session).record(
                now, f"token.{purpose}", what.get("user_id") or row.id, role=what.get("role")
            )
        return token

    async def _use(self, purpose: str, token: str) -> OneTimeTokenRow:
        async with self._database.transaction() as session:
            row = await OneTimeTokenRepository(session).use(purpose, hash_of(token), self._clock.now())
        if row is None:
            await self._note(f"token.{purpose}.use", outcome=REFUSED)
            raise PermissionDeniedError(USED_UP)
        await self._note(f"token.{purpose}.use", row.user_id or row.id)
        return row
