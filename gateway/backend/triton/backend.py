"""The backend port on Triton: one gRPC stream per request, and a watch over the pipelines."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path

from diffusion.errors import ComponentUnavailableError, ShuttingDownError
from diffusion.events import Event, failed, is_terminal
from diffusion.pipeline import PipelineSpec
from diffusion.request import GenerationRequest
from diffusion.wire import decode_event, encode_request
from gateway.backend.base import Backend, Health
from gateway.backend.installed import InstalledPipelines
from gateway.backend.triton.client import TritonClient, TritonError
from gateway.backend.triton.prober import Condition, Finding, PipelineProber, probe
from gateway.observability.tracing import current_traceparent

logger = logging.getLogger(__name__)

START_TIMEOUT_S = 5.0
HEALTH_TIMEOUT_S = 4.0
PROBE_S, LIVE_S = 1.5, 1.0
LOOK_S = 2.0
FRESH_S = 1.0  # a finding older than this is asked for again before readiness is told
STREAM_END_S = 1.0
"""A stream is left to end by itself: one that is cancelled after its last response keeps Triton's model for ever."""

MISSING_REPORTS = 2  # a request that the orchestrator does not know twice in a row is lost


@dataclass(slots=True, eq=False)
class _Flight:
    """One request on its way through Triton."""

    request: GenerationRequest
    submitted_at: float
    events: asyncio.Queue[Event] = field(default_factory=asyncio.Queue)
    missing: int = 0
    has_ended: bool = False

    def lose(self, reason: str) -> None:
        self.events.put_nowait(_lost(self.request, reason))


class TritonBackend:
    """See `gateway.backend.base.Backend`. Made and used on one event loop.

    Args:
        url: `host:port` of Triton's gRPC port.
        repository: the model repository, where this machine has it: what is installed there can be asked for before it
            is loaded.
        control_token: gives the secret of a server that says only to who has it what is loaded.
    """

    def __init__(self, url: str, repository: Path | None = None, control_token: Callable[[], str] = str) -> None:
        self._installed = InstalledPipelines(repository) if repository else None
        self._client = TritonClient(url, control_token)
        self._probed: dict[str, PipelineSpec] = {}
        self._findings: dict[str, Finding] = {}
        self._flights: set[_Flight] = set()
        self._watch: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None
        self._is_answered = False
        self._is_closing = False
        self._seen = asyncio.Event()

    async def start(self) -> None:
        """Begin to watch the server; waits a few seconds for the first word of it, and goes on without."""
        if self._installed is not None:
            await asyncio.to_thread(self._installed.look)
            self._looking = asyncio.create_task(self._keep_looking(self._installed), name="installed-pipelines")
        prober = PipelineProber(self._client, self._on_finding, self._on_index, fallback=lambda: set(self.pipelines))
        self._watch = asyncio.create_task(prober.run(), name="triton-prober")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(START_TIMEOUT_S):
                await self._seen.wait()

    async def aclose(self) -> None:
        """End the running requests with `shutting_down` and close the connection."""
        self._is_closing = True
        for flight in list(self._flights):
            flight.events.put_nowait(failed(flight.request.request_id, ShuttingDownError()))
        for task in (self._watch, self._looking):
            if task is not None:
                task.cancel()
                await asyncio.wait([task])
        await self._client.aclose()

    @property
    def pipelines(self) -> Mapping[str, PipelineSpec]:
        """The installed pipelines; where the repository is not here, those that are loaded and have answered."""
        installed = self._installed.specs if self._installed else {}
        return installed or self._probed

    async def submit(self, request: GenerationRequest) -> AsyncGenerator[Event, None]:
        """The events of `request`; closing the generator cancels it."""
        if self._is_closing:
            yield failed(request.request_id, ShuttingDownError())
            return
        flight = _Flight(request, time.monotonic())
        self._flights.add(flight)
        reader = asyncio.create_task(self._read(flight), name=f"triton-stream-{request.request_id}")
        try:
            while True:
                event = await flight.events.get()
                flight.has_ended = is_terminal(event)
                yield event
                if flight.has_ended:
                    return
        finally:
            self._flights.discard(flight)
            if flight.has_ended:
                await asyncio.wait([reader], timeout=STREAM_END_S)
            reader.cancel()
            await asyncio.wait([reader])

    async def health(self) -> Health:
        """Ready when one of the loaded pipelines is, or none is loaded: the reason names those that are not."""
        if self._is_closing:
            return Health(False, "stopping")
        try:
            async with asyncio.timeout(HEALTH_TIMEOUT_S):
                await self._refresh()
        except TimeoutError:
            pass  # the findings there are say how long ago the last good answer was
        if not self._findings:
            if self._is_answered and self.pipelines:
                return Health(True, "no pipeline is loaded")
            return Health(False, "Triton does not answer, or has no pipeline")
        problems = [
            _problem(finding) for finding in self._findings.values() if finding.condition is not Condition.READY
        ]
        return Health(len(problems) < len(self._findings), "; ".join(problems))

    # -- the watch ----------------------------------------------------------------------------------------------------

    async def _refresh(self) -> None:
        stale = [name for name, finding in self._findings.items() if time.monotonic() - finding.asked_at > FRESH_S]
        for finding in await asyncio.gather(*(probe(self._client, name, PROBE_S) for name in stale)):
            if finding.condition is not Condition.SILENT:
                self._on_finding(finding)
            elif not await self._client.is_live(LIVE_S):
                self._on_finding(replace(finding, condition=Condition.GONE, reason="Triton does not answer"))
            # else it is busy: the watch waits for the longest step before it says anything

    async def _keep_looking(self, installed: InstalledPipelines) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            await asyncio.to_thread(installed.look)

    def _on_index(self, loaded: set[str] | None) -> None:
        self._is_answered = loaded is not None
        if loaded is None:
            return
        for gone in self._findings.keys() - loaded:
            del self._findings[gone]
            self._probed.pop(gone, None)
        if not loaded:
            self._seen.set()

    def _on_finding(self, finding: Finding) -> None:
        before = self._findings.get(finding.pipeline)
        if before is not None and before.asked_at > finding.asked_at:
            return
        if before is None or before.condition is not finding.condition:
            logger.info("pipeline %s: %s %s", finding.pipeline, finding.condition.value, finding.reason)
        self._findings[finding.pipeline] = finding
        if finding.report is not None:
            self._probed[finding.pipeline] = finding.report.spec
        self._find_lost(finding)
        self._seen.set()

    def _find_lost(self, finding: Finding) -> None:
        """A killed orchestrator leaves its clients waiting for ever: Triton neither answers nor ends their streams."""
        for flight in list(self._flights):
            if flight.request.pipeline != finding.pipeline or flight.submitted_at > finding.asked_at:
                continue
            if finding.condition is Condition.AWAY and finding.culprit == finding.pipeline:
                flight.lose(finding.reason)
            elif finding.report is not None:
                known = flight.request.request_id in finding.report.in_flight
                flight.missing = 0 if known else flight.missing + 1
                if flight.missing >= MISSING_REPORTS:
                    flight.lose("the orchestrator was restarted and does not know the request")

    # -- one request --------------------------------------------------------------------------------------------------

    async def _read(self, flight: _Flight) -> None:
        request = flight.request
        try:
            arrays, trace = encode_request(request), current_traceparent()
            stream = self._client.stream(request.pipeline, arrays, request.request_id, trace)
            async with aclosing(stream) as responses:
                async for text, pixels in responses:
                    flight.events.put_nowait(decode_event(text, pixels))
        except TritonError as error:
            flight.lose(str(error))
        except Exception as error:
            logger.exception("the stream of request %s", request.request_id)
            flight.events.put_nowait(failed(request.request_id, error))
        else:
            flight.lose("Triton ended the stream before the request was done")


def _lost(request: GenerationRequest, reason: str) -> Event:
    return failed(request.request_id, ComponentUnavailableError(request.pipeline, reason))


def _problem(finding: Finding) -> str:
    return f"{finding.culprit or finding.pipeline} is {finding.condition.value}: {finding.reason}"


_: type[Backend] = TritonBackend
