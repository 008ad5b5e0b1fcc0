"""One process: delivery is a call."""

from __future__ import annotations

from gateway.jobs.wakeups.base import Listener, Message, Wakeups


class InProcessWakeups:
    """Delivers to the one listener at once."""

    def __init__(self) -> None:
        self._listener: Listener | None = None

    async def start(self, listener: Listener) -> None:
        """See `Wakeups`."""
        self._listener = listener

    async def aclose(self) -> None:
        """See `Wakeups`."""
        self._listener = None

    def send(self, message: Message) -> None:
        """See `Wakeups`."""
        if self._listener is not None:
            self._listener(message)


_: type[Wakeups] = InProcessWakeups
