"""Ends what `avila up` started when `avila up` itself is killed and cannot do so. Standard library only, a few MB.

The parent writes lines to this process's standard input:

    group NUMBER     a process group to end when the pipe closes
    forget NUMBER    that group has ended
    shm PREFIX       /dev/shm files that begin with PREFIX go with it
    done             the parent has cleaned up; leave without doing anything

The kernel closes the pipe whatever way the parent dies, so its end is the signal: no polling, no reused process id.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

GRACE_S = 3.0
SHM = Path("/dev/shm")  # noqa: S108 the system's place for shared memory, not a temporary file


def main() -> None:
    """Listen until the pipe closes, then end what is left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the parent decides; a terminal's Ctrl-C must not end the guard
    groups: set[int] = set()
    prefixes: set[str] = set()
    for line in sys.stdin:
        command, _, value = line.strip().partition(" ")
        if command == "group":
            groups.add(int(value))
        elif command == "forget":
            groups.discard(int(value))
        elif command == "shm":
            prefixes.add(value)
        elif command == "done":
            return
    end_groups(groups)
    for prefix in prefixes:
        remove_shared_memory(prefix)


def end_groups(groups: set[int], grace_s: float = GRACE_S) -> None:
    """SIGTERM to each group's leader, and SIGKILL to whatever of the group is still there after `grace_s`."""
    deadline = time.monotonic() + grace_s
    for leader in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(leader, signal.SIGTERM)
    while any(alive(group) for group in groups) and time.monotonic() < deadline:
        time.sleep(0.05)
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    while any(alive(group) for group in groups) and time.monotonic() < deadline + 2:
        time.sleep(0.05)


def alive(group: int) -> bool:
    """Whether a process of the group exists."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def remove_shared_memory(prefix: str) -> int:
    """Remove the shared-memory files that begin with `prefix`; returns how many."""
    files = list(SHM.glob(f"{prefix}*")) if prefix else []
    for file in files:
        file.unlink(missing_ok=True)
    return len(files)


if __name__ == "__main__":
    main()
