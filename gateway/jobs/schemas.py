"""`/v1/jobs` in Replicate's names. Unknown fields are refused here: a misspelt one would be ignored in silence."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from gateway.controls.schemas import ControlInput
from gateway.files.service import LinkMaker
from gateway.jobs.records import ADVICE
from gateway.jobs.service import JobView, Page
from gateway.jobs.status import JobStatus
from gateway.safety.policy import Level, findings_of, warnings_of
from gateway.storage.data_urls import control_field, without_data
from gateway.uploads.schemas import PICTURE, PictureText

Word = Annotated[str, Field(max_length=200)]


class HiResInput(BaseModel):
    """High-resolution fix: the first pass's latents, enlarged, are denoised again. A size goes before `scale`."""

    model_config = ConfigDict(extra="forbid")

    scale: float | None = None
    width: int | None = None
    height: int | None = None
    num_inference_steps: int | None = None
    strength: float | None = None


class OutpaintInput(BaseModel):
    """Pixels by which the picture is extended on each side."""

    model_config = ConfigDict(extra="forbid")

    left: int = 0
    right: int = 0
    top: int = 0
    bottom: int = 0


class JobLora(BaseModel):
    """A LoRA and how strongly it acts."""

    model_config = ConfigDict(extra="forbid")

    name: Word
    weight: float = 1.0


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
    styles: Annotated[list[Word], Field(max_length=10, description="names of `GET /v1/prompts/styles`")] = []
    original_prompt: Annotated[
        str | None,
        Field(max_length=32_000, description="the prompt before its variants were chosen"),
    ] = None
    original_negative_prompt: Annotated[str | None, Field(max_length=32_000)] = None
    clip_skip: Annotated[int | None, Field(description="layers of the text encoder to leave out; 0: the usual")] = None
    emphasis: Annotated[
        Literal["original", "no_norm", "ignore", "none"] | None, Field(description="what weights in the prompts do")
    ] = None
    image: Annotated[PictureText | None, Field(description="image to image: " + PICTURE)] = None
    strength: Annotated[float | None, Field(description="how much of the image is made anew, 0 to 1")] = None
    resize_mode: Annotated[
        Literal["crop", "fit", "stretch"] | None, Field(description="how a picture is brought to width × height")
    ] = None
    mask: Annotated[
        PictureText | None, Field(description="inpainting: as large as the image, white where to paint; " + PICTURE)
    ] = None
    mask_blur: Annotated[int | None, Field(description="feathering in pixels")] = None
    mask_content: Annotated[
        Literal["original", "fill", "latent_noise"] | None, Field(description="what is under the mask to begin with")
    ] = None
    invert_mask: Annotated[bool | None, Field(description="paint the black part")] = None
    only_masked: Annotated[bool | None, Field(description="generate the masked part alone, at width × height")] = None
    only_masked_padding: Annotated[int | None, Field(description="pixels around that part")] = None
    outpaint: Annotated[OutpaintInput | None, Field(description="extend the image and paint what is added")] = None
    eta: Annotated[float | None, Field(description="fresh noise of a stochastic sampler, 0 to 1")] = None
    guidance_rescale: Annotated[float | None, Field(description="0 to 1; against washed-out strong guidance")] = None
    guidance_end: Annotated[float | None, Field(description="share of the steps after which guidance is off")] = None
    cache_interval: Annotated[
        int | None, Field(description="1 to 10: only every so many evaluations are whole; faster, a little different")
    ] = None
    variation_seed: int | None = None
    variation_strength: Annotated[float | None, Field(description="how far towards the variation seed, 0 to 1")] = None
    hires: Annotated[HiResInput | None, Field(description="a second pass at a larger size")] = None
    loras: Annotated[list[JobLora], Field(max_length=100)] | None = None
    controls: Annotated[list[ControlInput], Field(max_length=100, description="ControlNets")] | None = None
    output_format: Literal["png", "jpeg", "webp"] = "png"
    output_quality: Annotated[int, Field(ge=0, le=100)] = 100
    embed_recipe: bool | None = None
    safety: Annotated[
        Level | None, Field(description="stricter than the policy of one's role; a laxer wish changes nothing")
    ] = None

    @property
    def pictures(self) -> dict[str, str]:
        """The pictures that go in, as they are named, by field."""
        named = {"image": self.image, "mask": self.mask}
        named |= {control_field(number): control.image for number, control in enumerate(self.controls or ())}
        return {field: text for field, text in named.items() if text is not None}


class StoredInput(JobInput):
    """The input of a job that is there already: other surfaces take an empty prompt."""

    prompt: Annotated[str, Field(max_length=32_000)]


class JobBody(BaseModel):
    """A new job."""

    model_config = ConfigDict(extra="forbid")

    model: Word | None = None
    input: JobInput
    priority: int | None = None
    webhook: Annotated[
        str | None,
        Field(max_length=4096, description="an https address that is told of this job, see docs/webhooks.md"),
    ] = None
    webhook_events_filter: Annotated[
        list[Word] | None,
        Field(max_length=10, description="start, output, progress, completed; without it output and completed"),
    ] = None


class JobImage(BaseModel):
    """One finished picture."""

    id: str
    url: str
    seed: int
    width: int
    height: int
    bytes: int
    media_type: str
    moderation: Annotated[str | None, Field(description='"blurred" where that became of it')]


class JobFinding(BaseModel):
    """A picture that was blocked or blurred, what did it (`prompt`, `input_image`, `output_image`) and why."""

    image: int
    seed: int
    stage: str
    action: str
    reason: str


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
    warnings: list[str]
    moderation: list[JobFinding]
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
                moderation=image.moderation,
            )
            for image in view.images
        ]
        path = f"/v1/jobs/{row.id}"
        return cls(
            id=row.id,
            model=row.model,
            status=JobStatus(row.status),
            input={name: value for name, value in without_data(row.input).items() if name != ADVICE},
            output=[image.url for image in images],
            images=images,
            error=None if row.error is None else row.error["message"],
            error_code=None if row.error is None else row.error["code"],
            warnings=[*row.input.get(ADVICE, ()), *warnings_of(row.moderation)],
            moderation=[JobFinding.model_validate(found) for found in findings_of(row.moderation)],
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
