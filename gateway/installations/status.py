"""The states of an installation."""

from __future__ import annotations

from enum import StrEnum


class InstallationStatus(StrEnum):
    """`queued`, then the active ones in about this order, then an end; `paused` goes on by `resume`."""

    QUEUED = "queued"
    DOWNLOADING = "downloading"
    VERIFYING = "verifying"
    EXPORTING = "exporting"
    INSTALLING = "installing"
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"

    @property
    def is_terminal(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self in TERMINAL


ACTIVE = (
    InstallationStatus.DOWNLOADING,
    InstallationStatus.VERIFYING,
    InstallationStatus.EXPORTING,
    InstallationStatus.INSTALLING,
)
TERMINAL = (InstallationStatus.SUCCEEDED, InstallationStatus.FAILED, InstallationStatus.CANCELED)


class Wish(StrEnum):
    """What somebody wants of a running installation."""

    PAUSE = "pause"
    CANCEL = "cancel"
