"""How busy the accelerator is, from Triton's own metrics; on machines without one, the processor."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

import httpx

TIMEOUT_S = 1.0
MAX_CHARS = 4_000_000
_SAMPLE = re.compile(r"^(nv_gpu_utilization|nv_gpu_memory_used_bytes|nv_gpu_memory_total_bytes)\{[^}]*\} (\S+)$", re.M)


@dataclass(frozen=True, slots=True)
class Accelerator:
    """`utilisation` is 0 … 1, the mean over all GPUs; memory is their sum. None where nobody knows."""

    kind: str
    count: int
    utilisation: float | None = None
    memory_used: int | None = None
    memory_total: int | None = None


class AcceleratorProbe:
    """Asks the metrics port of Triton, or this machine."""

    def __init__(self, url: str | None) -> None:
        self._url = url

    async def look(self) -> Accelerator:
        """What is known now; never raises."""
        text = ""
        if self._url is not None:
            try:
                async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as client:
                    text = (await client.get(self._url)).text[:MAX_CHARS]
            except httpx.HTTPError:
                return Accelerator("unknown", 0)
        return parse(text) or processor()


def parse(text: str) -> Accelerator | None:
    """The GPUs in Triton's metrics, or None when it has none."""
    found: dict[str, list[float]] = {}
    for name, value in _SAMPLE.findall(text):
        found.setdefault(name, []).append(float(value))
    used, total = found.get("nv_gpu_memory_used_bytes", []), found.get("nv_gpu_memory_total_bytes", [])
    busy = found.get("nv_gpu_utilization", [])
    if not busy and not total:
        return None
    mean = round(sum(busy) / len(busy), 4) if busy else None
    return Accelerator("gpu", max(len(busy), len(total)), mean, int(sum(used)), int(sum(total)))


def processor() -> Accelerator:
    """This machine's processor: its load over the last minute for each core."""
    cores = os.cpu_count() or 1
    return Accelerator("cpu", cores, round(min(1.0, os.getloadavg()[0] / cores), 4))
