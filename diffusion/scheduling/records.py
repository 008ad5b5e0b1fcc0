"""What the scheduler is told, what it answers, and what it remembers of a request."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import NamedTuple

from diffusion.scheduling.batch_key import BatchKey


class ImageId(NamedTuple):
    """One image of one request."""

    request_id: str
    image: int


class Phase(Enum):
    """What a batch does."""

    ENCODE = auto()
    DENOISE = auto()
    DECODE = auto()


@dataclass(frozen=True, slots=True)
class Stage:
    """A stretch of an image's way in which nothing changes that matters to a batch.

    Guidance that ends early and a second pass at another size begin a new stage.

    Attributes:
        rows_per_image: rows that one image takes in a denoising batch (2 with guidance).
        num_evaluations: denoising calls of this stage, at least one.
    """

    key: BatchKey
    rows_per_image: int
    num_evaluations: int


@dataclass(frozen=True, slots=True)
class Ticket:
    """All that the scheduler needs to know of a request.

    Attributes:
        stages: what each of its images goes through, one after another; at least one.
        deadline_s: seconds from acceptance, or None.
        text_rows: rows of the text encoder that its prompts are.
        has_picture: whether a picture is encoded for it.
    """

    request_id: str
    owner: str
    stages: tuple[Stage, ...]
    num_images: int
    priority: int = 0
    deadline_s: float | None = None
    text_rows: int = 0
    has_picture: bool = False

    @property
    def num_evaluations(self) -> int:
        """Denoising calls until an image can be decoded."""
        return sum(stage.num_evaluations for stage in self.stages)

    def stage_after(self, done: int) -> Stage:
        """The stage of the next evaluation when `done` are done; at the end the last one."""
        for stage in self.stages:
            if done < stage.num_evaluations:
                return stage
            done -= stage.num_evaluations
        return self.stages[-1]

    def remaining(self, done: int) -> list[tuple[Stage, int]]:
        """The stages that are not over when `done` evaluations are done, and how many are left of each."""
        found = []
        for stage in self.stages:
            left = stage.num_evaluations - max(0, done)
            done -= stage.num_evaluations
            if left > 0:
                found.append((stage, left))
        return found


@dataclass(frozen=True, slots=True)
class Batch:
    """The scheduler's decision: run `phase` for `images`, which all have `key`.

    In the ENCODE phase each request appears once, with image 0: its images share the encoded prompt.
    """

    phase: Phase
    key: BatchKey
    images: tuple[ImageId, ...]


@dataclass(slots=True, eq=False)
class Slot:
    """The scheduler's memory of one image."""

    id: ImageId
    entry: Entry
    done: int = 0
    is_decoded: bool = False
    is_running: bool = False  # was in its key's last denoising batch
    is_suspect: bool = False  # was in a batch that failed; runs alone from now on

    @property
    def key(self) -> BatchKey:
        """Of its next batch."""
        return self.entry.ticket.stage_after(self.done).key

    @property
    def rows(self) -> int:
        """Rows that its next evaluation takes."""
        return self.entry.ticket.stage_after(self.done).rows_per_image

    @property
    def needs_decoding(self) -> bool:
        """Whether only the decoder is missing."""
        return self.done >= self.entry.ticket.num_evaluations and not self.is_decoded

    @property
    def sort_key(self) -> tuple[float, int, int]:
        """Order among the images of one owner: deadline, arrival, image."""
        return self.entry.deadline, self.entry.arrival, self.id.image


@dataclass(slots=True, eq=False)
class Entry:
    """The scheduler's memory of one request."""

    ticket: Ticket
    arrival: int
    accepted_at: float
    slots: list[Slot] = field(default_factory=list)
    is_encoded: bool = False
    started_at: float | None = None
    predicted_s: float | None = None  # from acceptance to its end, as was foreseen at acceptance

    @property
    def deadline(self) -> float:
        """On the scheduler's clock; infinity when there is none."""
        limit = self.ticket.deadline_s
        return math.inf if limit is None else self.accepted_at + limit

    @property
    def is_finished(self) -> bool:
        """Whether every image is decoded."""
        return all(slot.is_decoded for slot in self.slots)
