"""What is varied, and how one value of it is measured."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import httpx
import numpy as np

from benchmarks.gateway.search import fill_installation

NUMBERS = itertools.count(1)
"""Every request has a prompt of its own: nothing is answered from memory."""

TIMED = 10
Times = dict[int, list[float]]
"""Seconds of each value."""

PASSWORD = "correct horse battery staple"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is asked: a client of the service who is signed in, the pipeline, and the service's own database."""

    client: httpx.AsyncClient
    model: str
    database: str


Measure = Callable[[Subject, int], Awaitable[float]]


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


async def _picture(subject: Subject, steps: int, side: int = 64, n: int = 1) -> float:
    body = {
        "model": subject.model,
        "prompt": f"a red apple, {next(NUMBERS)}",
        "size": f"{side}x{side}",
        "n": n,
        "num_inference_steps": steps,
        "response_format": "b64_json",
    }
    return await _timed(subject.client.post("/v1/images/generations", json=body))


async def _timed(asked: Awaitable[httpx.Response]) -> float:
    started = time.perf_counter()
    (await asked).raise_for_status()
    return time.perf_counter() - started


async def _steps(subject: Subject, value: int) -> float:
    return await _picture(subject, value)


async def _side(subject: Subject, value: int) -> float:
    return await _picture(subject, 4, side=value)


async def _images(subject: Subject, value: int) -> float:
    return await _picture(subject, 8, n=value)


async def _rows(subject: Subject, value: int) -> float:
    """A step of a call with so many rows: what the steps of a longer request add, two rows a picture."""
    few, many = 4, 20
    return (await _picture(subject, many, n=value // 2) - await _picture(subject, few, n=value // 2)) / (many - few)


async def _callers(subject: Subject, value: int) -> float:
    started = time.perf_counter()
    await asyncio.gather(*(_picture(subject, 8) for _ in range(value)))
    return time.perf_counter() - started


class _Pictures:
    """Fills the gallery up to the value, then times a search for two words."""

    def __init__(self) -> None:
        self._stored = 0

    async def __call__(self, subject: Subject, value: int) -> float:
        owner = (await subject.client.get("/v1/auth/me")).raise_for_status().json()["id"]
        await fill_installation(subject.database, value - self._stored, owner)
        self._stored = value
        asked = {"query": "lighthouse misty"}
        times = [await _timed(subject.client.get("/v1/history", params=asked)) for _ in range(TIMED)]
        return float(np.median(times))


class _Users:
    """Lets so many users wait for one job each in a paused queue, then times more of theirs.

    Few users: one address may sign in thirty times in five minutes.
    """

    def __init__(self) -> None:
        self._clients: list[dict[str, str]] = []

    async def __call__(self, subject: Subject, value: int) -> float:
        await _pause(subject)
        while len(self._clients) < value:
            self._clients.append(await _join(subject, len(self._clients)))
            await _accept(subject, self._clients[-1])
        return float(np.median([await _accept(subject, self._clients[-1]) for _ in range(TIMED)]))


class _Waiting:
    """Fills a paused queue up to the value, then times ten more."""

    def __init__(self) -> None:
        self._accepted = 0

    async def __call__(self, subject: Subject, value: int) -> float:
        await _pause(subject)
        times = []
        while self._accepted < value + TIMED:
            times.append(await _accept(subject))
            self._accepted += 1
        return float(np.median(times[-TIMED:]))


async def _pause(subject: Subject) -> None:
    (await subject.client.put("/v1/admin/queue/paused", json={"is_paused": True})).raise_for_status()


async def _join(subject: Subject, number: int) -> dict[str, str]:
    """A new user's headers."""
    who = {"email": f"user{number}@example.com", "password": PASSWORD}
    (await subject.client.post("/v1/auth/register", json=who)).raise_for_status()
    token = (await subject.client.post("/v1/auth/sign-in", json=who)).raise_for_status().json()["access_token"]
    return {"authorization": f"Bearer {token}"}


async def _accept(subject: Subject, headers: dict[str, str] | None = None) -> float:
    body = {"model": subject.model, "input": {"prompt": f"{next(NUMBERS)}", "num_inference_steps": 1}}
    return await _timed(subject.client.post("/v1/jobs", json=body, headers=headers))


FACTORS = (
    Factor("steps", (5, 10, 20, 40, 80), 1.0, "each step is one call of the UNet", "one picture", _steps),
    Factor("side", (64, 96, 128, 192, 256), 2.0, "pixels; attention adds more", "one picture, 4 steps", _side),
    Factor("n", (1, 2, 4, 8), 1.0, "rows on a processor that one row fills already", "one request, 8 steps", _images),
    Factor("rows", (2, 4, 8, 16), 1.0, "a processor that one row fills already", "one step", _rows),
    Factor("callers", (1, 2, 4, 8), 1.0, "the same, from different callers", "all of them, 8 steps each", _callers),
    Factor("pictures", (1000, 10_000, 100_000), 0.0, "the words are an index", "one search", _Pictures(), 1),
    Factor("users", (1, 5, 25), 0.0, "turns are counted when a job comes", "accepting one job", _Users(), 1),
    Factor("waiting", (10, 100, 400, 1600), 0.0, "the queue is an index", "accepting one job", _Waiting(), 1),
)
