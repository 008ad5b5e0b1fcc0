"""Callers who notice everything: jobs with their events, and plain requests that wait for their picture.

A caller of jobs does what the protocol asks of any: an order that got no answer, or 503, is sent again under the same
idempotency key, and a stream of events that breaks is taken up again after the last event. Both are counted. A caller
of pictures has no second try: whatever is not a picture is a failure.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import ssl
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

PATIENCE_S = 90.0
AGAIN_S = 0.3
STEPS, SIZE = 2, 64
ENDS = {"succeeded", "failed", "canceled"}


@dataclass(slots=True)
class Call:
    """What became of one job or picture."""

    kind: str
    began: float
    ended: float = 0.0
    sent_again: int = 0
    streams_resumed: int = 0
    failure: str = ""


@dataclass(slots=True)
class Tally:
    """All calls of a run."""

    calls: list[Call] = field(default_factory=list)

    def between(self, start: float, end: float) -> list[Call]:
        """The calls that were open at some time within a phase."""
        return [call for call in self.calls if call.began < end and (call.ended or end) > start]


class Load:
    """Calls arrive at a fixed rate, alternately jobs and pictures, whatever becomes of the earlier ones."""

    def __init__(self, address: str, certificate: Path, key: str, rate: float) -> None:
        self._address, self._key, self._rate = address, key, rate
        self._trust = ssl.create_default_context(cafile=str(certificate))
        self._numbers = itertools.count(1)
        self._stopping = asyncio.Event()
        self.tally = Tally()

    async def run(self) -> None:
        """Until `stop`; then every call that is open is seen to its end."""
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        headers = {"authorization": f"Bearer {self._key}"}
        async with (
            httpx.AsyncClient(
                base_url=self._address, verify=self._trust, limits=limits, headers=headers, timeout=PATIENCE_S
            ) as client,
            asyncio.TaskGroup() as group,
        ):
            for number in self._numbers:
                group.create_task(self._one(client, number))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(1 / self._rate):
                        await self._stopping.wait()
                if self._stopping.is_set():
                    return

    def stop(self) -> None:
        """No new calls."""
        self._stopping.set()

    async def _one(self, client: httpx.AsyncClient, number: int) -> None:
        is_job = number % 2 == 1
        call = Call("job" if is_job else "picture", time.monotonic())
        self.tally.calls.append(call)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await (self._job(client, number, call) if is_job else self._picture(client, number))
        except TimeoutError:
            call.failure = f"no end within {PATIENCE_S:.0f} s"
        except (httpx.HTTPError, CallError) as error:
            call.failure = f"{type(error).__name__}: {error}"[:200]
        call.ended = time.monotonic()

    async def _picture(self, client: httpx.AsyncClient, number: int) -> None:
        body = {"prompt": f"an apple, {number}", "seed": number, "num_inference_steps": STEPS, "size": f"{SIZE}x{SIZE}"}
        answer = await client.post("/v1/images/generations", json=body)
        if answer.status_code != 200 or not answer.json()["data"][0]["b64_json"]:
            raise CallError(f"{answer.status_code} {answer.text[:150]}")

    async def _job(self, client: httpx.AsyncClient, number: int, call: Call) -> None:
        request = {"prompt": f"a pear, {number}", "seed": number, "num_inference_steps": STEPS}
        body = {"model": "avila-demo", "input": {**request, "width": SIZE, "height": SIZE}}
        job = await _accepted(client, body, f"rehearsal-{number}", call)
        images = []
        async for event in _events(client, job["id"], call):
            if event["type"] == "image":
                images.append(event)
            if event["type"] in ENDS - {"succeeded"}:
                raise CallError(json.dumps(event)[:200])
        if len(images) != 1:
            raise CallError(f"{len(images)} pictures of one")
        await _fetched(client, images[0]["url"], call)


class CallError(Exception):
    """An answer that is not what was asked for."""


async def _accepted(client: httpx.AsyncClient, body: dict[str, Any], name: str, call: Call) -> dict[str, Any]:
    while True:
        with contextlib.suppress(httpx.TransportError):
            answer = await client.post("/v1/jobs", json=body, headers={"idempotency-key": name})
            if answer.is_success:
                job: dict[str, Any] = answer.json()
                return job
            if answer.status_code not in (429, 502, 503):
                raise CallError(f"{answer.status_code} {answer.text[:150]}")
        call.sent_again += 1
        await asyncio.sleep(AGAIN_S)


async def _events(client: httpx.AsyncClient, job: str, call: Call) -> AsyncIterator[dict[str, Any]]:
    """Every event once and in order, to the terminal one, over as many streams as it takes."""
    last = ""
    while True:
        with contextlib.suppress(httpx.TransportError):
            headers = {"last-event-id": last} if last else {}
            async with client.stream("GET", f"/v1/jobs/{job}/events", headers=headers) as answer:
                if answer.status_code == 200:
                    async for number, event in _read(answer):
                        if number and last and int(number) <= int(last):
                            raise CallError(f"event {number} came after {last}")
                        last = number or last
                        yield event
                        if event["type"] in ENDS:
                            return
                elif answer.status_code not in (429, 502, 503):
                    raise CallError(f"{answer.status_code} at the events")
        call.streams_resumed += 1
        await asyncio.sleep(AGAIN_S)


async def _read(answer: httpx.Response) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    fields: dict[str, str] = {}
    async for line in answer.aiter_lines():
        if line and not line.startswith(":"):
            name, _, value = line.partition(":")
            fields[name] = value.strip()
        elif not line and "data" in fields:
            data = json.loads(fields["data"])
            yield fields.get("id", ""), {**data, "type": fields.get("event", data.get("type", ""))}
            fields = {}


async def _fetched(client: httpx.AsyncClient, url: str, call: Call) -> None:
    path = httpx.URL(url).raw_path.decode()
    while True:
        with contextlib.suppress(httpx.TransportError):
            answer = await client.get(path)
            if answer.status_code == 200:
                if not answer.content.startswith(b"\x89PNG"):
                    raise CallError("not a picture")
                return
            if answer.status_code not in (429, 502, 503):
                raise CallError(f"{answer.status_code} at the picture")
        call.sent_again += 1
        await asyncio.sleep(AGAIN_S)
