"""Who is asking, and what he may do."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


class Role(StrEnum):
    """What a person may do; each role may do all that the one before it may."""

    VIEWER = "viewer"
    USER = "user"
    ADMIN = "admin"

    @property
    def rank(self) -> Rank:
        """For comparison."""
        return Rank[self.name]


class Rank(IntEnum):
    """The roles in order."""

    VIEWER = 1
    USER = 2
    ADMIN = 3


class Scope(StrEnum):
    """What a key is good for."""

    READ = "read"
    GENERATE = "generate"
    ADMIN = "admin"


DEFAULT_SCOPES = frozenset({Scope.READ, Scope.GENERATE})


def _network(text: str) -> str:
    return str(ipaddress.ip_network(text, strict=False))


Network = Annotated[str, Field(max_length=50), AfterValidator(_network)]


class KeyPolicy(BaseModel):
    """Bounds of one key, beside those of its owner. None means no bound of its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    models: Annotated[list[str], Field(max_length=100)] | None = None
    addresses: Annotated[list[Network], Field(max_length=100)] | None = None
    max_parallel: Annotated[int, Field(ge=1, le=1000)] | None = None
    max_priority: Annotated[int, Field(ge=-2, le=2)] | None = None
    requests_per_minute: Annotated[int, Field(ge=1, le=100_000)] | None = None
    images_per_day: Annotated[int, Field(ge=0, le=10_000_000)] | None = None

    def allows_address(self, address: str | None) -> bool:
        """Whether the key may be used from there; an address that cannot be read is allowed nowhere."""
        if self.addresses is None:
            return True
        try:
            found = ipaddress.ip_address(address or "")
        except ValueError:
            return False
        return any(found in ipaddress.ip_network(network) for network in self.addresses)

    def allows_model(self, name: str) -> bool:
        """Whether the key may use a model."""
        return self.models is None or name in self.models


@dataclass(frozen=True, slots=True)
class Subject:
    """Who is asking.

    Attributes:
        owner: whom jobs, images and limits belong to: the user, or the key where a key belongs to nobody.
        user_id: the person, or None for a key of the installation itself.
        session_id: of a signed-in device, or None for a key.
        requests_per_minute: what is set for the person, or None.
    """

    owner: str
    role: Role = Role.USER
    scopes: frozenset[Scope] = frozenset(Scope)
    key_id: str | None = None
    user_id: str | None = None
    session_id: str | None = None
    policy: KeyPolicy = field(default_factory=KeyPolicy)
    requests_per_minute: int | None = None

    def may(self, role: Role, scope: Scope) -> bool:
        """Whether both the person and the key he uses are allowed it."""
        return self.role.rank >= role.rank and scope in self.scopes
