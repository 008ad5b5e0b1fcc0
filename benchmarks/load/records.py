"""What became of each request."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Outcome(StrEnum):
    """How a request ended. Cancelled: by its own caller, as the scenario wanted."""

    DONE = "done"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    FAILED = "failed"


@dataclass(slots=True)
class Record:
    """One request; times in seconds after the run's start.

    Latency counts from `due`, the moment the request should have been sent, so that a stall is charged to everybody
    whom it delayed. `first` is the first event that tells of progress; 0 when none came before the answer.
    """

    number: int
    phase: int
    user: str
    steps: int
    due: float
    sent: float = 0.0
    first: float = 0.0
    done: float = 0.0
    outcome: Outcome = Outcome.FAILED
    reason: str = ""

    @property
    def latency(self) -> float:
        """Seconds from when it was due to its end."""
        return self.done - self.due

    @property
    def first_event(self) -> float:
        """Seconds from when it was due to the first sign of progress, or to the answer."""
        return (self.first or self.done) - self.due


COLUMNS = ("at", "user", "steps", "phase", "sent", "first", "done", "latency", "outcome", "reason")


def write_csv(records: Sequence[Record], path: Path) -> None:
    """Write the records; the file can be replayed as a trace."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for r in sorted(records, key=lambda record: record.due):
            times = (f"{value:.4f}" for value in (r.sent, r.first, r.done, r.latency))
            writer.writerow([f"{r.due:.4f}", r.user, r.steps, r.phase, *times, r.outcome.value, r.reason])
