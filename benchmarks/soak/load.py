"""A mixed load that goes on until it is told to stop: sizes, steps, numbers of pictures, streams, callers who leave."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import Any

import httpx

from benchmarks.service import Service

SIZES = ("64x64", "64x96", "96x64", "128x128")
PATIENCE_S = 0.15


class MixedLoad:
    """Callers in closed loops.

    Attributes:
        ended: requests by how they ended: done, left (the caller closed the connection), or the status.
        pictures: that were answered.
    """

    def __init__(self, service: Service, model: str, callers: int, steps: tuple[int, int]) -> None:
        self._service = service
        self._model = model
        self._callers = callers
        self._steps = steps
        self.ended: Counter[str] = Counter()
        self.pictures = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop` is set; every caller ends the request at hand."""
        async with httpx.AsyncClient(
            base_url=self._service.address, headers=self._service.headers, timeout=120
        ) as client:
            await asyncio.gather(*(self._caller(client, number, stop) for number in range(self._callers)))

    async def _caller(self, client: httpx.AsyncClient, number: int, stop: asyncio.Event) -> None:
        choice = random.Random(number)
        while not stop.is_set():
            body = {
                "model": self._model,
                "prompt": f"a {choice.choice(('red', 'green', 'blue'))} apple, {choice.random()}",
                "size": choice.choice(SIZES),
                "n": choice.choice((1, 1, 1, 2)),
                "response_format": "b64_json",
                "num_inference_steps": choice.randint(*self._steps),
            }
            kind = choice.random()
            if kind < 0.1:
                await self._leave(client, body)
            elif kind < 0.3:
                await self._stream(client, {**body, "n": 1, "stream": True, "partial_images": 2})
            else:
                await self._wait(client, body)

    async def _wait(self, client: httpx.AsyncClient, body: dict[str, Any]) -> None:
        answer = await client.post("/v1/images/generations", json=body)
        self._count(answer.status_code, body["n"])

    async def _stream(self, client: httpx.AsyncClient, body: dict[str, Any]) -> None:
        async with client.stream("POST", "/v1/images/generations", json=body) as answer:
            async for _ in answer.aiter_lines():
                pass
        self._count(answer.status_code, 1)

    async def _leave(self, client: httpx.AsyncClient, body: dict[str, Any]) -> None:
        try:
            await client.post("/v1/images/generations", json=body, timeout=PATIENCE_S)
        except httpx.TimeoutException:
            self.ended["left"] += 1
        else:
            self._count(200, body["n"])

    def _count(self, status: int, pictures: int) -> None:
        if status == httpx.codes.OK:
            self.ended["done"] += 1
            self.pictures += pictures
        else:
            self.ended[str(status)] += 1
