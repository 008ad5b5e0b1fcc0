"""From a job to the rows of its pictures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from diffusion.loras.tags import with_loras
from diffusion.request import Lora
from gateway.kit.ids import new_id
from gateway.storage.tables import ImageRow, JobRow


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A picture's file."""

    blob: str
    media_type: str
    width: int
    height: int
    size_bytes: int


def image_row(
    job: JobRow, index: int, seed: int, file: StoredFile, now: datetime, moderation: str | None = None
) -> ImageRow:
    """The row of a picture that a job has just made; LoRAs stand in its prompt as tags, so that they are found."""
    made_of = job.input
    return ImageRow(
        id=new_id("img", now),
        job_id=job.id,
        index=index,
        owner=job.owner,
        blob=file.blob,
        media_type=file.media_type,
        width=file.width,
        height=file.height,
        size_bytes=file.size_bytes,
        seed=seed,
        model=job.model,
        fingerprint=job.fingerprint,
        prompt=with_loras(made_of["prompt"], [Lora(**lora) for lora in made_of.get("loras", ())]),
        negative_prompt=made_of["negative_prompt"],
        steps=made_of["num_inference_steps"],
        guidance=made_of["guidance_scale"],
        sampler=made_of["sampler"],
        schedule=made_of["schedule"],
        created_at=now,
        is_favourite=False,
        rating=0,
        moderation=moderation,
    )


def copy_of(image: ImageRow, job: JobRow, now: datetime) -> ImageRow:
    """The row of the same picture as the answer to another job."""
    file = StoredFile(image.blob, image.media_type, image.width, image.height, image.size_bytes)
    return image_row(job, image.index, image.seed, file, now + timedelta(milliseconds=image.index), image.moderation)


def image_facts(image: ImageRow) -> dict[str, Any]:
    """What an event tells of a finished picture."""
    told = {} if image.moderation is None else {"moderation": image.moderation}
    return {
        "image": image.index,
        "image_id": image.id,
        "blob": image.blob,
        "seed": image.seed,
        "bytes": image.size_bytes,
        "width": image.width,
        "height": image.height,
        "media_type": image.media_type,
        **told,
    }
