"""The engine: one `step` is one decision of the scheduler, run. No thread, no I/O, no clock but the one it is given."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass

from diffusion.components import Component
from diffusion.conditioning import TextTokenizer, tokenize
from diffusion.errors import ComponentUnavailableError, DeadlineExceededError, DiffusionError, NotFiniteError
from diffusion.events import Cancelled, Event, Finished, ImageDone, Pixels, Preview, Queued, Started, StepDone, failed
from diffusion.execution import Executor
from diffusion.pipeline import PipelineSpec
from diffusion.request import GenerationRequest
from diffusion.runner import Runner
from diffusion.scheduling.batch_key import BatchKey
from diffusion.scheduling.records import Batch, Entry, Phase, Ticket
from diffusion.scheduling.scheduler import Scheduler
from diffusion.solvers.noise_schedule import NoiseSchedule
from diffusion.solvers.registry import build_table
from diffusion.state import ImageState, RequestState

logger = logging.getLogger(__name__)

RETRY_S = 0.5
MAX_OUTAGE_S = 20.0


@dataclass(frozen=True, slots=True)
class BatchReport:
    """What one batch cost, for metrics: `rows` is 0 when everything was remembered."""

    phase: Phase
    images: int
    rows: int
    seconds: float


class Engine:
    """Runs requests of one pipeline. Not thread-safe: `diffusion.loop.EngineLoop` gives it its thread.

    Args:
        spec: the pipeline.
        scheduler: decides; shares `clock`.
        runner: reaches the networks.
        tokenizer: of the pipeline's checkpoint.
        clock: seconds that never go back.
        on_batch: told of every batch that ran.
    """

    def __init__(
        self,
        spec: PipelineSpec,
        scheduler: Scheduler,
        runner: Runner,
        tokenizer: TextTokenizer,
        clock: Callable[[], float],
        on_batch: Callable[[BatchReport], None] = lambda _: None,
    ) -> None:
        self._spec = spec
        self._scheduler = scheduler
        self._tokenizer = tokenizer
        self._clock = clock
        self._on_batch = on_batch
        self._executor = Executor(spec, runner)
        self._noise_schedule = NoiseSchedule.from_config(spec.noise_schedule)
        self._states: dict[str, RequestState] = {}
        self._outage_since = math.inf

    # -- requests in and out ------------------------------------------------------------------------------------------

    def submit(self, request: GenerationRequest) -> list[Event]:
        """Accept a request: `[Queued]`, or `[Failed]` with the reason it was refused for."""
        try:
            state = self._state_of(request)
            position = self._scheduler.add(self._ticket(state))
        except DiffusionError as error:
            return [failed(request.request_id, error)]
        self._states[request.request_id] = state
        return [Queued(request.request_id, position, request.seed)]

    def cancel(self, request_id: str) -> list[Event]:
        """Withdraw a request: its rows are in no later batch. Nothing when it has ended already."""
        if not self._forget(request_id):
            return []
        return [Cancelled(request_id)]

    def fail_all(self, error: Exception) -> list[Event]:
        """End every request with `error` (shutdown, or a defect of the engine itself)."""
        return [event for request_id in list(self._states) for event in self._fail(request_id, error)]

    @property
    def is_blocked(self) -> bool:
        """Whether the requests that are here must wait for `next_wakeup` (a component is away)."""
        return self._scheduler.is_deferred

    @property
    def has_work(self) -> bool:
        """Whether any request is here."""
        return bool(self._states)

    def next_wakeup(self) -> float | None:
        """When `step` may next do something without being told anything, on the clock; None: never."""
        return self._scheduler.next_wakeup()

    # -- the loop's body ----------------------------------------------------------------------------------------------

    def step(self) -> list[Event]:
        """Run at most one batch; returns what happened, possibly nothing."""
        events: list[Event] = []
        for request_id in self._scheduler.expired():
            deadline = self._states[request_id].request.deadline_s or 0.0
            events += self._fail(request_id, DeadlineExceededError(deadline))
        batch = self._scheduler.schedule()
        if batch is not None:
            events += self._run(batch)
        if not self._states:
            self._executor.forget()
        return events

    def _run(self, batch: Batch) -> list[Event]:
        started = self._clock()
        try:
            events, rows = self._execute(batch)
        except ComponentUnavailableError as error:
            return self._wait_for_repair(batch, error)
        except Exception as error:  # noqa: BLE001 - whatever a batch dies of, only its own requests may die with it
            return self._find_culprit(batch, error)
        self._outage_since = math.inf
        finished = self._scheduler.complete(batch)
        self._on_batch(BatchReport(batch.phase, len(batch.images), rows, self._clock() - started))
        return events + [self._finish(entry) for entry in finished]

    def _execute(self, batch: Batch) -> tuple[list[Event], int]:
        if batch.phase is Phase.ENCODE:
            return [], self._executor.encode([self._states[image_id.request_id] for image_id in batch.images])
        images = [self._states[image_id.request_id].images[image_id.image] for image_id in batch.images]
        if batch.phase is Phase.DECODE:
            return self._decode(images), len(images)
        return self._denoise(images)

    def _denoise(self, images: list[ImageState]) -> tuple[list[Event], int]:
        steps_before = [image.step for image in images]
        not_finite, rows = self._executor.denoise(images)
        events: list[Event] = []
        for image, before in zip(images, steps_before, strict=True):
            if image in not_finite:
                error = NotFiniteError(Component.UNET, before + 1)
                events += self._fail(image.parent.request.request_id, error)
            elif image.step > before:
                events += self._progress(image, rows)
        return events, rows

    def _progress(self, image: ImageState, rows: int) -> list[Event]:
        request = image.parent.request
        if request.request_id not in self._states:
            return []  # another of its images has just failed
        events: list[Event] = []
        if not image.parent.has_started:
            image.parent.has_started = True
            events.append(Started(request.request_id))
        step, total = image.step, request.num_inference_steps
        events.append(StepDone(request.request_id, image.image, step, total, rows))
        if request.preview_every and step % request.preview_every == 0 and step < total:
            events.append(Preview(request.request_id, image.image, step, self._executor.preview(image)))
        return events

    def _decode(self, images: list[ImageState]) -> list[Event]:
        events: list[Event] = []
        for image, pixels in zip(images, self._executor.decode(images), strict=True):
            events += self._decoded(image, pixels)
        return events

    def _decoded(self, image: ImageState, pixels: Pixels | None) -> list[Event]:
        request_id = image.parent.request.request_id
        if pixels is None:
            error = NotFiniteError(Component.VAE_DECODER, image.parent.request.num_inference_steps)
            return self._fail(request_id, error)
        return [ImageDone(request_id, image.image, image.seed, pixels)] if request_id in self._states else []

    # -- when a batch fails -------------------------------------------------------------------------------------------

    def _wait_for_repair(self, batch: Batch, error: ComponentUnavailableError) -> list[Event]:
        """Keep the rows and try again shortly; past `MAX_OUTAGE_S` without any success the batch's requests fail.

        Its images run alone meanwhile: one of them may be what kills the component.
        """
        now = self._clock()
        self._outage_since = min(self._outage_since, now)
        if now - self._outage_since > MAX_OUTAGE_S:
            return self._fail_batch(batch, error)
        logger.warning("%s; trying again in %.1f s", error, RETRY_S)
        self._scheduler.isolate(batch)
        self._scheduler.defer(RETRY_S)
        return []

    def _find_culprit(self, batch: Batch, error: Exception) -> list[Event]:
        """One request alone fails with the error; of several, each runs alone and the one at fault shows itself."""
        logger.warning("a batch of %d failed: %r", len(batch.images), error, exc_info=error)
        if len(batch.images) == 1:
            return self._fail_batch(batch, error)
        self._scheduler.isolate(batch)
        return []

    def _fail_batch(self, batch: Batch, error: Exception) -> list[Event]:
        request_ids = dict.fromkeys(image_id.request_id for image_id in batch.images)
        return [event for request_id in request_ids for event in self._fail(request_id, error)]

    def _fail(self, request_id: str, error: Exception) -> list[Event]:
        return [failed(request_id, error)] if self._forget(request_id) else []

    # -- records ------------------------------------------------------------------------------------------------------

    def _forget(self, request_id: str) -> bool:
        self._scheduler.remove(request_id)
        return self._states.pop(request_id, None) is not None

    def _finish(self, entry: Entry) -> Finished:
        now = self._clock()
        started = now if entry.started_at is None else entry.started_at
        self._states.pop(entry.ticket.request_id, None)
        return Finished(entry.ticket.request_id, started - entry.accepted_at, now - started)

    def _state_of(self, request: GenerationRequest) -> RequestState:
        prompt = tokenize(request, self._spec, self._tokenizer)
        table = build_table(request.sampler, request.schedule, self._noise_schedule, request.num_inference_steps)
        state = RequestState(request, table, prompt)
        height, width = self._spec.latent_size(request.width, request.height)
        shape = (self._spec.latent.channels, height, width)
        state.images = [ImageState.start(state, image, shape) for image in range(request.num_images)]
        return state

    def _ticket(self, state: RequestState) -> Ticket:
        request = state.request
        height, width = self._spec.latent_size(request.width, request.height)
        return Ticket(
            request_id=request.request_id,
            owner=request.owner,
            key=BatchKey(height, width, state.prompt.num_chunks),
            num_images=request.num_images,
            rows_per_image=2 if request.uses_guidance else 1,
            num_evaluations=len(state.table.timesteps),
            priority=request.priority,
            deadline_s=request.deadline_s,
        )
