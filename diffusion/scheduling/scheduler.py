"""The step scheduler: `add` requests, then repeat `schedule` and one of `complete`, `isolate`, `defer`, `remove`."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from diffusion.errors import DeadlineUnmeetableError, QueueFullError
from diffusion.scheduling.batch_key import BatchKey
from diffusion.scheduling.costs import CostModel
from diffusion.scheduling.forecast import Stretch, Work, finish_in_s, work_s
from diffusion.scheduling.policy import FairPolicy
from diffusion.scheduling.records import Batch, Entry, ImageId, Phase, Slot, Ticket

DOUBT = 1.15
"""A deadline is refused when the forecast is past it by more than this: most forecasts are nearer to the truth."""


@dataclass(frozen=True, slots=True)
class SchedulerConfig:
    """Bounds of the scheduler.

    Attributes:
        max_waiting: requests that may wait for their first step; one more is rejected.
        row_cap: most rows of one denoising call, by batch key (from a measured profile or a constant).
        costs: what batches will take.
        encode_cap, decode_cap: most requests of one encoding, images of one decoding batch.
        ageing_s: seconds without service that raise a request's priority by one.
    """

    max_waiting: int
    row_cap: Callable[[BatchKey], int]
    encode_cap: int
    decode_cap: int
    costs: CostModel
    ageing_s: float = 10.0


class Scheduler:
    """Owns the queue and every request's place in it. Not thread-safe: one engine calls it.

    `clock` returns seconds that never go back.
    """

    def __init__(self, config: SchedulerConfig, clock: Callable[[], float]) -> None:
        self._config = config
        self._clock = clock
        self._costs = config.costs
        self._policy = FairPolicy(config.ageing_s, self._next_batch_s)
        self._entries: dict[str, Entry] = {}
        self._arrivals = 0
        self._resume_at = -math.inf
        self._scheduled_at = 0.0

    # -- requests in and out ------------------------------------------------------------------------------------------

    def add(self, ticket: Ticket) -> int:
        """Accept a request; returns how many wait before it. Its entry then holds when it should be finished.

        Raises:
            QueueFullError: `max_waiting` requests wait already.
            DeadlineUnmeetableError: it would be finished too late.
            ValueError: the id is in use (a mistake of the caller).
        """
        if ticket.request_id in self._entries:
            raise ValueError(f"request id {ticket.request_id!r} is in use")
        waiting = self.num_waiting
        if waiting >= self._config.max_waiting:
            raise QueueFullError(f"the queue is full ({waiting} requests wait)", self._retry_after_s())
        now = self._clock()
        entry = Entry(ticket, self._arrivals, now)
        entry.slots = [Slot(ImageId(ticket.request_id, i), entry) for i in range(ticket.num_images)]
        entry.predicted_s = self._predicted_s([*self._entries.values(), entry], entry, self._costs)
        self._check_deadline(entry)
        self._arrivals += 1
        self._entries[ticket.request_id] = entry
        return waiting

    def remove(self, request_id: str) -> bool:
        """Forget a request (cancelled or failed), whatever it is doing; False when it is not here any more."""
        return self._entries.pop(request_id, None) is not None

    def expired(self) -> list[str]:
        """Requests whose deadline has passed; the caller removes them."""
        now = self._clock()
        return [entry.ticket.request_id for entry in self._entries.values() if entry.deadline <= now]

    # -- decisions ----------------------------------------------------------------------------------------------------

    def schedule(self) -> Batch | None:
        """The next batch, or None when there is nothing to do now. Finished latents are decoded first, and a request
        that has earned a place in a denoising batch is encoded before that batch runs."""
        if self.is_deferred:
            return None
        now = self._clock()
        slots = [slot for entry in self._entries.values() for slot in entry.slots if not slot.is_decoded]
        if not slots:
            return None
        self._scheduled_at = now
        to_decode = [slot for slot in slots if slot.needs_decoding]
        if to_decode:
            return self._decode_batch(to_decode)
        return self._denoise_batch(self._policy.order(slots, now), now)

    def _decode_batch(self, slots: Sequence[Slot]) -> Batch:
        first = min(slots, key=lambda slot: slot.sort_key)
        key = first.key
        same = sorted((slot for slot in slots if slot.key == key), key=lambda slot: slot.sort_key)
        chosen = _pick(same, self._config.decode_cap, lambda _: 1)
        return Batch(Phase.DECODE, key, tuple(slot.id for slot in chosen))

    def _denoise_batch(self, order: Sequence[Slot], now: float) -> Batch:
        key = order[0].key
        chosen = _pick(order, self._config.row_cap(key), lambda slot: slot.rows)
        to_encode = {slot.entry.ticket.request_id: slot for slot in chosen if not slot.entry.is_encoded}
        if to_encode:
            first_slots = [slot.entry.slots[0] for slot in to_encode.values()]
            picked = _pick(first_slots, self._config.encode_cap, lambda _: 1)
            return Batch(Phase.ENCODE, key, tuple(slot.id for slot in picked))
        self._policy.charge(key, chosen, now)
        for slot in order:
            slot.is_running = False
        for slot in chosen:
            slot.is_running = True
            if slot.entry.started_at is None:
                slot.entry.started_at = now
        return Batch(Phase.DENOISE, key, tuple(slot.id for slot in chosen))

    # -- outcomes -----------------------------------------------------------------------------------------------------

    def complete(self, batch: Batch) -> list[Entry]:
        """`batch` succeeded. Images removed since it was scheduled are passed over. Returns the requests that finished
        with it, which are forgotten."""
        slots = self._present(batch)
        self._learn(batch, slots)
        for slot in slots:
            slot.is_suspect = False
            if batch.phase is Phase.ENCODE:
                slot.entry.is_encoded = True
            elif batch.phase is Phase.DENOISE:
                slot.done += 1
            else:
                slot.is_decoded = True
        finished = [entry for entry in _entries_of(slots) if entry.is_finished]
        for entry in finished:
            del self._entries[entry.ticket.request_id]
        return finished

    def isolate(self, batch: Batch) -> None:
        """`batch` failed and one of several may be at fault: each of its images runs alone from now on."""
        for slot in self._present(batch):
            slot.is_suspect = True

    def defer(self, seconds: float) -> None:
        """Nothing can run now (a component is away): schedule nothing for `seconds`."""
        self._resume_at = self._clock() + seconds

    def _present(self, batch: Batch) -> list[Slot]:
        return [
            self._entries[image_id.request_id].slots[image_id.image]
            for image_id in batch.images
            if image_id.request_id in self._entries
        ]

    def _learn(self, batch: Batch, slots: Sequence[Slot]) -> None:
        if len(slots) < len(batch.images):
            return  # some were withdrawn meanwhile, and their rows are not known any more
        rows = sum(slot.rows for slot in slots) if batch.phase is Phase.DENOISE else len(slots)
        self._costs.observe(batch.phase, batch.key, rows, self._clock() - self._scheduled_at)

    # -- what will be -------------------------------------------------------------------------------------------------

    def _next_batch_s(self, key: BatchKey, rows: int) -> float:
        return self._costs.step_s(key, min(rows, self._config.row_cap(key)))

    def _predicted_s(self, entries: Sequence[Entry], entry: Entry, costs: CostModel) -> float | None:
        if costs.profile is None:  # what one shape took says too little of another
            return None
        works = [work for known in entries for work in self._works(known)]
        return finish_in_s(works, entry.ticket.request_id, costs, self._config.row_cap)

    def _works(self, entry: Entry) -> list[Work]:
        ticket = entry.ticket
        encode_s = 0.0
        if not entry.is_encoded:
            area = ticket.stages[0].key.area if ticket.has_picture else 0
            encode_s = self._costs.encode_s(ticket.text_rows, area)
        return [
            Work(
                ticket.request_id,
                ticket.owner,
                (-ticket.priority, *slot.sort_key),
                [Stretch(stage.key, stage.rows_per_image, left) for stage, left in ticket.remaining(slot.done)],
                encode_s,
                slot.is_running,
            )
            for slot in entry.slots
            if slot.done < ticket.num_evaluations
        ]

    def _check_deadline(self, entry: Entry) -> None:
        limit, predicted = entry.ticket.deadline_s, entry.predicted_s
        if limit is None or predicted is None:
            return
        # a slow spell must not refuse for ever: with nothing here, no batch would run that could tell of its end
        alone = self._predicted_s([entry], entry, self._costs.uncorrected()) or 0.0
        foreseen = predicted if self._entries else alone
        if foreseen <= limit * DOUBT:
            return
        later = None if alone > limit * DOUBT else max(1.0, math.ceil(predicted - limit))
        raise DeadlineUnmeetableError(limit, round(predicted, 3), later)

    # -- what can be asked --------------------------------------------------------------------------------------------

    @property
    def num_requests(self) -> int:
        """Requests that are here, waiting or running."""
        return len(self._entries)

    @property
    def num_waiting(self) -> int:
        """Requests that have not had their first step."""
        return sum(entry.started_at is None for entry in self._entries.values())

    @property
    def predicted_work_s(self) -> float:
        """Seconds that the accepted work will take in full batches; 0 before anything was measured."""
        if not self._costs.is_known:
            return 0.0
        works = [work for entry in self._entries.values() for work in self._works(entry)]
        return work_s(works, self._costs, self._config.row_cap)

    @property
    def is_deferred(self) -> bool:
        """Whether `defer` is in force."""
        return self._clock() < self._resume_at

    def entry(self, request_id: str) -> Entry | None:
        """What is known of a request, to read only."""
        return self._entries.get(request_id)

    def predicted_s(self, request_id: str) -> float | None:
        """Seconds from a request's acceptance to its end, as foreseen then; None if nothing was known."""
        predicted = self._entries[request_id].predicted_s
        return None if predicted is None else round(predicted, 4)

    def next_wakeup(self) -> float | None:
        """When `schedule` or `expired` may next answer differently without being told anything; None: never."""
        times = [entry.deadline for entry in self._entries.values()]
        if self._entries and self.is_deferred:
            times.append(self._resume_at)
        soonest = min(times, default=math.inf)
        return None if math.isinf(soonest) else soonest

    def _retry_after_s(self) -> float:
        share = self.predicted_work_s / max(1, len(self._entries))
        return max(1.0, math.ceil(share))


def _pick(slots: Sequence[Slot], cap: int, rows: Callable[[Slot], int]) -> list[Slot]:
    """The first slot, and as many of the following as fit under `cap` rows.

    Suspects come first and each alone, so that after a failure the one at fault is found at once.
    """
    suspect = next((slot for slot in slots if slot.is_suspect), None)
    if suspect is not None:
        return [suspect]
    chosen, used = [slots[0]], rows(slots[0])
    for slot in slots[1:]:
        if used + rows(slot) <= cap:
            chosen.append(slot)
            used += rows(slot)
    return chosen


def _entries_of(slots: Iterable[Slot]) -> list[Entry]:
    return list({slot.entry.ticket.request_id: slot.entry for slot in slots}.values())
