"""Processor time of processes, from /proc: on a shared machine it says more than the clock on the wall."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_PPID, _UTIME, _STIME = 1, 11, 12  # fields of /proc/<pid>/stat behind the command's closing bracket


def process_tree(root: int) -> list[int]:
    """`root` and all its descendants that exist now."""
    children: dict[int, list[int]] = defaultdict(list)
    for path in Path("/proc").glob("[0-9]*/stat"):
        fields = _stat(path)
        if fields:
            children[int(fields[_PPID])].append(int(path.parent.name))
    tree = [root]
    for pid in tree:
        tree += children[pid]
    return tree


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time that the processes have used so far; 10 ms resolution."""
    total = 0.0
    for pid in pids:
        fields = _stat(Path(f"/proc/{pid}/stat"))
        if fields:
            total += (int(fields[_UTIME]) + int(fields[_STIME])) * _TICK_S
    return total


def _stat(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []  # it has just ended
