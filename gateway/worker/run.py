"""One claimed job, from its claim to its end, written down under its fence."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog

from diffusion.admission import make_request
from diffusion.errors import InvalidFieldError
from diffusion.events import Cancelled, Event, Failed, Finished, ImageDone, Preview, Started, StepDone, failed
from diffusion.request import GenerationRequest
from gateway.backend.base import Backend
from gateway.jobs.pictures import StoredFile, image_facts, image_row
from gateway.jobs.records import EVENTS_PER_CLAIM, REQUEST_FIELDS, JobEvent, encoding_of
from gateway.jobs.status import JobStatus
from gateway.jobs.wakeups.base import JobAvailable, Wakeups
from gateway.kit.clock import Clock
from gateway.kit.streams import until
from gateway.observability.metrics import Metrics
from gateway.storage.database import Database, DatabaseUnavailableError
from gateway.storage.encoding import encode, preview_data
from gateway.storage.images import ImageStore, StorageError
from gateway.storage.tables import JobRow
from gateway.worker.progress import Progress
from gateway.worker.repository import ClaimRepository, LeaseLostError

T = TypeVar("T")
RETRIED = frozenset({"component_unavailable", "shutting_down", "internal"})
"""Failures that say nothing about the request: another attempt may succeed."""

BACK_OFF_S = 1.0
DATABASE_RETRY_S = 0.5
log = structlog.stdlib.get_logger("gateway.worker")


@dataclass(frozen=True, slots=True)
class Tools:
    """What every job of a worker uses."""

    database: Database
    backend: Backend
    images: ImageStore
    wakeups: Wakeups
    clock: Clock
    metrics: Metrics
    lease_s: float
    run_limit_s: float


class JobRun:
    """Runs one job. `cancel` and `abandon` may be called while it runs."""

    def __init__(self, tools: Tools, job: JobRow) -> None:
        self._tools = tools
        self._job = job
        self._last_id = started_event(job).id
        self._progress = Progress(job.input["num_images"], job.input["num_inference_steps"])
        self._stop = asyncio.Event()
        self._outcome: str = ""

    def cancel(self) -> None:
        """The owner wants it no more."""
        self._end_early("cancel")

    def abandon(self) -> None:
        """The worker stops: the job goes back into the queue."""
        self._end_early("abandon")

    async def run(self) -> None:
        """Run to the end. Whatever happens, the job is finished, handed back, or somebody else's afterwards."""
        holding = asyncio.ensure_future(self._hold())
        try:
            async with asyncio.timeout(self._tools.run_limit_s):
                await self._generate()
        except LeaseLostError:
            log.warning("lease lost", job_id=self._job.id, fence=self._job.fence)
        except TimeoutError:
            reason = f"not finished within the {self._tools.run_limit_s:g} s that a run may take"
            await self._try_again("deadline_exceeded", reason)
        except StorageError as error:
            log.exception("a picture could not be stored", job_id=self._job.id)
            await self._try_again("storage_unavailable", str(error))
        except Exception:
            log.exception("a job's run failed", job_id=self._job.id)
            await self._try_again("internal", "the server made an error; its log has the details")
        finally:
            holding.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await holding

    # -- the run ------------------------------------------------------------------------------------------------------

    async def _generate(self) -> None:
        request = self._request()
        if isinstance(request, Failed):
            await self._finish_failed(request)
            return
        events = self._tools.metrics.watched(request, self._tools.backend.submit(request))
        async with contextlib.aclosing(until(events, self._stop)) as taken:
            async for event in taken:
                await self._take(event)
                if isinstance(event, Finished | Failed | Cancelled):
                    return
        await self._ended_early()

    def _request(self) -> GenerationRequest | Failed:
        stored, pipelines = self._job.input, self._tools.backend.pipelines
        spec = pipelines.get(self._job.model)
        if spec is None:
            return Failed(
                self._job.id,
                "model_not_found",
                f"the model '{self._job.model}' is not installed any more",
                {"field": "model"},
            )
        given = {name: stored[name] for name in REQUEST_FIELDS if name != "prompt"}
        if given["deadline_s"] is not None:
            waited = (self._tools.clock.now() - self._job.created_at).total_seconds()
            given["deadline_s"] = max(0.001, given["deadline_s"] - waited)
        try:
            return make_request(
                spec,
                request_id=f"{self._job.id}.{self._job.fence}",
                prompt=stored["prompt"],
                owner=self._job.owner,
                priority=self._job.priority,
                **given,
            )
        except InvalidFieldError as error:  # the pipeline's bounds are narrower than when the job was accepted
            return failed(self._job.id, error)

    async def _take(self, event: Event) -> None:
        match event:
            case Started():
                await self._emit("processing", {}, lambda claims: claims.set_processing(self._job))
            case StepDone():
                await self._pass_on("progress", self._progress.after(event))
            case Preview():
                size = (event.pixels.shape[1], event.pixels.shape[0])
                url = await asyncio.to_thread(preview_data, event.pixels)
                shown = {"image": event.image, "step": event.step, "width": size[0], "height": size[1], "preview": url}
                await self._pass_on("preview", shown)
            case ImageDone():
                await self._store(event)
            case Finished():
                facts = {"queued_s": round(event.queued_s, 4), "running_s": round(event.running_s, 4)}
                await self._emit("succeeded", facts, lambda claims: claims.finish(self._job, JobStatus.SUCCEEDED))
            case Failed():
                await self._failed(event)
            case Cancelled():
                await self._emit("canceled", {}, lambda claims: claims.finish(self._job, JobStatus.CANCELED))

    async def _store(self, event: ImageDone) -> None:
        encoding = encoding_of(self._job.input)
        data = await asyncio.to_thread(encode, event.pixels, encoding)
        height, width = event.pixels.shape[:2]
        file = StoredFile(await self._tools.images.put(data), encoding.media_type, width, height, len(data))
        row = image_row(self._job, event.image, event.seed, file, self._tools.clock.now())
        await self._emit("image", image_facts(row), lambda claims: claims.add_image(self._job, row))

    # -- how it ends --------------------------------------------------------------------------------------------------

    async def _failed(self, event: Failed) -> None:
        if event.code == "queue_full":  # the engine's own bound; no attempt was made
            await self._hand_back(float(event.facts.get("retry_after_s", BACK_OFF_S)), counts=False)
        elif event.code in RETRIED:
            await self._try_again(event.code, event.message)
        else:
            await self._finish_failed(event)

    async def _finish_failed(self, event: Failed) -> None:
        error = {"code": event.code, "message": event.message, "facts": _plain(event.facts)}
        await self._emit("failed", {"error": error}, lambda claims: claims.finish(self._job, JobStatus.FAILED, error))

    async def _try_again(self, code: str, message: str) -> None:
        """Hand the job back with growing delays, or fail it after its last attempt."""
        with contextlib.suppress(LeaseLostError):
            if self._job.attempts < self._job.max_attempts:
                await self._hand_back(BACK_OFF_S * 2 ** (self._job.attempts - 1), counts=True)
            else:
                await self._finish_failed(Failed(self._job.id, code, message, {}))

    async def _hand_back(self, delay_s: float, *, counts: bool) -> None:
        await self._emit(
            "queued", {"retry_in_s": delay_s}, lambda claims: claims.hand_back(self._job, delay_s, counts=counts)
        )
        await self._tools.wakeups.send(JobAvailable())

    async def _ended_early(self) -> None:
        if self._outcome == "cancel":
            await self._emit("canceled", {}, lambda claims: claims.finish(self._job, JobStatus.CANCELED))
        elif self._outcome == "abandon":
            await self._hand_back(0.0, counts=False)

    def _end_early(self, outcome: str) -> None:
        self._outcome = self._outcome or outcome
        self._stop.set()

    # -- writing it down ----------------------------------------------------------------------------------------------

    async def _emit(
        self, kind: str, data: dict[str, Any], write: Callable[[ClaimRepository], Awaitable[bool | None]]
    ) -> None:
        """Write a change and its event in one transaction, then tell of it; a change that is none (False) has no event.

        Raises:
            LeaseLostError: see there.
        """
        self._last_id += 1
        event = JobEvent(self._job.id, self._job.owner, self._last_id, kind, data)

        async def both() -> bool:
            async with self._tools.database.transaction() as session:
                claims = ClaimRepository(session, self._tools.clock.now())
                if await claims.has_event(event):  # stored by a commit whose answer was lost
                    return True
                if await write(claims) is False:
                    return False
                await claims.add_event(event)
                return True

        if await self._persistently(both):
            await self._tools.wakeups.send(event)

    async def _pass_on(self, kind: str, data: dict[str, Any]) -> None:
        self._last_id += 1
        await self._tools.wakeups.send(JobEvent(self._job.id, self._job.owner, self._last_id, kind, data))

    async def _persistently(self, work: Callable[[], Awaitable[T]]) -> T:
        """Do it as soon as the database is there."""
        while True:
            try:
                return await work()
            except DatabaseUnavailableError as error:
                log.warning("the database is away", job_id=self._job.id, reason=str(error))
                await asyncio.sleep(DATABASE_RETRY_S)

    async def _hold(self) -> None:
        """Keep the lease, write the progress down, and hear of cancellations that no wake-up told."""
        while True:
            await asyncio.sleep(self._tools.lease_s / 3)
            try:
                async with self._tools.database.transaction() as session:
                    claims = ClaimRepository(session, self._tools.clock.now())
                    if await claims.hold(self._job, self._tools.lease_s, self._progress.fraction):
                        self.cancel()
            except LeaseLostError:
                self._end_early("lost")
                return
            except DatabaseUnavailableError as error:
                log.warning("the lease cannot be renewed", job_id=self._job.id, reason=str(error))


def started_event(job: JobRow) -> JobEvent:
    """The event of a claim; stored in the claim's own transaction."""
    return JobEvent(job.id, job.owner, job.fence * EVENTS_PER_CLAIM, "starting", {"attempt": job.attempts})


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts of an error that JSON can hold."""
    return {name: value for name, value in facts.items() if isinstance(value, str | int | float | bool | type(None))}
