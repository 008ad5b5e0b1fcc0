"""The values that travel between the parts of this domain."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from diffusion.request import GenerationRequest
from gateway.auth.subject import Subject
from gateway.jobs.status import TERMINAL
from gateway.storage.encoding import Encoding, ImageFormat

REQUEST_FIELDS = (
    "prompt",
    "negative_prompt",
    "width",
    "height",
    "num_inference_steps",
    "guidance_scale",
    "seed",
    "num_images",
    "sampler",
    "schedule",
    "deadline_s",
    "preview_every",
)
NOT_OF_THE_PICTURE = ("deadline_s", "preview_every")
EVENTS_PER_CLAIM = 1_000_000
"""Event ids of the claim with fence f start at f times this, so that ids grow across workers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A checked request that is to become a job.

    Attributes:
        subject: who orders it.
        fingerprint: of the pipeline's weights.
        surface: which public face it came through.
        is_kept: it runs on when its caller disconnects.
        idempotency_key: the caller's own name for this order; the same name never makes a second job.
        body_hash: of the order as it was sent, to recognise it when it is sent again.
    """

    request: GenerationRequest
    encoding: Encoding
    subject: Subject
    fingerprint: str
    surface: str
    is_kept: bool = True
    idempotency_key: str | None = None
    body_hash: str | None = None

    @property
    def owner(self) -> str:
        """Whose job it will be."""
        return self.subject.owner

    @property
    def recipe(self) -> str:
        """Hash of everything that makes the pictures: equal recipes make equal files."""
        made_of = {name: value for name, value in self.to_input().items() if name not in NOT_OF_THE_PICTURE}
        text = json.dumps([self.request.pipeline, self.fingerprint, made_of], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def work(self) -> float:
        """Megapixels times steps, of all images."""
        request = self.request
        return request.width * request.height * request.num_inference_steps * request.num_images / 1e6

    def to_input(self) -> dict[str, Any]:
        """What is stored: everything that makes the same pictures again."""
        values = dataclasses.asdict(self.request)
        chosen = {name: values[name] for name in REQUEST_FIELDS}
        return {**chosen, "output_format": self.encoding.format.value, "output_quality": self.encoding.quality}


def encoding_of(stored: dict[str, Any]) -> Encoding:
    """How the pictures of a stored input are written."""
    return Encoding(ImageFormat(stored["output_format"]), stored["output_quality"])


@dataclass(frozen=True, slots=True)
class JobEvent:
    """Something that happened to a job.

    Types: `queued`, `starting`, `processing`, `progress`, `preview`, `image`, `succeeded`, `failed`, `canceled`.
    Only `progress` and `preview` are passing: they are not stored, and a slow reader may miss some.
    """

    job_id: str
    owner: str
    id: int
    type: str
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def is_passing(self) -> bool:
        """Whether it may be missed."""
        return self.type in ("progress", "preview")

    @property
    def is_terminal(self) -> bool:
        """Whether it is the job's last."""
        return self.type in TERMINAL
