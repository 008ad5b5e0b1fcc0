"""Where and with what a figure was measured."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("numpy", "onnxruntime", "tritonclient", "grpcio")


def describe(command: list[str] | None = None) -> dict[str, Any]:
    """Machine, versions, commit, command and date, for a result file."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": " ".join(command or ["python", "-m", *_module(), *sys.argv[1:]]),
        "commit": _commit(),
        "machine": {
            "cpu": _cpu(),
            "cores": len(os.sched_getaffinity(0)),
            "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
            "system": f"{platform.system()} {platform.release().split('-')[0]}, glibc {platform.libc_ver()[1]}",
            "load_average_before": [round(load, 2) for load in os.getloadavg()],
        },
        "versions": {"python": platform.python_version(), **{name: _version(name) for name in PACKAGES}},
    }


def heading(facts: dict[str, Any]) -> str:
    """The first sentences of a report: when, of which commit, by which command and on what machine it was measured."""
    machine = facts["machine"]
    return (
        f"{facts['date']}, commit {facts['commit']}, `{facts['command']}`. {machine['cpu']}, {machine['cores']} cores; "
        f"load average before the run {', '.join(map(str, machine['load_average_before']))}."
    )


def _module() -> list[str]:
    main = sys.modules["__main__"].__spec__
    return [main.name.removesuffix(".__main__")] if main else [Path(sys.argv[0]).name]


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def _commit() -> str:
    try:
        answer = subprocess.run(
            ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return answer.stdout.strip()
