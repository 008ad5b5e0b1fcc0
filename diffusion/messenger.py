"""Tells clients what happened to their requests and asks whether they are still there, on a thread of its own.

In Triton each of the two is a message to another process (0.1 to 0.7 ms on the machine of `benchmarks/results`): on the
engine's thread they would lengthen every step. Two Python threads run in turns, though, so a step's news wait until
the engine has its next call under way (`NotifyingRunner`), and are sent while it waits for the answer.
"""

from __future__ import annotations

import logging
import math
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from diffusion.components import Network, Tensor
from diffusion.events import Event, Started, is_terminal
from diffusion.runner import Runner

logger = logging.getLogger(__name__)

Listener = Callable[[Event], None]
ASK_STARTED_S = 0.05
ASK_WAITING_S = 0.2
IDLE_S = 0.5


@dataclass(slots=True, eq=False)
class Client:
    """Who wants to know of one request, and how to find out that he went away."""

    request_id: str
    listener: Listener
    is_cancelled: Callable[[], bool]
    ask_every_s: float = ASK_WAITING_S
    asked_at: float = -math.inf


class Messenger:
    """Delivers events in the order they were handed over.

    Clients past their first step are asked every `ASK_STARTED_S` whether they went away, those that wait every
    `ASK_WAITING_S`. Both a listener and the question may take their time, at the cost of other clients' news; neither
    delays a step.

    Args:
        clock: seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._cancel: Callable[[str], None] = lambda _: None
        self._outbox: deque[tuple[Client, Event]] = deque()
        self._may_go = threading.Condition()
        self._is_flushed = False
        self._is_stopping = False
        self._clients: dict[int, Client] = {}
        self._thread = threading.Thread(target=self._main, name="diffusion-messenger", daemon=True)

    def start(self, cancel: Callable[[str], None]) -> None:
        """Start the thread; `cancel` withdraws a request whose client went away and is called on that thread."""
        self._cancel = cancel
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Deliver what was handed over, then end the thread; waits at most `timeout_s`."""
        with self._may_go:
            self._is_stopping = True
            self._may_go.notify()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def tell(self, client: Client, event: Event) -> None:
        """Hand over one event, to be delivered after the next `flush`; called on the engine's thread only."""
        self._outbox.append((client, event))

    def flush(self) -> None:
        """Deliver what was handed over, now; returns at once."""
        with self._may_go:
            self._is_flushed = True
            self._may_go.notify()

    # -- on the messenger's thread ------------------------------------------------------------------------------------

    def _main(self) -> None:
        while True:
            with self._may_go:
                if not self._is_flushed and not self._is_stopping:
                    self._may_go.wait(self._pause_s())
                is_last, self._is_flushed = self._is_stopping, False
                mail = [self._outbox.popleft() for _ in range(len(self._outbox))]
            for client, event in mail:
                self._deliver(client, event)
            if is_last:
                return
            self._ask()

    def _pause_s(self) -> float:
        now = self._clock()
        pauses = [client.asked_at + client.ask_every_s - now for client in self._clients.values()]
        return max(0.0, min(pauses, default=IDLE_S))

    def _deliver(self, client: Client, event: Event) -> None:
        if is_terminal(event):
            self._clients.pop(id(client), None)
        else:
            self._clients[id(client)] = client
        if isinstance(event, Started):
            client.ask_every_s = ASK_STARTED_S
        try:
            client.listener(event)
        except Exception:
            logger.exception("the listener of request %s failed", event.request_id)

    def _ask(self) -> None:
        now = self._clock()
        for client in list(self._clients.values()):
            if now - client.asked_at < client.ask_every_s:
                continue
            client.asked_at = now
            try:
                is_gone = client.is_cancelled()
            except Exception:
                logger.exception("cannot tell whether the client of request %s is there", client.request_id)
                continue
            if is_gone:
                self._cancel(client.request_id)


class NotifyingRunner:
    """A Runner that has the news of the last step delivered while its call is under way."""

    def __init__(self, runner: Runner, flush: Callable[[], None]) -> None:
        self._runner = runner
        self._flush = flush

    def run(self, component: Network, inputs: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """See `diffusion.runner.Runner`."""
        self._flush()
        return self._runner.run(component, inputs)
