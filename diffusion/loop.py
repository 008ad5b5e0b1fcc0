"""The engine's own thread: takes requests and cancellations from other threads, hands events to the messenger."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable

from diffusion.engine import Engine
from diffusion.errors import DiffusionError, QueueFullError, ShuttingDownError
from diffusion.events import Cancelled, Event, Queued, failed, is_terminal
from diffusion.loader import MAX_LOADING, Loader
from diffusion.measuring import Measurer, OnDone
from diffusion.messenger import Client, Listener, Messenger
from diffusion.request import GenerationRequest
from diffusion.source import Source

logger = logging.getLogger(__name__)

IDLE_POLL_S = 0.5
PROBE_SHARE_S = 0.3
"""Seconds of a probe in which an idle engine measures; its last call may take longer."""


class EngineLoop:
    """Runs one engine on one thread, beside the messenger's.

    `listener` and `is_cancelled` are called on the messenger's thread, so that neither delays a step. A cancelled
    request's rows are in no batch that starts after the cancellation was noticed (`diffusion.messenger` says how soon).

    Args:
        engine: not yet used; its runner flushes `messenger` (`diffusion.messenger.NotifyingRunner`).
        messenger: not yet started.
        clock: shared with both.
        loader: reads requests' LoRAs, opens their networks and prepares their masks before the engine gets them.
        measurer: finds out what the networks' calls cost.
    """

    def __init__(
        self,
        engine: Engine,
        messenger: Messenger,
        clock: Callable[[], float],
        loader: Loader | None = None,
        measurer: Measurer | None = None,
    ) -> None:
        self._engine = engine
        self._messenger = messenger
        self._clock = clock
        self._loader = loader
        self._measurer = measurer
        self._loading: dict[str, GenerationRequest] = {}
        self._inbox: deque[Callable[[], None]] = deque()
        self._has_mail = threading.Condition()
        self._is_stopping = False
        self._clients: dict[str, Client] = {}
        self._thread = threading.Thread(target=self._main, name="diffusion-engine", daemon=True)

    def start(self) -> None:
        """Start both threads."""
        self._messenger.start(self.cancel)
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        """End every request with `shutting_down`, tell their clients, end both threads; waits `timeout_s` for each."""
        with self._has_mail:
            self._is_stopping = True
            self._has_mail.notify()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        self._messenger.stop(timeout_s)

    def submit(
        self, request: GenerationRequest, listener: Listener, is_cancelled: Callable[[], bool] = lambda: False
    ) -> None:
        """Hand over a request; `listener` gets its events, exactly one of them terminal."""
        if not self._post(lambda: self._accept(request, Client(request.request_id, listener, is_cancelled))):
            listener(failed(request.request_id, ShuttingDownError()))

    def cancel(self, request_id: str) -> None:
        """Withdraw a request before the next step; its listener gets `Cancelled` unless it has ended."""
        self._post(lambda: self._deliver(self._cancelled(request_id)))

    def call(self, function: Callable[[], None]) -> bool:
        """Run `function` on the engine's thread between two steps (a probe); False when the loop is stopping.

        Where there is nothing to do, the networks' costs are measured a little before.
        """
        return self._post(lambda: self._probed(function))

    def measure(self, on_done: OnDone) -> bool:
        """Measure the networks' costs, a call between any two steps; False when the loop is stopping.

        `on_done` is called on the engine's thread.
        """
        measurer = self._measurer
        return measurer is not None and self._post(lambda: measurer.order(on_done))

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
            self._read_mail(self._wait())
            if self._is_stopping:
                break
            self._guarded(lambda: self._deliver(self._engine.step()))
            if self._measurer is not None:
                self._measure(self._measurer)
        self._deliver(self._engine.fail_all(ShuttingDownError()))
        self._deliver([failed(request_id, ShuttingDownError()) for request_id in self._loading])
        if self._measurer is not None:
            self._measurer.abandon()

    def _measure(self, measurer: Measurer) -> None:
        if self._engine.has_work:
            measurer.postpone()
        if measurer.is_ordered:
            measurer.step()

    def _probed(self, function: Callable[[], None]) -> None:
        if self._measurer is not None and not self._engine.has_work and not self._measurer.is_ordered:
            self._measurer.spend(PROBE_SHARE_S)
        function()

    def _read_mail(self, messages: list[Callable[[], None]]) -> None:
        """Nothing keeps a message afterwards: it may hold what answers a client, and with it Triton's model."""
        for message in messages:
            self._guarded(message)

    def _wait(self) -> list[Callable[[], None]]:
        """What was posted; waits only when the engine has nothing to do now."""
        with self._has_mail:
            if not self._inbox and not self._is_stopping:
                pause = self._pause_s()
                if pause > 0.0:
                    self._messenger.flush()
                    self._has_mail.wait(pause)
            messages = list(self._inbox)
            self._inbox.clear()
            return messages

    def _pause_s(self) -> float:
        if not self._engine.has_work:
            measurer = self._measurer
            return measurer.pause_s() if measurer is not None and measurer.is_ordered else IDLE_POLL_S
        wakeup = self._engine.next_wakeup()
        if not self._engine.is_blocked or wakeup is None:
            return 0.0
        return min(IDLE_POLL_S, max(0.0, wakeup - self._clock()))

    def _accept(self, request: GenerationRequest, client: Client) -> None:
        if request.request_id in self._clients:
            self._messenger.tell(client, failed(request.request_id, _IdInUseError(request.request_id)))
            return
        self._clients[request.request_id] = client
        try:
            if self._loader is not None and self._loader.is_needed(request):
                self._load(self._loader, request)
                return
        except DiffusionError as error:
            self._deliver([failed(request.request_id, error)])
            return
        self._deliver(self._engine.submit(request))

    def _load(self, loader: Loader, request: GenerationRequest) -> None:
        if len(self._loading) >= MAX_LOADING:
            raise QueueFullError(f"{MAX_LOADING} requests wait for their LoRAs, networks and masks", 5.0)
        self._loading[request.request_id] = request

        def done(error: Exception | None, source: Source | None = None) -> None:
            self._post(lambda: self._loaded(request, error, source))

        loader.prepare(request, done)

    def _loaded(self, request: GenerationRequest, error: Exception | None, source: Source | None) -> None:
        if self._loading.get(request.request_id) is not request:
            return  # cancelled meanwhile
        del self._loading[request.request_id]
        self._deliver(self._engine.submit(request, source) if error is None else [failed(request.request_id, error)])

    def _cancelled(self, request_id: str) -> list[Event]:
        request = self._loading.pop(request_id, None)
        if request is None:
            return self._engine.cancel(request_id)
        return [Queued(request_id, 0, request.seed), Cancelled(request_id)]

    def _deliver(self, events: list[Event]) -> None:
        for event in events:
            client = self._clients.get(event.request_id)
            if client is None:
                continue
            if is_terminal(event):
                del self._clients[event.request_id]
            self._messenger.tell(client, event)

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
