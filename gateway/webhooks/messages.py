"""What is told, and when. A message holds ids and numbers: no prompt, no picture, no link, no secret."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from gateway.jobs.records import JobEvent
from gateway.jobs.status import TERMINAL, JobStatus
from gateway.storage.tables import ImageRow, JobRow

MAX_ERROR_CHARS = 500


class Happening(StrEnum):
    """What a receiver can be told of: Replicate's names, without `logs`, which jobs here do not have."""

    START = "start"
    OUTPUT = "output"
    PROGRESS = "progress"
    COMPLETED = "completed"
    TEST = "test"

    @property
    def is_tried_once(self) -> bool:
        """Whether it is of no use later."""
        return self in (Happening.PROGRESS, Happening.TEST)


CHOICES = (Happening.START, Happening.OUTPUT, Happening.PROGRESS, Happening.COMPLETED)
USUAL = (Happening.OUTPUT, Happening.COMPLETED)
"""Told when nothing is chosen."""

_OF_EVENTS: Mapping[str, Happening] = {
    JobStatus.PROCESSING: Happening.START,
    "image": Happening.OUTPUT,
    **dict.fromkeys(TERMINAL, Happening.COMPLETED),
}


def happening_of(event: JobEvent) -> Happening | None:
    """What a stored event is for receivers; None for what they are not told of."""
    return _OF_EVENTS.get(event.type)


def message(happening: Happening, data: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """The body of a request."""
    return {"type": f"job.{happening}", "timestamp": now.isoformat(), "data": dict(data)}


def of_event(job: JobRow, event: JobEvent, images: Sequence[ImageRow], now: datetime) -> dict[str, Any]:
    """The message of a stored event. Of one picture, `images` is empty: the event has its facts."""
    is_over = event.is_terminal
    error: Mapping[str, Any] = event.data.get("error") or {}
    data = {
        **_head(job),
        "status": event.type if is_over else JobStatus.PROCESSING,
        "images": [_image_of(image) for image in images] if is_over else [],
        "error": str(error["message"])[:MAX_ERROR_CHARS] if error else None,
        "error_code": error.get("code"),
        "completed_at": now.isoformat() if is_over else None,
    }
    if event.type == "image":
        facts = {name: event.data[name] for name in ("seed", "width", "height", "bytes", "media_type")}
        data["images"] = [{"id": event.data["image_id"], "index": event.data["image"], **facts}]
    return message(_OF_EVENTS[event.type], data, now)


def of_progress(job: JobRow, progress: float, now: datetime) -> dict[str, Any]:
    """How far a job is, from 0 to 1."""
    data = {**_head(job), "status": JobStatus.PROCESSING, "progress": round(progress, 4)}
    return message(Happening.PROGRESS, data, now)


def of_test(endpoint_id: str, now: datetime) -> dict[str, Any]:
    """What the test button sends."""
    return message(Happening.TEST, {"webhook_id": endpoint_id}, now)


def _head(job: JobRow) -> dict[str, Any]:
    started = None if job.started_at is None else job.started_at.isoformat()
    return {
        "id": job.id,
        "model": job.model,
        "created_at": job.created_at.isoformat(),
        "started_at": started,
        "urls": {"get": f"/v1/jobs/{job.id}"},
    }


def _image_of(image: ImageRow) -> dict[str, Any]:
    return {
        "id": image.id,
        "index": image.index,
        "seed": image.seed,
        "width": image.width,
        "height": image.height,
        "bytes": image.size_bytes,
        "media_type": image.media_type,
    }
