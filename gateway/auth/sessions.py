"""Signed-in devices: a short access token that is checked against its session, and a refresh token that rotates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.audit.origin import set_actor
from gateway.audit.repository import REFUSED as REFUSED_ACT
from gateway.audit.repository import AuditRepository
from gateway.auth.repository import SessionRepository
from gateway.auth.subject import Role, Subject
from gateway.auth.tokens import AccessTokens, hash_of, new_token
from gateway.errors import AuthenticationError
from gateway.kit.clock import Clock
from gateway.kit.ids import new_id
from gateway.storage.database import Database
from gateway.storage.tables import SessionRow, UserRow

REFUSED = "You are not signed in, or not any more; sign in again"
MAX_AGENT_CHARS = 200
REUSE_GRACE = timedelta(seconds=30)
"""Two tabs may refresh at the same moment; later than this a used refresh token means that it was stolen."""


@dataclass(frozen=True, slots=True, repr=False)
class SignedIn:
    """What a client gets when it signs in or refreshes."""

    session_id: str
    user_id: str
    access_token: str
    refresh_token: str
    access_lifetime_s: int
    refresh_lifetime_s: int


class SessionService:
    """Opens, refreshes, checks and ends sessions."""

    def __init__(self, database: Database, tokens: AccessTokens, clock: Clock, lifetime: timedelta) -> None:
        self._database = database
        self._tokens = tokens
        self._clock = clock
        self._lifetime = lifetime

    async def open(self, user_id: str, agent: str) -> SignedIn:
        """A new session for a user who has proved who he is."""
        now, refresh = self._clock.now(), new_token()
        row = SessionRow(
            id=new_id("ses", now),
            user_id=user_id,
            refresh_hash=hash_of(refresh),
            agent=agent[:MAX_AGENT_CHARS],
            created_at=now,
            refreshed_at=now,
            expires_at=now + self._lifetime,
        )
        async with self._database.transaction() as session:
            SessionRepository(session).add(row)
            set_actor(user_id)
            AuditRepository(session).record(now, "session.open", row.id, user=user_id)
        return self._signed_in(row, refresh, now)

    async def refresh(self, token: str) -> SignedIn:
        """New tokens for a refresh token, which is worth nothing from then on.

        Raises:
            AuthenticationError: it is unknown, used up, or its session has ended. A token that was used before ends
                its session: somebody else may have it.
        """
        now, fresh, given = self._clock.now(), new_token(), hash_of(token)
        async with self._database.transaction() as session:
            sessions = SessionRepository(session)
            found = await sessions.by_refresh(given)
            row = found[0] if found is not None and _is_open(*found, now) else None
            is_stolen = row is not None and row.refresh_hash != given and now - row.refreshed_at > REUSE_GRACE
            if row is not None and is_stolen:
                row.revoked_at = now
                AuditRepository(session).record(now, "session.refresh", row.id, REFUSED_ACT, reason="used before")
            elif row is not None:
                row.previous_hash, row.refresh_hash, row.refreshed_at = row.refresh_hash, hash_of(fresh), now
                row.expires_at = now + self._lifetime
        if row is None or is_stolen:
            raise AuthenticationError(REFUSED)
        return self._signed_in(row, fresh, now)

    async def authenticate(self, access_token: str) -> Subject:
        """Who this access token stands for.

        Raises:
            AuthenticationError: it is not valid, or its session or its user has ended.
        """
        now = self._clock.now()
        token = self._tokens.read(access_token, now)
        found = None
        if token is not None:
            async with self._database.reading() as session:
                found = await SessionRepository(session).get(token.session_id)
        if found is None or not _is_open(*found, now):
            raise AuthenticationError(REFUSED)
        row, user = found
        return Subject(
            owner=user.id,
            role=Role(user.role),
            user_id=user.id,
            session_id=row.id,
            requests_per_minute=user.limits.get("requests_per_minute"),
        )

    async def list(self, user_id: str) -> Sequence[SessionRow]:
        """A user's open sessions."""
        async with self._database.reading() as session:
            return await SessionRepository(session).of_user(user_id, self._clock.now())

    async def end(self, user_id: str, session_id: str | None = None, keep: str | None = None) -> None:
        """Sign out of one session, or everywhere but in `keep`."""
        async with self._database.transaction() as session:
            await SessionRepository(session).revoke(user_id, self._clock.now(), session_id, keep)
            details = {"session": session_id, "all_but": keep} if session_id or keep else {"all": True}
            AuditRepository(session).record(self._clock.now(), "session.end", user_id, **details)

    def _signed_in(self, row: SessionRow, refresh: str, now: datetime) -> SignedIn:
        return SignedIn(
            session_id=row.id,
            user_id=row.user_id,
            access_token=self._tokens.make(row.user_id, row.id, now),
            refresh_token=refresh,
            access_lifetime_s=self._tokens.lifetime_s,
            refresh_lifetime_s=int(self._lifetime.total_seconds()),
        )


def _is_open(row: SessionRow, user: UserRow, now: datetime) -> bool:
    return row.revoked_at is None and row.expires_at > now and user.status == "active"
