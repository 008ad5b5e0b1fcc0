"""Where an act comes from, kept beside the call: set once for each request, read where the act is written down."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Origin:
    """Who acts, and from where. Without a request it is the command line or the program itself.

    Attributes:
        actor: the user, or the key of the installation itself; "" for somebody who has not said who he is.
        key_id: the key he used, if any.
    """

    actor: str = "system"
    key_id: str | None = None
    address: str | None = None
    request_id: str | None = None


_ORIGIN: ContextVar[Origin] = ContextVar("avila_origin", default=Origin())  # noqa: B039 - it is frozen


def origin() -> Origin:
    """Of the act that is being done."""
    return _ORIGIN.get()


def begin_request(request_id: str, address: str | None) -> None:
    """A request has come; who sends it is not known yet."""
    _ORIGIN.set(Origin("", None, address, request_id))


def set_actor(actor: str, key_id: str | None = None) -> None:
    """It is known by now."""
    _ORIGIN.set(replace(_ORIGIN.get(), actor=actor, key_id=key_id))


def act_for(somebody: Origin) -> None:
    """From here on, in this task: what is done is done for him, who has asked another process for it."""
    _ORIGIN.set(somebody)
