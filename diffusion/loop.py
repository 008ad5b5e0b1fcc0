"""The engine's own thread: takes requests and cancellations from other threads, hands events to their listeners."""

from __future__ import annotations

import logging
import math
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from diffusion.engine import Engine
from diffusion.errors import DiffusionError, ShuttingDownError
from diffusion.events import Event, Started, failed, is_terminal
from diffusion.request import GenerationRequest

logger = logging.getLogger(__name__)

Listener = Callable[[Event], None]
IDLE_POLL_S = 0.5
WAITING_POLL_S = 0.2


@dataclass(slots=True)
class _Client:
    listener: Listener
    is_cancelled: Callable[[], bool]
    has_started: bool = False


class EngineLoop:
    """Runs one engine on one thread.

    `listener` and `is_cancelled` are called on that thread: they must not block. A request that has started is asked
    before every step, so that cancelled rows are in no later batch; one that waits, five times a second: in Triton each
    question is a message to another process, and a long queue must not slow the steps down.
    """

    def __init__(self, engine: Engine, clock: Callable[[], float]) -> None:
        self._engine = engine
        self._clock = clock
        self._inbox: deque[Callable[[], None]] = deque()
        self._has_mail = threading.Condition()
        self._is_stopping = False
        self._clients: dict[str, _Client] = {}
        self._waiting_asked_at = -math.inf
        self._thread = threading.Thread(target=self._main, name="diffusion-engine", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        """End every request with `shutting_down` and the thread with them; waits at most `timeout_s`."""
        with self._has_mail:
            self._is_stopping = True
            self._has_mail.notify()
        if self._thread.is_alive():
            self._thread.join(timeout_s)

    def submit(
        self, request: GenerationRequest, listener: Listener, is_cancelled: Callable[[], bool] = lambda: False
    ) -> None:
        """Hand over a request; `listener` gets its events, exactly one of them terminal."""
        if not self._post(lambda: self._accept(request, _Client(listener, is_cancelled))):
            listener(failed(request.request_id, ShuttingDownError()))

    def cancel(self, request_id: str) -> None:
        """Withdraw a request before the next step; its listener gets `Cancelled` unless it has ended."""
        self._post(lambda: self._deliver(self._engine.cancel(request_id)))

    def call(self, function: Callable[[], None]) -> bool:
        """Run `function` on the engine's thread between two steps (a probe); False when the loop is stopping."""
        return self._post(function)

    # -- on the engine's thread ---------------------------------------------------------------------------------------

    def _post(self, message: Callable[[], None]) -> bool:
        with self._has_mail:
            if self._is_stopping:
                return False
            self._inbox.append(message)
            self._has_mail.notify()
            return True

    def _main(self) -> None:
        while True:
            messages = self._wait()
            for message in messages:
                self._guarded(message)
            if self._is_stopping:
                break
            self._guarded(self._step)
        self._deliver(self._engine.fail_all(ShuttingDownError()))

    def _wait(self) -> list[Callable[[], None]]:
        """What was posted; waits only when the engine has nothing to do now."""
        with self._has_mail:
            if not self._inbox and not self._is_stopping:
                pause = self._pause_s()
                if pause > 0.0:
                    self._has_mail.wait(pause)
            messages = list(self._inbox)
            self._inbox.clear()
            return messages

    def _pause_s(self) -> float:
        if not self._engine.has_work:
            return IDLE_POLL_S
        wakeup = self._engine.next_wakeup()
        if not self._engine.is_blocked or wakeup is None:
            return 0.0
        return min(IDLE_POLL_S, max(0.0, wakeup - self._clock()))

    def _step(self) -> None:
        asks_everybody = self._clock() - self._waiting_asked_at > WAITING_POLL_S
        if asks_everybody:
            self._waiting_asked_at = self._clock()
        for request_id, client in list(self._clients.items()):
            if (client.has_started or asks_everybody) and client.is_cancelled():
                self._deliver(self._engine.cancel(request_id))
        self._deliver(self._engine.step())

    def _accept(self, request: GenerationRequest, client: _Client) -> None:
        if request.request_id in self._clients:
            client.listener(failed(request.request_id, _IdInUseError(request.request_id)))
            return
        self._clients[request.request_id] = client
        self._deliver(self._engine.submit(request))

    def _deliver(self, events: list[Event]) -> None:
        for event in events:
            client = self._clients.get(event.request_id)
            if client is None:
                continue
            if isinstance(event, Started):
                client.has_started = True
            if is_terminal(event):
                del self._clients[event.request_id]
            try:
                client.listener(event)
            except Exception:
                logger.exception("the listener of request %s failed", event.request_id)

    def _guarded(self, action: Callable[[], None]) -> None:
        """A defect in the engine must not leave clients waiting for ever: everybody is told, and the loop goes on."""
        try:
            action()
        except Exception as error:
            logger.exception("a defect in the engine")
            self._deliver(self._engine.fail_all(error))


class _IdInUseError(DiffusionError):
    code = "id_in_use"

    def __init__(self, request_id: str) -> None:
        super().__init__(f"request id {request_id!r} is in use; choose another")
