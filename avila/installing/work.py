"""One installation, in a process of its own: it may be killed at any moment, and the next one goes on from there.

The job comes as JSON on standard input; what happens goes as a line of JSON each to standard output:
`{"progress": …}` any number of times, then `{"done": true}` or `{"error": {"code", "message", "may_resume"}}`.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from avila.installing.download import Pace, fetch_files
from avila.installing.errors import InstallationError
from avila.installing.placing import Report, place
from diffusion.errors import DiffusionError
from export.errors import (
    CheckpointError,
    DamagedFileError,
    ExportError,
    NotEnoughMemoryError,
    NotEnoughSpaceError,
    PickledCheckpointError,
    RepositoryError,
    StepFailedError,
    VerificationError,
)
from export.step import end_with_parent
from gateway.installations.offer import Offer
from gateway.installations.repository import Progress
from gateway.installations.status import InstallationStatus
from gateway.settings import Settings, load_settings

PAUSE_S = 0.25
"""Between two reports of progress within a file."""

CODES: Mapping[type[ExportError], tuple[str, bool]] = {
    PickledCheckpointError: ("source_pickled", False),
    DamagedFileError: ("source_damaged", False),
    CheckpointError: ("source_unsupported", False),
    VerificationError: ("verification_failed", False),
    NotEnoughSpaceError: ("no_room", True),
    NotEnoughMemoryError: ("no_room", True),
    StepFailedError: ("export_failed", True),
    RepositoryError: ("repository_unusable", True),
    ExportError: ("export_failed", True),
}
"""Of an error's first class that is here: our code, and whether another attempt can be of use."""


def work(job: Mapping[str, Any], settings: Settings, report: Report) -> None:
    """Download, compare, export and install.

    Raises:
        InstallationError, ExportError, DiffusionError: it cannot be; what was served before is served still.
    """
    offer, folder, name = Offer.of(job["offer"]), Path(job["folder"]), str(job["name"])

    def coming(file: str, done: int, left_s: float | None) -> None:
        report(Progress(InstallationStatus.DOWNLOADING, "download", file, done, left_s))

    def comparing(file: str) -> None:
        report(Progress(InstallationStatus.VERIFYING, "checksum", file))

    fetch_files(offer.files, folder, settings, Pace(offer.total_bytes, PAUSE_S, coming), comparing)
    place(offer, name, folder, settings, job["options"], report)


def explained(error: Exception, folder: str) -> dict[str, Any]:
    """What is told of an error; files are named as they are at their source."""
    if isinstance(error, InstallationError):
        code, may_resume = error.code, error.may_resume
    elif isinstance(error, ExportError):
        code, may_resume = next(CODES[kind] for kind in type(error).__mro__ if kind in CODES)
    elif isinstance(error, DiffusionError):
        code, may_resume = error.code, False
    else:
        code, may_resume = "disk_unusable", True
    return {"code": code, "message": str(error).replace(f"{folder}/", "")[:2000], "may_resume": may_resume}


def main() -> int:
    """Do the job on standard input."""
    channel = os.fdopen(os.dup(1), "w")  # libraries print on standard output
    os.dup2(2, 1)
    job = json.load(sys.stdin)
    end_with_parent(job["parent"])

    def send(line: Mapping[str, Any]) -> None:
        print(json.dumps(line), file=channel, flush=True)

    try:
        work(job, load_settings(), lambda progress: send({"progress": dataclasses.asdict(progress)}))
    except (InstallationError, ExportError, DiffusionError, OSError) as error:
        send({"error": explained(error, job["folder"])})
    else:
        send({"done": True})
    return 0


if __name__ == "__main__":
    sys.exit(main())
