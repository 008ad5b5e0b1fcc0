"""The port of the generator: sends one request and says how it ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from benchmarks.load.schedule import Request


class RejectedError(Exception):
    """The service refuses the request for now: its queue is full or a limit is reached."""


class FailedError(Exception):
    """The request ended without a picture; the message says why, in few words."""


class Sender(Protocol):
    """Speaks one protocol to one service."""

    async def send(self, request: Request, on_first: Callable[[], None]) -> None:
        """Run `request` to its picture. Cancelling the task gives the request up, as a caller who leaves does.

        Args:
            request: what to ask for.
            on_first: called once, at the first event that tells of progress.

        Raises:
            RejectedError: not accepted now.
            FailedError: anything else that ended it.
        """
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...
