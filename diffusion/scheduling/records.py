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
class Ticket:
    """All that the scheduler needs to know of a request.

    Attributes:
        rows_per_image: rows that one image takes in a denoising batch (2 with guidance).
        num_evaluations: denoising calls until an image can be decoded.
        deadline_s: seconds from acceptance, or None.
    """

    request_id: str
    owner: str
    key: BatchKey
    num_images: int
    rows_per_image: int
    num_evaluations: int
    priority: int = 0
    deadline_s: float | None = None


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

    @property
    def deadline(self) -> float:
        """On the scheduler's clock; infinity when there is none."""
        limit = self.ticket.deadline_s
        return math.inf if limit is None else self.accepted_at + limit

    @property
    def is_finished(self) -> bool:
        """Whether every image is decoded."""
        return all(slot.is_decoded for slot in self.slots)

    @property
    def remaining_evaluations(self) -> int:
        """Denoising calls still to make, over all images."""
        return sum(self.ticket.num_evaluations - slot.done for slot in self.slots)
