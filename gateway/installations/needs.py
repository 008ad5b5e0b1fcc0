"""What an installation takes of the machine, and what there is."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from gateway.installations.offer import Kind, Offer

SPARE_BYTES = 50_000_000
BASE_MEMORY_BYTES = 1_300_000_000
"""Of the libraries that export and verify a network (measured; `export.plan`, which decides in the end)."""

NETWORK_COPIES = 2
"""Of the largest network, while it is compared with the original: the original's and the served one's, at the least."""


@dataclass(frozen=True, slots=True)
class Needs:
    """`problem` says why it does not fit."""

    disk_bytes: int
    disk_free_bytes: int
    memory_bytes: int
    memory_free_bytes: int

    @property
    def problem(self) -> str | None:
        """Why it does not fit, or None."""
        for what, needed, there in (
            ("disk", self.disk_bytes, self.disk_free_bytes),
            ("memory", self.memory_bytes, self.memory_free_bytes),
        ):
            if needed > there:
                return f"it needs {needed / 1e9:.2f} GB of {what}, and {there / 1e9:.2f} GB are free"
        return None


def needs_of(offer: Offer, folder: Path) -> Needs:
    """What `offer` takes where its files go to `folder`. Touches the disk: use a thread."""
    networks = offer.kind in (Kind.PIPELINE, Kind.CONTROLNET)
    largest = max((file.bytes for file in offer.files), default=0)
    memory = BASE_MEMORY_BYTES + NETWORK_COPIES * largest if networks else 0
    return Needs(offer.total_bytes + SPARE_BYTES, free_disk(folder), memory, free_memory())


def free_disk(folder: Path) -> int:
    """Bytes free on the disk that `folder` is, or will be, on."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    return shutil.disk_usage(existing).free


def free_memory() -> int:
    """Bytes that can be taken without swapping; all there is where the system does not tell."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        entries = dict(line.split(":", 1) for line in lines)
        return int(entries["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
