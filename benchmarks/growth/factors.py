"""What is varied, and how one value of it is measured."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import httpx
import numpy as np

NUMBERS = itertools.count(1)
"""Every request has a prompt of its own: nothing is answered from memory."""

TIMED = 10
Times = dict[int, list[float]]
"""Seconds of each value."""

Measure = Callable[[httpx.AsyncClient, str, int], Awaitable[float]]


@dataclass(frozen=True, slots=True)
class Factor:
    """One thing that is varied.

    Attributes:
        expected: the order that theory gives: the exponent of the value once its fixed part is paid.
        why: where that comes from.
        quantity: what is measured, in seconds.
        rounds: how often each value is measured; 1 where a value cannot be gone back to.
    """

    name: str
    values: Sequence[int]
    expected: float
    why: str
    quantity: str
    measure: Measure
    rounds: int = 5


async def _picture(client: httpx.AsyncClient, model: str, steps: int, side: int = 64, n: int = 1) -> float:
    body = {
        "model": model,
        "prompt": f"a red apple, {next(NUMBERS)}",
        "size": f"{side}x{side}",
        "n": n,
        "num_inference_steps": steps,
        "response_format": "b64_json",
    }
    started = time.perf_counter()
    answer = await client.post("/v1/images/generations", json=body)
    answer.raise_for_status()
    return time.perf_counter() - started


async def _steps(client: httpx.AsyncClient, model: str, value: int) -> float:
    return await _picture(client, model, value)


async def _side(client: httpx.AsyncClient, model: str, value: int) -> float:
    return await _picture(client, model, 4, side=value)


async def _images(client: httpx.AsyncClient, model: str, value: int) -> float:
    return await _picture(client, model, 8, n=value)


async def _callers(client: httpx.AsyncClient, model: str, value: int) -> float:
    started = time.perf_counter()
    await asyncio.gather(*(_picture(client, model, 8) for _ in range(value)))
    return time.perf_counter() - started


class _Waiting:
    """Fills a paused queue up to the value, then times ten more."""

    def __init__(self) -> None:
        self._accepted = 0

    async def __call__(self, client: httpx.AsyncClient, model: str, value: int) -> float:
        (await client.put("/v1/admin/queue/paused", json={"is_paused": True})).raise_for_status()
        times = []
        while self._accepted < value + TIMED:
            times.append(await _accept(client, model))
            self._accepted += 1
        return float(np.median(times[-TIMED:]))


async def _accept(client: httpx.AsyncClient, model: str) -> float:
    body = {"model": model, "input": {"prompt": f"{next(NUMBERS)}", "num_inference_steps": 1}}
    started = time.perf_counter()
    (await client.post("/v1/jobs", json=body)).raise_for_status()
    return time.perf_counter() - started


FACTORS = (
    Factor("steps", (5, 10, 20, 40, 80), 1.0, "each step is one call of the UNet", "one picture", _steps),
    Factor("side", (64, 96, 128, 192, 256), 2.0, "pixels; attention adds more", "one picture, 4 steps", _side),
    Factor("n", (1, 2, 4, 8), 1.0, "rows on a processor that one row fills already", "one request, 8 steps", _images),
    Factor("callers", (1, 2, 4, 8), 1.0, "the same, from different callers", "all of them, 8 steps each", _callers),
    Factor("waiting", (10, 100, 400, 1600), 0.0, "the queue is an index", "accepting one job", _Waiting(), 1),
)
