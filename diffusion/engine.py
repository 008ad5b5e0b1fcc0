"""The engine: one `step` is one decision of the scheduler, run. No thread, no I/O, no clock but the one it is given."""

from __future__ import annotations

import dataclasses
import itertools
import logging
import math
from collections.abc import Callable
from dataclasses import dataclass

from diffusion.components import Component
from diffusion.conditioning import tokenize
from diffusion.errors import ComponentUnavailableError, DeadlineExceededError, DiffusionError, NotFiniteError
from diffusion.events import Cancelled, Event, Finished, ImageDone, Pixels, Preview, Queued, Started, StepDone, failed
from diffusion.execution import Executor, unet_variant
from diffusion.guidance import rows_per_image
from diffusion.loras.factors import LoraSet
from diffusion.loras.library import LoraLibrary
from diffusion.passes import plan_passes
from diffusion.pipeline import PipelineSpec
from diffusion.prompt.advice import advice_on
from diffusion.prompt.chunks import TextTokenizer
from diffusion.request import GenerationRequest
from diffusion.runner import Runner, TimedRunner
from diffusion.scheduling.batch_key import BatchKey
from diffusion.scheduling.records import Batch, Entry, Phase, Stage, Ticket
from diffusion.scheduling.scheduler import Scheduler
from diffusion.solvers.noise_schedule import NoiseSchedule
from diffusion.source import Source, make_source, with_maps_of_part
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

    Attributes:
        loras: where requests' LoRAs come from; none until it is set.
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
        self.loras = LoraLibrary()
        self._runner = TimedRunner(runner, clock)
        self._executor = Executor(spec, self._runner)
        self._noise_schedule = NoiseSchedule.from_config(spec.noise_schedule)
        self._states: dict[str, RequestState] = {}
        self._outage_since = math.inf

    # -- requests in and out ------------------------------------------------------------------------------------------

    def submit(self, request: GenerationRequest, source: Source | None = None) -> list[Event]:
        """Accept a request: `[Queued]`, or `[Failed]` with the reason it was refused for.

        `source` is its picture made ready, where that was done before.
        """
        held: LoraSet | None = None
        try:
            held = self.loras.hold(request.loras, self._spec)
            state = self._state_of(request, held, source)
            position = self._scheduler.add(self._ticket(state))
        except DiffusionError as error:
            self.loras.release(held)
            return [failed(request.request_id, error)]
        self._states[request.request_id] = state
        # not dataclasses.asdict: it would copy the pictures
        fields = {field.name: getattr(request, field.name) for field in dataclasses.fields(request)}
        advice = advice_on(fields, is_guided_by_rows=not self._spec.guidance_width)
        eta_s = self._scheduler.predicted_s(request.request_id)
        return [Queued(request.request_id, position, request.seed, advice, eta_s)]

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
        started, spent_before = self._clock(), self._runner.spent_s
        try:
            events, rows = self._execute(batch)
        except ComponentUnavailableError as error:
            return self._wait_for_repair(batch, error)
        except Exception as error:  # noqa: BLE001 - whatever a batch dies of, only its own requests may die with it
            return self._find_culprit(batch, error)
        self._outage_since = math.inf
        finished = self._scheduler.complete(batch)
        ended, network_s = self._clock(), self._runner.spent_s - spent_before
        self._on_batch(BatchReport(batch.phase, len(batch.images), rows, ended - started))
        for request_id in {image_id.request_id for image_id in batch.images} & self._states.keys():
            self._states[request_id].spent(batch.phase.name.lower(), started, ended, network_s)
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
                error = NotFiniteError(self._spec.denoiser, before + 1)
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
        step, total = image.step, image.parent.num_steps
        now = self._clock()
        if step == total or now - image.told_at >= request.progress_every_s:
            image.told_at = now
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
            error = NotFiniteError(Component.VAE_DECODER, image.parent.num_steps)
            return self._fail(request_id, error)
        if request_id not in self._states:
            return []  # another of its images has just failed
        inpainting = image.parent.inpainting
        finished = pixels if inpainting is None else inpainting.finished(pixels)
        return [ImageDone(request_id, image.image, image.seed, finished)]

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
        return self._let_go(request_id) is not None

    def _let_go(self, request_id: str) -> RequestState | None:
        state = self._states.pop(request_id, None)
        if state is not None:
            self.loras.release(state.loras)
        return state

    def _finish(self, entry: Entry) -> Finished:
        now = self._clock()
        started = now if entry.started_at is None else entry.started_at
        state = self._let_go(entry.ticket.request_id)
        phases = () if state is None else tuple(state.phases.values())
        since = entry.accepted_at
        phases = tuple(phase._replace(from_s=phase.from_s - since, to_s=phase.to_s - since) for phase in phases)
        return Finished(entry.ticket.request_id, started - since, now - started, phases)

    def _state_of(self, request: GenerationRequest, loras: LoraSet | None, source: Source | None) -> RequestState:
        prompt = tokenize(request, self._spec, self._tokenizer)
        source = source or make_source(request, self._spec.latent.pixels)
        request = with_maps_of_part(request, source)
        state = RequestState(request, plan_passes(request, self._spec, self._noise_schedule), prompt, loras, source)
        state.images = [ImageState.start(state, image) for image in range(request.num_images)]
        return state

    def _ticket(self, state: RequestState) -> Ticket:
        request = state.request
        return Ticket(
            request_id=request.request_id,
            owner=request.owner,
            stages=_stages(state),
            num_images=request.num_images,
            priority=request.priority,
            deadline_s=request.deadline_s,
            text_rows=len(state.prompt.passages) * state.prompt.num_chunks,
            has_picture=state.source is not None,
        )


def _stages(state: RequestState) -> tuple[Stage, ...]:
    stages = []
    for one in state.passes:
        _, height, width = one.shape
        kinds = ((unet_variant(state, one, k), k < one.guided) for k in range(one.table.num_evaluations))
        for (variant, is_guided), evaluations in itertools.groupby(kinds):
            key = BatchKey(height, width, state.prompt.num_chunks, variant)
            rows = rows_per_image(state, is_guided=is_guided)
            stages.append(Stage(key, rows, sum(1 for _ in evaluations)))
    return tuple(stages)
