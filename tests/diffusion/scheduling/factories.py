"""Builders, so that each test states only what differs."""

from __future__ import annotations

import itertools
from typing import Any

from diffusion.scheduling.batch_key import BatchKey
from diffusion.scheduling.costs import CostModel
from diffusion.scheduling.records import Batch, Entry, Phase, Stage, Ticket
from diffusion.scheduling.scheduler import Scheduler, SchedulerConfig
from tests.fakes.clock import FakeClock

SMALL = BatchKey(height=8, width=8, prompt_chunks=1)
LARGE = BatchKey(height=16, width=16, prompt_chunks=1)
_ids = itertools.count()


def make_scheduler(clock: FakeClock | None = None, *, row_cap: int = 8, **config: Any) -> Scheduler:
    settings: dict[str, Any] = {"max_waiting": 64, "encode_cap": 8, "decode_cap": 8, **config}
    settings.setdefault("costs", CostModel({"unet": row_cap}))
    return Scheduler(SchedulerConfig(row_cap=lambda _: row_cap, **settings), clock or FakeClock())


def make_ticket(
    request_id: str | None = None,
    *,
    key: BatchKey = SMALL,
    rows_per_image: int = 2,
    num_evaluations: int = 4,
    **fields: Any,
) -> Ticket:
    """A ticket of one stage, unless `stages` are given."""
    values: dict[str, Any] = {
        "owner": "ana",
        "num_images": 1,
        **fields,
    }
    values.setdefault("stages", (Stage(key, rows_per_image, num_evaluations),))
    return Ticket(request_id=request_id or f"r{next(_ids)}", **values)


def run_one(scheduler: Scheduler, clock: FakeClock | None = None, seconds: float = 0.1) -> tuple[Batch, list[Entry]]:
    """One successful batch."""
    batch = scheduler.schedule()
    assert batch is not None
    if clock:
        clock.advance(seconds)
    return batch, scheduler.complete(batch)


def next_denoising(scheduler: Scheduler) -> Batch:
    """Run what comes before it; returns the next denoising batch, completed."""
    while True:
        batch, _ = run_one(scheduler)
        if batch.phase is Phase.DENOISE:
            return batch


def run_all(scheduler: Scheduler, limit: int = 10_000) -> list[Batch]:
    """Run until nothing is left; returns every batch."""
    batches = []
    while scheduler.num_requests:
        assert len(batches) < limit, "the scheduler does not come to an end"
        batches.append(run_one(scheduler)[0])
    return batches


def requests_of(batch: Batch) -> list[str]:
    return [image_id.request_id for image_id in batch.images]
