"""Bodies and answers of `/v1/keys`."""

from __future__ import annotations

import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from gateway.auth.service import KeyInfo
from gateway.auth.subject import DEFAULT_SCOPES, KeyPolicy, Scope


class KeyBody(BaseModel):
    """A new key."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=100)]
    scopes: Annotated[frozenset[Scope], Field(min_length=1)] = DEFAULT_SCOPES
    policy: KeyPolicy = KeyPolicy()
    expires_at: AwareDatetime | None = None


class Key(BaseModel):
    """What may be shown of a key."""

    id: str
    name: str
    prefix: str
    scopes: list[str]
    policy: KeyPolicy
    user_id: str | None
    created_at: datetime.datetime
    expires_at: datetime.datetime | None
    last_used_at: datetime.datetime | None
    revoked_at: datetime.datetime | None

    @classmethod
    def of(cls, info: KeyInfo) -> Key:
        """From what the service knows."""
        return cls(
            id=info.id,
            name=info.name,
            prefix=info.prefix,
            scopes=sorted(info.scopes),
            policy=info.policy,
            user_id=info.user_id,
            created_at=info.created_at,
            expires_at=info.expires_at,
            last_used_at=info.last_used_at,
            revoked_at=info.revoked_at,
        )


class NewKey(Key):
    """With the key itself, shown this once."""

    key: str

    @classmethod
    def made(cls, info: KeyInfo, text: str) -> NewKey:
        """From what was made."""
        return cls(key=text, **Key.of(info).model_dump())


class OwnedKey(Key):
    """With the address of whose it is; null where it belongs to the installation."""

    owner_name: str | None

    @classmethod
    def owned(cls, info: KeyInfo, owner_name: str | None) -> OwnedKey:
        """From what the service knows."""
        return cls(owner_name=owner_name, **Key.of(info).model_dump())


class KeyList(BaseModel):
    """A page of anybody's keys, oldest first."""

    results: list[OwnedKey]
    next: str | None
