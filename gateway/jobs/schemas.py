"""`/v1/jobs` in Replicate's names. Unknown fields are refused here: a misspelt one would be ignored in silence."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from gateway.files.service import LinkMaker
from gateway.jobs.service import JobView, Page
from gateway.jobs.status import JobStatus

Word = Annotated[str, Field(max_length=200)]


class JobInput(BaseModel):
    """What to generate. Bounds that depend on the model are checked against it."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    prompt: Annotated[str, Field(min_length=1, max_length=32_000)]
    negative_prompt: Annotated[str, Field(max_length=32_000)] | None = None
    width: int | None = None
    height: int | None = None
    num_inference_steps: int | None = None
    guidance_scale: float | None = None
    seed: int | None = None
    num_images: int | None = Field(None, validation_alias=AliasChoices("num_images", "num_outputs"))
    sampler: Word | None = None
    schedule: Word | None = Field(None, validation_alias=AliasChoices("schedule", "scheduler"))
    deadline_s: float | None = None
    preview_every: int | None = None
    output_format: Literal["png", "jpeg", "webp"] = "png"
    output_quality: Annotated[int, Field(ge=0, le=100)] = 100


class JobBody(BaseModel):
    """A new job."""

    model_config = ConfigDict(extra="forbid")

    model: Word | None = None
    input: JobInput
    priority: int | None = None


class JobImage(BaseModel):
    """One finished picture."""

    id: str
    url: str
    seed: int
    width: int
    height: int
    bytes: int
    media_type: str


class JobUrls(BaseModel):
    """Where the job is."""

    get: str
    cancel: str
    events: str


class Job(BaseModel):
    """A job. `output` holds the links of `images`, as Replicate's clients expect them; they expire."""

    id: str
    model: str
    status: JobStatus
    input: dict[str, Any]
    output: list[str]
    images: list[JobImage]
    error: str | None
    error_code: str | None
    progress: float
    priority: int
    attempts: int
    cached_from: str | None
    queue_position: int | None
    eta_seconds: float | None
    created_at: datetime.datetime
    started_at: datetime.datetime | None
    completed_at: datetime.datetime | None
    metrics: dict[str, float]
    urls: JobUrls

    @classmethod
    def of(cls, view: JobView, link: LinkMaker) -> Job:
        """From what the service knows."""
        row = view.row
        images = [
            JobImage(
                id=image.id,
                url=link(image.id),
                seed=image.seed,
                width=image.width,
                height=image.height,
                bytes=image.size_bytes,
                media_type=image.media_type,
            )
            for image in view.images
        ]
        path = f"/v1/jobs/{row.id}"
        return cls(
            id=row.id,
            model=row.model,
            status=JobStatus(row.status),
            input=row.input,
            output=[image.url for image in images],
            images=images,
            error=None if row.error is None else row.error["message"],
            error_code=None if row.error is None else row.error["code"],
            progress=view.progress,
            priority=row.priority,
            attempts=row.attempts,
            cached_from=row.cached_from,
            queue_position=view.queue_position,
            eta_seconds=None if view.eta_s is None else round(view.eta_s, 1),
            created_at=row.created_at,
            started_at=row.started_at,
            completed_at=row.finished_at,
            metrics=_metrics(view),
            urls=JobUrls(get=path, cancel=f"{path}/cancel", events=f"{path}/events"),
        )


class JobList(BaseModel):
    """A page of jobs, youngest first."""

    results: list[Job]
    next: str | None

    @classmethod
    def of(cls, page: Page, link: LinkMaker) -> JobList:
        """From what the service knows."""
        return cls(results=[Job.of(view, link) for view in page.jobs], next=page.next_cursor)


def _metrics(view: JobView) -> dict[str, float]:
    row = view.row
    metrics = {"megapixel_steps": round(row.work, 6)}
    if row.started_at is not None:
        metrics["queue_time"] = round((row.started_at - row.created_at).total_seconds(), 4)
        if row.finished_at is not None:
            metrics["predict_time"] = round((row.finished_at - row.started_at).total_seconds(), 4)
    return metrics
