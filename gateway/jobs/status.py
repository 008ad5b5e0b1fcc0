"""The states of a job, in Replicate's words."""

from __future__ import annotations

from enum import StrEnum


class JobStatus(StrEnum):
    """queued -> starting -> processing -> succeeded, failed or canceled. A lost worker's job goes back to queued."""

    QUEUED = "queued"
    STARTING = "starting"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"

    @property
    def is_terminal(self) -> bool:
        """Whether nothing follows."""
        return self in TERMINAL


ACTIVE = (JobStatus.STARTING, JobStatus.PROCESSING)
TERMINAL = (JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELED)
