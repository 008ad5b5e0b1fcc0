"""One claimed job, from its claim to its end, written down under its fence."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import structlog
from opentelemetry.trace import SpanKind

from diffusion.events import (
    Cancelled,
    Event,
    Failed,
    Finished,
    ImageDone,
    Preview,
    Queued,
    Started,
    StepDone,
)
from gateway.audit.repository import REFUSED
from gateway.backend.standalone import NetworkAwayError
from gateway.jobs.pictures import StoredFile, image_facts, image_row
from gateway.jobs.records import ETA, encoding_of
from gateway.jobs.status import JobStatus
from gateway.jobs.wakeups.base import DeliveriesDue, JobAvailable
from gateway.kit.streams import ended, until
from gateway.observability.tracing import mark_failed
from gateway.provenance.recipe import recipe_of
from gateway.residency.keeper import LoadTimeoutError, ModelLoadError
from gateway.safety.policy import BLOCKED, findings_of, sentence
from gateway.storage.database import DatabaseUnavailableError
from gateway.storage.encoding import preview_data
from gateway.storage.images import StorageError
from gateway.storage.tables import JobRow
from gateway.webhooks.repository import tells_progress
from gateway.worker.events import nothing, plain
from gateway.worker.finishing import Finishing
from gateway.worker.guard import Guard
from gateway.worker.progress import Progress, Throttle
from gateway.worker.repository import ClaimRepository, LeaseLostError
from gateway.worker.request import request_of
from gateway.worker.storing import put_patiently
from gateway.worker.telling import Change, Telling, Write
from gateway.worker.tools import Tools

RETRIED = frozenset({"component_unavailable", "shutting_down", "internal"})
"""Failures that say nothing about the request: another attempt may succeed."""

BACK_OFF_S = 1.0

log = structlog.stdlib.get_logger("gateway.worker")


class JobRun:
    """Runs one job. `cancel` and `abandon` may be called meanwhile. `is_held`: its pipeline is loaded, and stays."""

    def __init__(self, tools: Tools, job: JobRow, *, is_held: bool = True) -> None:
        self._tools = tools
        self._job = job
        self._telling = Telling(tools, job)
        self._progress = Progress(job.input["num_images"], job.input["num_inference_steps"])
        self._told = Throttle(tells_progress(job))
        self._guard = Guard(tools.checker, tools.metrics, job)
        self._stop = asyncio.Event()
        self._outcome: str = ""
        self._eta_s: float | None = None
        self._queued_at = 0.0
        self._finishing = Finishing(tools.marker, job)
        self._storing: asyncio.Task[None] | None = None
        self._held: list[Change] = []
        self._is_whole = False
        self._has_ended = False
        self.backend_was_away = False
        self.is_waiting_for_model = not is_held

    @property
    def model(self) -> str:
        """Whose job it is."""
        return self._job.model

    def cancel(self) -> None:
        """The owner wants it no more."""
        self._end_early("cancel")

    def abandon(self) -> None:
        """The worker stops: the job goes back into the queue."""
        self._end_early("abandon")

    async def run(self) -> None:
        """Run to the end. Whatever happens, the job is finished, handed back, or somebody else's afterwards."""
        job, tracing = self._job, self._tools.tracing
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=job.request_id, job_id=job.id)
        attributes = {"avila.job_id": job.id, "avila.model": job.model, "avila.attempt": job.attempts}
        with tracing.span("job", SpanKind.CONSUMER, parent=job.traceparent, attributes=attributes):
            if job.attempts == 1:
                tracing.queued(job.created_at, job.started_at or self._tools.clock.now())
            await self._run()

    async def _run(self) -> None:
        holding = asyncio.ensure_future(self._hold())
        try:
            async with asyncio.timeout(self._tools.run_limit_s):
                await self._generate()
        except LeaseLostError:
            self._outcome = "lost"
            log.warning("lease lost", job_id=self._job.id, fence=self._job.fence)
        except ModelLoadError as error:
            await self._finish_failed(Failed(self._job.id, "model_load_failed", str(error), {}))
        except LoadTimeoutError as error:
            await self._try_again("model_not_loaded", str(error))
        except TimeoutError:
            reason = f"not finished within the {self._tools.run_limit_s:g} s that a run may take"
            await self._try_again("deadline_exceeded", reason)
        except NetworkAwayError as error:
            log.error("a picture could not be looked at", job_id=self._job.id, reason=str(error))
            reason = "a picture could not be looked at, so it is not shown; try again later"
            await self._try_again("component_unavailable", reason)
        except StorageError:
            log.exception("a picture could not be stored", job_id=self._job.id)
            await self._try_again("storage_unavailable", "the picture could not be stored; try again later")
        except Exception:
            log.exception("a job's run failed", job_id=self._job.id)
            await self._try_again("internal", "the server made an error; its log has the details")
        finally:
            holding.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await holding
            if self._outcome == "lost":
                self._tools.metrics.leases_lost.inc()

    # -- the run ------------------------------------------------------------------------------------------------------

    async def _generate(self) -> None:
        tools = self._tools
        if self._job.model in tools.backend.pipelines and not await self._has_model():
            await self._ended_early()
            return
        request = request_of(self._job, tools.backend.pipelines, tools.clock.now(), has_previews=not self._guard.is_on)
        if isinstance(request, Failed):
            await self._finish_failed(request)
            return
        if (refused := await self._guard.refused_input(request.image)) is not None:
            await self._finish_blocked([refused])
            return
        events = self._tools.metrics.watched(request, self._tools.backend.submit(request))
        with self._tools.tracing.span("generate", SpanKind.CLIENT) as span:
            try:
                async with contextlib.aclosing(until(events, self._stop)) as taken:
                    async for event in taken:
                        await self._take(event)
                        if isinstance(event, Finished):
                            self._tools.tracing.orchestrator(event)
                        elif isinstance(event, Failed):
                            mark_failed(span, event.code)
                        if self._has_ended:
                            break
                await self._stored()
            finally:
                if self._storing is not None:
                    await ended(self._storing)
        if not self._has_ended:
            await self._ended_early()

    async def _has_model(self) -> bool:
        """Wait until its pipeline is loaded; False when the job is to end before."""
        keeper = self._tools.keeper
        if self.is_waiting_for_model and keeper is not None:
            await self._telling.write(Change("starting", {"attempt": self._job.attempts, "loading": True}))
            try:
                if not await self._telling.persistently(lambda: keeper.wait(self._job, self._stop, self._is_gone)):
                    return False
            finally:
                self.is_waiting_for_model = False
            self._tools.wakeups.send(JobAvailable())  # others of its model, which were left waiting for it
        return True

    def _is_gone(self) -> bool:
        return self._job.model not in self._tools.backend.pipelines

    async def _take(self, event: Event) -> None:
        if self._storing is not None and self._storing.done():
            await self._storing  # what went wrong with a picture is not found out at the end only
        match event:
            case Queued():
                self._eta_s, self._queued_at = event.eta_s, self._tools.clock.monotonic()
            case Started():
                await self._write("processing", self._foreseen(), lambda claims: claims.set_processing(self._job))
            case StepDone():
                told = self._progress.after(event)
                self._telling.progress(told, is_last=self._progress.fraction >= 1.0)
            case Preview():
                size = (event.pixels.shape[1], event.pixels.shape[0])
                url = await asyncio.to_thread(preview_data, event.pixels)
                shown = {"image": event.image, "step": event.step, "width": size[0], "height": size[1], "preview": url}
                self._telling.pass_on("preview", shown)
            case ImageDone():
                self._storing = asyncio.ensure_future(self._store(event, self._storing))
            case Finished() | Failed() | Cancelled():
                self._is_whole = isinstance(event, Finished)
                await self._stored()
                if not self._stop.is_set():
                    self._has_ended = True
                    await self._end(event)

    async def _end(self, event: Finished | Failed | Cancelled) -> None:
        match event:
            case Finished() if self._is_all_blocked:
                await self._finish_blocked(findings_of(self._job.moderation))
            case Finished():
                facts = {"queued_s": round(event.queued_s, 4), "running_s": round(event.running_s, 4)}
                await self._write(
                    "succeeded", facts, first=lambda claims: claims.finish(self._job, JobStatus.SUCCEEDED)
                )
            case Failed():
                await self._failed(event)
            case Cancelled():
                await self._write("canceled", {}, lambda claims: claims.finish(self._job, JobStatus.CANCELED))

    def _foreseen(self) -> dict[str, Any]:
        """When the engine expects the job to be finished, where it knows."""
        if self._eta_s is None:
            return {}
        return {ETA: round(max(0.0, self._eta_s - (self._tools.clock.monotonic() - self._queued_at)), 2)}

    async def _stored(self) -> None:
        """Wait for the files of the pictures that have come."""
        if self._storing is not None:
            await self._storing

    async def _store(self, event: ImageDone, before: asyncio.Task[None] | None) -> None:
        """Make a picture's file beside the stream, after that of the one `before`, and write it down.

        The last one's row is held back where the end has come meanwhile, and written with it.
        """
        if before is not None:
            await before
        verdict = await self._guard.judge(event.image, event.seed, event.pixels)
        noted = None if verdict.found is None else self._noted(verdict.found)
        if verdict.pixels is None:
            await self._write("blocked", verdict.found or {}, lambda claims: self._note(claims, noted))
            return
        encoding = encoding_of(self._job.input)
        recipe = recipe_of(self._job.input, self._job.model, self._job.fingerprint, event.seed, event.image)
        with self._tools.tracing.span("encode"):
            data = await asyncio.to_thread(self._finishing.file, verdict.pixels, encoding, recipe)
        height, width = event.pixels.shape[:2]
        with self._tools.tracing.span("store.put"):
            blob = await put_patiently(self._tools.images, data, self._tools.clock, self._stop)
        if blob is None:
            return
        file = StoredFile(blob, encoding.media_type, width, height, len(data))
        action = None if verdict.found is None else verdict.found["action"]
        row = image_row(self._job, event.image, event.seed, file, self._tools.clock.now(), action)

        async def write(claims: ClaimRepository) -> bool:
            await self._note(claims, noted)
            return await claims.add_image(self._job, row)

        change = Change("image", image_facts(row), write)
        if self._is_whole and asyncio.current_task() is self._storing and not self._job.moderation:
            self._held.append(change)
        else:
            await self._telling.write(change)

    # -- what was found in pictures -----------------------------------------------------------------------------------

    def _noted(self, found: dict[str, Any]) -> dict[str, Any]:
        """What the job's row says once this is in it; what an earlier attempt found of the same picture goes."""
        before = [one for one in findings_of(self._job.moderation) if one["image"] != found["image"]]
        self._job.moderation = {**(self._job.moderation or {}), "found": [*before, found]}
        return self._job.moderation

    async def _note(self, claims: ClaimRepository, noted: dict[str, Any] | None) -> None:
        if noted is not None:
            await claims.set_moderation(self._job, noted)

    @property
    def _is_all_blocked(self) -> bool:
        found = findings_of(self._job.moderation)
        blocked = [one for one in found if one["action"] == BLOCKED]
        return len(blocked) == int(self._job.input["num_images"])

    async def _finish_blocked(self, found: list[dict[str, Any]]) -> None:
        """End a job of which nothing may be shown. It is no failure to be tried again, and an act that is kept."""
        stage = found[0]["stage"]
        error = {
            "code": "moderation_blocked",
            "message": f"Blocked by the safety policy: {'; '.join(sentence(one) for one in found)}",
            "facts": {"stage": stage},
        }

        self._job.moderation = noted = {**(self._job.moderation or {}), "found": found}

        async def write(claims: ClaimRepository) -> None:
            details = {"stage": stage, "owner": self._job.owner}
            claims.audit.record(self._tools.clock.now(), "safety.block", self._job.id, REFUSED, **details)
            await claims.set_moderation(self._job, noted)
            await claims.finish(self._job, JobStatus.FAILED, error)

        await self._write("failed", {"error": error}, write)

    # -- how it ends --------------------------------------------------------------------------------------------------

    async def _failed(self, event: Failed) -> None:
        if event.code == "queue_full":  # the engine's own bound; no attempt was made
            await self._hand_back(float(event.facts.get("retry_after_s", BACK_OFF_S)), counts=False)
        elif event.code in RETRIED:
            self.backend_was_away = event.code == "component_unavailable"
            if self._tools.keeper is not None:
                self._tools.keeper.poke()  # the server may have been started again, without what it had
            await self._try_again(event.code, event.message)
        else:
            await self._finish_failed(event)

    async def _finish_failed(self, event: Failed) -> None:
        error = {"code": event.code, "message": event.message, "facts": plain(event.facts)}
        await self._write("failed", {"error": error}, lambda claims: claims.finish(self._job, JobStatus.FAILED, error))

    async def _try_again(self, code: str, message: str) -> None:
        """Hand the job back with growing delays, or fail it after its last attempt."""
        with contextlib.suppress(LeaseLostError):
            if self._job.attempts < self._job.max_attempts:
                await self._hand_back(BACK_OFF_S * 2 ** (self._job.attempts - 1), counts=True)
            else:
                await self._finish_failed(Failed(self._job.id, code, message, {}))

    async def _hand_back(self, delay_s: float, *, counts: bool) -> None:
        await self._write(
            "queued", {"retry_in_s": delay_s}, lambda claims: claims.hand_back(self._job, delay_s, counts=counts)
        )
        self._tools.wakeups.send(JobAvailable())

    async def _ended_early(self) -> None:
        if self._outcome == "cancel":
            await self._write("canceled", {}, lambda claims: claims.finish(self._job, JobStatus.CANCELED))
        elif self._outcome == "abandon":
            await self._hand_back(0.0, counts=False)

    def _end_early(self, outcome: str) -> None:
        self._outcome = self._outcome or outcome
        self._stop.set()

    # -- writing it down ----------------------------------------------------------------------------------------------

    async def _write(self, kind: str, data: dict[str, Any], write: Write = nothing, *, first: Write = nothing) -> None:
        """Write a change after what was held back for it, and `first` before both. Raises LeaseLostError."""
        held, self._held = self._held, []
        await self._telling.write(*held, Change(kind, data, write), first=first)

    async def _hold(self) -> None:
        """Keep the lease, write the progress down, and hear of cancellations that no wake-up told."""
        while True:
            await asyncio.sleep(self._tools.lease_s / 3)
            is_told = False
            try:
                async with self._tools.database.transaction() as session:
                    claims = ClaimRepository(session, self._tools.clock.now())
                    if await claims.hold(self._job, self._tools.lease_s, self._progress.fraction):
                        self.cancel()
                    elif is_told := self._told.is_due(self._progress.fraction, self._tools.clock.monotonic()):
                        await claims.tell_progress(self._job, self._progress.fraction)
                if is_told:
                    self._tools.wakeups.send(DeliveriesDue())
            except LeaseLostError:
                self._end_early("lost")
                return
            except DatabaseUnavailableError as error:
                log.warning("the lease cannot be renewed", job_id=self._job.id, reason=str(error))
