"""The values that travel between the parts of this domain."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from diffusion.admission import OPTIONAL_FIELDS
from diffusion.request import GenerationRequest
from gateway.auth.subject import Subject
from gateway.jobs.status import TERMINAL
from gateway.storage.data_urls import PARENT, PICTURES, control_field, data_url, file_url, hash_of
from gateway.storage.encoding import Encoding, ImageFormat

_KEPT_APART = ("owner", "priority", "progress_every_s", *PICTURES)  # columns, the worker's own, and stored as text
REQUEST_FIELDS = ("prompt", *(name for name in OPTIONAL_FIELDS if name not in _KEPT_APART))
ORIGINALS = ("original_prompt", "original_negative_prompt")
SOURCES = "sources"
"""Of a stored input: the id under which each of its pictures was named, else its hash."""

ETA = "eta_seconds"
"""Fact of the event `processing`: when the engine expects the job to be finished."""
ADVICE = "advice"
"""Of a stored input: what its prompts ask for and its model does not give."""
SAFETY = "safety"
"""Of a stored input: how strict its caller wanted it to be; what counts is in the job's `moderation`."""

NOT_OF_THE_PICTURE = ("deadline_s", "preview_every", SOURCES, ADVICE, SAFETY, *ORIGINALS)
QUEUED_ID = 1
"""Of a job's first event."""
EVENTS_PER_CLAIM = 1_000_000
"""Event ids of the claim with fence f start at f times this, so that ids grow across workers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A checked request that is to become a job.

    Attributes:
        subject: who orders it.
        fingerprint: of the pipeline's weights.
        surface: which public face it came through.
        embed_recipe: whether files tell how they were made; None leaves it to the owner's preference.
        is_kept: it runs on when its caller disconnects.
        idempotency_key: the caller's own name for this order; the same name never makes a second job.
        originals: the prompts (ORIGINALS) before styles were put around them and variants chosen, where they differ.
        lora_hashes: of the files of its LoRAs, by name; they, `fingerprint` and `control_hashes` are the weights.
        control_hashes: of its ControlNets, by name.
        sources: ids under which the order named its pictures, by field; the pictures themselves are in `request`.
        safety: how strict the caller wants it to be with his prompt and pictures; None leaves it to his role.
        moderation: what is to be done with its pictures (`gateway.safety.service`); set when it is accepted.
        body_hash: of the order as it was sent, to recognise it when it is sent again.
        files: pictures of `request` as they were sent; kept as they are, with the marks that they carry.
        parent: the file that the image of `request` was made from, where it is not that of `files`.
        advice: what its prompts ask for and its model does not give (`gateway.prompts.advice`).
        webhook: an address that is told of this job alone, and of what: `{url, events}`.
    """

    request: GenerationRequest
    encoding: Encoding
    subject: Subject
    fingerprint: str
    surface: str
    embed_recipe: bool | None = None
    is_kept: bool = True
    idempotency_key: str | None = None
    body_hash: str | None = None
    originals: Mapping[str, str] = field(default_factory=dict)
    lora_hashes: Mapping[str, str] = field(default_factory=dict)
    control_hashes: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    parent: bytes | None = None
    advice: tuple[str, ...] = ()
    webhook: Mapping[str, Any] | None = None
    safety: str | None = None
    moderation: Mapping[str, Any] | None = None

    @property
    def owner(self) -> str:
        """Whose job it will be."""
        return self.subject.owner

    @property
    def recipe(self) -> str:
        """Hash of everything that makes the pictures: equal recipes make equal files."""
        made_of = {name: value for name, value in self.to_input().items() if name not in NOT_OF_THE_PICTURE}
        weights = [self.fingerprint, self.lora_hashes, self.control_hashes]
        moderated = [] if self.moderation is None else [dict(self.moderation)]
        text = json.dumps([self.request.pipeline, made_of, weights, *moderated], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def work(self) -> float:
        """Megapixels times steps, of all images."""
        return self.request.megapixel_steps

    def to_input(self) -> dict[str, Any]:
        """What is stored: everything that makes the same pictures again."""
        values = dataclasses.asdict(self.request)
        chosen = {name: values[name] for name in REQUEST_FIELDS}
        chosen["loras"] = list(chosen["loras"])  # as it is read again: a job tells the same before and after
        given = {name: getattr(self.request, name) for name in PICTURES}
        # committed with the job: no file of theirs can be missing
        texts = {
            name: file_url(self.files[name]) if name in self.files else data_url(picture)
            for name, picture in given.items()
            if picture is not None
        }
        chosen |= texts
        if self.parent is not None:
            chosen[PARENT] = file_url(self.parent)
        maps = [data_url(control.image) for control in self.request.controls if control.image is not None]
        chosen["controls"] = [{**told, "image": text} for told, text in zip(values["controls"], maps, strict=True)]
        texts |= {control_field(number): text for number, text in enumerate(maps)}
        if texts:  # so that a recipe can name them without reading them
            chosen[SOURCES] = {name: hash_of(text) for name, text in texts.items()} | dict(self.sources)
        if self.advice:
            chosen[ADVICE] = list(self.advice)
        if self.safety is not None:
            chosen[SAFETY] = self.safety
        encoding = self.encoding
        form = {"output_format": encoding.format.value, "output_quality": encoding.quality}
        return {**chosen, **self.originals, **form, "embed_recipe": encoding.has_recipe}

    def settled(self, preference: bool) -> Order:
        """With the owner's preference where the order itself says nothing."""
        chosen = preference if self.embed_recipe is None else self.embed_recipe
        return dataclasses.replace(self, encoding=dataclasses.replace(self.encoding, has_recipe=chosen))


def encoding_of(stored: dict[str, Any]) -> Encoding:
    """How the pictures of a stored input are written."""
    return Encoding(ImageFormat(stored["output_format"]), stored["output_quality"], stored.get("embed_recipe", True))


@dataclass(frozen=True, slots=True)
class JobEvent:
    """Something that happened to a job.

    Types: `queued`, `starting`, `processing`, `progress`, `preview`, `image`, `blocked` (instead of an image),
    `succeeded`, `failed`, `canceled`.
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
