"""The python backend's shared-memory files: whose they are, and which are left over.

Triton removes them at a clean stop; a killed stub or server leaves its own, 1 MB or more each.
"""

from __future__ import annotations

import os
import re

from avila.guardian import SHM, remove_shared_memory

_OURS = re.compile(r"avila_(\d+)_")


def prefix_of(pid: int) -> str:
    """What the names of the files of the `avila up` with this process id begin with."""
    return f"avila_{pid}_"


def remove_stale() -> int:
    """Remove the files of every `avila up` that is no longer running; returns how many."""
    owners = {int(match[1]) for file in SHM.glob("avila_*") if (match := _OURS.match(file.name))}
    return sum(remove_shared_memory(prefix_of(pid)) for pid in owners if not _runs(pid))


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
