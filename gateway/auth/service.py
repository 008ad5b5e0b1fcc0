"""API keys: made, listed, rotated, revoked, checked. The command line and the HTTP surface call the same functions."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from gateway.audit.repository import REFUSED as REFUSED_ACT
from gateway.audit.repository import AuditRepository
from gateway.auth.keys import PREFIX_LENGTH, hash_of, is_well_formed, make_key
from gateway.auth.repository import KeyRepository
from gateway.auth.subject import DEFAULT_SCOPES, KeyPolicy, Role, Scope, Subject
from gateway.errors import AuthenticationError, InvalidRequestError, NotFoundError, PermissionDeniedError
from gateway.kit.clock import Clock
from gateway.kit.ids import new_id
from gateway.storage.database import Database
from gateway.storage.tables import ApiKey, UserRow

if TYPE_CHECKING:
    from collections.abc import Mapping

NO_BOUNDS = KeyPolicy()
MAX_NAME_CHARS = 100
FLUSH_EVERY_S = 30.0
REFUSED = "The API key is missing or not valid; send it as 'Authorization: Bearer av_…'"


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """What may be shown of a key."""

    id: str
    name: str
    prefix: str
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    expires_at: datetime | None
    user_id: str | None
    scopes: tuple[str, ...]
    policy: KeyPolicy

    @classmethod
    def of(cls, row: ApiKey) -> KeyInfo:
        """From its row."""
        return cls(
            id=row.id,
            name=row.name,
            prefix=row.prefix,
            created_at=row.created_at,
            last_used_at=row.last_used_at,
            revoked_at=row.revoked_at,
            expires_at=row.expires_at,
            user_id=row.user_id,
            scopes=tuple(row.scopes.split()),
            policy=KeyPolicy.model_validate(row.policy),
        )


@dataclass(frozen=True, slots=True)
class KeyWish:
    """A key that is to be made."""

    name: str
    user_id: str | None = None
    scopes: frozenset[Scope] = DEFAULT_SCOPES
    policy: KeyPolicy = NO_BOUNDS
    expires_at: datetime | None = None


class KeyService:
    """Keeps the keys. The last use is gathered in memory and written every half minute, never once per request."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._used: dict[str, datetime] = {}

    async def create(self, wish: KeyWish | str) -> tuple[KeyInfo, str]:
        """Make a key; returns what is known of it and its text, which cannot be had again.

        Args:
            wish: what key; a bare name stands for a key of the installation itself with the usual scopes.

        Raises:
            InvalidRequestError: the name is empty, too long, or in use by a key that is not revoked.
        """
        wish = KeyWish(wish) if isinstance(wish, str) else wish
        name, now = _checked_name(wish.name), self._clock.now()
        if wish.expires_at is not None and wish.expires_at <= now:
            raise InvalidRequestError("expires_at: it has passed already", field="expires_at")
        made = make_key()
        row = ApiKey(
            id=new_id("key", now),
            user_id=wish.user_id,
            name=name,
            prefix=made.prefix,
            hash=made.hash,
            scopes=" ".join(sorted(wish.scopes)),
            policy=wish.policy.model_dump(exclude_defaults=True),
            created_at=now,
            expires_at=wish.expires_at,
        )
        async with self._database.transaction() as session:
            keys = KeyRepository(session)
            if any(key.name == name for key in await keys.named(name, wish.user_id)):
                raise InvalidRequestError(
                    f"name: a key named {name!r} exists; revoke it or choose another", field="name"
                )
            keys.add(row)
            AuditRepository(session).record(now, "key.create", row.id, owner=row.user_id, scopes=row.scopes)
        return KeyInfo.of(row), made.text

    async def list(
        self, user_id: str | None = None, after: str | None = None, limit: int | None = None
    ) -> Sequence[KeyInfo]:
        """Every key, revoked ones too, oldest first; of one user, or only some beyond `after`, if given."""
        await self.flush()
        async with self._database.reading() as session:
            return [KeyInfo.of(row) for row in await KeyRepository(session).all(user_id, after, limit)]

    async def owners(self, keys: Sequence[KeyInfo]) -> Mapping[str, str]:
        """The addresses of those whose keys these are, by their ids."""
        async with self._database.reading() as session:
            return await KeyRepository(session).owners({key.user_id for key in keys if key.user_id is not None})

    async def revoke(self, reference: str, user_id: str | None = None) -> KeyInfo:
        """End the key with this id, prefix or name, from now on; of one user if given.

        Raises:
            NotFoundError: no key in force is called so.
            InvalidRequestError: several are.
        """
        async with self._database.transaction() as session:
            keys = KeyRepository(session)
            found = await keys.named(reference, user_id)
            if not found:
                raise NotFoundError(f"no key in force has the id, prefix or name {reference[:100]!r}")
            if len(found) > 1:
                raise InvalidRequestError(f"several keys are called {reference[:100]!r}; give the id or the prefix")
            await keys.revoke(found[0].id, self._clock.now())
            AuditRepository(session).record(self._clock.now(), "key.revoke", found[0].id, owner=found[0].user_id)
        return KeyInfo.of(found[0])

    async def revoke_id(self, key_id: str) -> None:
        """The same for exactly this key, whoever's it is; an administrator names no key by its name.

        Raises:
            NotFoundError: no key in force has this id.
        """
        async with self._database.transaction() as session:
            keys = KeyRepository(session)
            found = [key for key in await keys.named(key_id) if key.id == key_id]
            if not found:
                raise NotFoundError(f"no key in force has the id {key_id[:100]!r}")
            await keys.revoke(key_id, self._clock.now())
            AuditRepository(session).record(self._clock.now(), "key.revoke", key_id, owner=found[0].user_id)

    async def rotate(self, reference: str, user_id: str | None = None) -> tuple[KeyInfo, str]:
        """Replace a key by a new one with the same name and bounds; the old one ends at once."""
        old = await self.revoke(reference, user_id)
        scopes = frozenset(Scope(scope) for scope in old.scopes)
        return await self.create(KeyWish(old.name, old.user_id, scopes, old.policy, old.expires_at))

    async def authenticate(self, text: str, address: str | None = None) -> Subject:
        """Who this key stands for.

        Raises:
            AuthenticationError: malformed, unknown, revoked or expired, or its owner may not sign in; the answer does
                not say which.
            PermissionDeniedError: it is good, but not from this address.
        """
        found = None
        if is_well_formed(text):
            async with self._database.reading() as session:
                found = await KeyRepository(session).by_prefix(text[:PREFIX_LENGTH])
        stored = found[0].hash if found is not None else "0" * 64
        now = self._clock.now()
        if not hmac.compare_digest(stored, hash_of(text)) or found is None or not _is_in_force(*found, now):
            if found is not None:
                await self._note_refusal(found[0].id, "it is not in force, or its secret is wrong")
            raise AuthenticationError(REFUSED)
        key, user = found
        subject = Subject(
            owner=key.user_id or key.id,
            role=_role_of(key, user),
            scopes=frozenset(Scope(scope) for scope in key.scopes.split()),
            key_id=key.id,
            user_id=key.user_id,
            policy=KeyPolicy.model_validate(key.policy),
            requests_per_minute=None if user is None else user.limits.get("requests_per_minute"),
        )
        if not subject.policy.allows_address(address):
            await self._note_refusal(key.id, "the address is not allowed")
            raise PermissionDeniedError("This key may not be used from this address")
        self._used[key.id] = now
        return subject

    async def _note_refusal(self, key_id: str, reason: str) -> None:
        async with self._database.transaction() as session:
            AuditRepository(session).record(self._clock.now(), "key.use", key_id, REFUSED_ACT, reason=reason)

    async def flush(self) -> None:
        """Write the last uses gathered so far."""
        used: Mapping[str, datetime] = self._used
        self._used = {}
        if used:
            async with self._database.transaction() as session:
                await KeyRepository(session).set_last_used(used)

    async def keep_flushing(self) -> None:
        """Write the last uses for ever; run as a task by the application."""
        while True:
            await asyncio.sleep(FLUSH_EVERY_S)
            await self.flush()


def _checked_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > MAX_NAME_CHARS or not name.isprintable():
        raise InvalidRequestError(
            f"name: expected 1 to {MAX_NAME_CHARS} printable characters, {len(name)} given", field="name"
        )
    return name


def _is_in_force(key: ApiKey, user: UserRow | None, now: datetime) -> bool:
    owner_is_fine = key.user_id is None or (user is not None and user.status == "active")
    return key.revoked_at is None and (key.expires_at is None or key.expires_at > now) and owner_is_fine


def _role_of(key: ApiKey, user: UserRow | None) -> Role:
    """A key of the installation itself is as mighty as its scopes: whoever made it had the database at hand."""
    return Role(user.role) if user is not None else Role.ADMIN
