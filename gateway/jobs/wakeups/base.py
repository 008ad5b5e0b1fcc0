"""The port, and the messages that pass through it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from gateway.jobs.records import JobEvent


@dataclass(frozen=True, slots=True)
class JobAvailable:
    """A job can be claimed."""


@dataclass(frozen=True, slots=True)
class CancelRequested:
    """A running job is to stop."""

    job_id: str


@dataclass(frozen=True, slots=True)
class DeliveriesDue:
    """Webhooks are to be sent."""


Message: TypeAlias = JobAvailable | CancelRequested | DeliveriesDue | JobEvent
Listener: TypeAlias = Callable[[Message], None]


class Wakeups(Protocol):
    """Carries messages to every process, the sending one included. Losing some is allowed, blocking is not."""

    async def start(self, listener: Listener) -> None:
        """Begin to deliver; `listener` is called in the event loop and must not block."""
        ...

    async def aclose(self) -> None:
        """Stop."""
        ...

    def send(self, message: Message) -> None:
        """Deliver `message` soon, as far as possible; never raises for a carrier that is away."""
        ...


def encode(message: Message) -> str:
    """The text of a message."""
    if isinstance(message, JobEvent):
        fields = [message.job_id, message.owner, message.id, message.type, message.data]
        return json.dumps(["event", *fields], separators=(",", ":"), ensure_ascii=False)
    if isinstance(message, DeliveriesDue):
        return json.dumps(["deliveries"])
    return json.dumps(["cancel", message.job_id] if isinstance(message, CancelRequested) else ["available"])


def decode(text: str) -> Message:
    """The inverse of `encode`."""
    kind, *fields = json.loads(text)
    if kind == "event":
        return JobEvent(*fields)
    if kind == "deliveries":
        return DeliveriesDue()
    return CancelRequested(*fields) if kind == "cancel" else JobAvailable()
