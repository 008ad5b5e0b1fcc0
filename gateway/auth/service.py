"""API keys: made, listed, revoked and checked. The command line and the HTTP surface call the same functions."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from gateway.auth.keys import PREFIX_LENGTH, hash_of, is_well_formed, make_key
from gateway.auth.repository import KeyRepository
from gateway.errors import AuthenticationError, InvalidRequestError, NotFoundError
from gateway.kit.clock import Clock
from gateway.kit.ids import new_id
from gateway.storage.database import Database
from gateway.storage.tables import ApiKey

if TYPE_CHECKING:
    from collections.abc import Mapping

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

    @classmethod
    def of(cls, row: ApiKey) -> KeyInfo:
        """From its row."""
        return cls(row.id, row.name, row.prefix, row.created_at, row.last_used_at, row.revoked_at)


@dataclass(frozen=True, slots=True)
class Subject:
    """Who is asking. `owner` is whom fairness and quotas are counted for."""

    key_id: str
    owner: str


class KeyService:
    """Keeps the keys. The last use is gathered in memory and written every half minute, never once per request."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._used: dict[str, datetime] = {}

    async def create(self, name: str) -> tuple[KeyInfo, str]:
        """Make a key; returns what is known of it and its text, which cannot be had again.

        Raises:
            InvalidRequestError: the name is empty, too long, or in use by a key that is not revoked.
        """
        name = name.strip()
        if not name or len(name) > MAX_NAME_CHARS or not name.isprintable():
            raise InvalidRequestError(
                f"name: expected 1 to {MAX_NAME_CHARS} printable characters, {len(name)} given", field="name"
            )
        made, now = make_key(), self._clock.now()
        row = ApiKey(id=new_id("key", now), name=name, prefix=made.prefix, hash=made.hash, created_at=now)
        async with self._database.transaction() as session:
            keys = KeyRepository(session)
            if any(key.name == name for key in await keys.named(name)):
                raise InvalidRequestError(
                    f"name: a key named {name!r} exists; revoke it or choose another", field="name"
                )
            keys.add(row)
        return KeyInfo.of(row), made.text

    async def list(self) -> Sequence[KeyInfo]:
        """Every key, revoked ones too, oldest first."""
        await self.flush()
        async with self._database.reading() as session:
            return [KeyInfo.of(row) for row in await KeyRepository(session).all()]

    async def revoke(self, reference: str) -> KeyInfo:
        """End the key with this id, prefix or name, from now on.

        Raises:
            NotFoundError: no key in force is called so.
            InvalidRequestError: several are.
        """
        async with self._database.transaction() as session:
            keys = KeyRepository(session)
            found = await keys.named(reference)
            if not found:
                raise NotFoundError(f"no key in force has the id, prefix or name {reference!r}")
            if len(found) > 1:
                raise InvalidRequestError(f"several keys are called {reference!r}; give the id or the prefix")
            now = self._clock.now()
            await keys.revoke(found[0].id, now)
        return KeyInfo.of(found[0])

    async def authenticate(self, text: str) -> Subject:
        """Who this key stands for.

        Raises:
            AuthenticationError: malformed, unknown or revoked; the answer does not say which.
        """
        row = None
        if is_well_formed(text):
            async with self._database.reading() as session:
                row = await KeyRepository(session).by_prefix(text[:PREFIX_LENGTH])
        stored = row.hash if row is not None else "0" * 64
        if not hmac.compare_digest(stored, hash_of(text)) or row is None or row.revoked_at is not None:
            raise AuthenticationError(REFUSED)
        self._used[row.id] = self._clock.now()
        return Subject(key_id=row.id, owner=row.id)

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
