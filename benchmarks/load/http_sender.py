"""Requests over HTTP: OpenAI's images API, as any of its clients would send them."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx

from benchmarks.load.scenario import Scenario
from benchmarks.load.schedule import Request
from benchmarks.load.target import FailedError, RejectedError

KEYS = "BENCH_API_KEYS"
REJECTIONS = (429, 503)


class HttpSender:
    """One connection pool. Users share the keys of BENCH_API_KEYS, separated by commas, in turn."""

    def __init__(self, scenario: Scenario) -> None:
        self._target = scenario.target
        self._stream = scenario.ask.stream
        keys = [key.strip() for key in os.environ.get(KEYS, "").split(",") if key.strip()]
        self._keys = {f"user-{i}": keys[i % len(keys)] for i in range(scenario.users)} if keys else {}
        self._any_key = keys[0] if keys else ""
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=64)
        self._client = httpx.AsyncClient(base_url=self._target.url, limits=limits, timeout=self._target.timeout_s)

    async def send(self, request: Request, on_first: Callable[[], None]) -> None:
        """See `benchmarks.load.target.Sender`."""
        key = self._keys.get(request.user, self._any_key)
        headers = {"authorization": f"Bearer {key}"} if key else {}
        try:
            async with self._client.stream(
                "POST", "/v1/images/generations", json=self._body(request), headers=headers
            ) as answer:
                if answer.status_code != 200:
                    _refuse(answer.status_code, await answer.aread())
                if self._stream:
                    await _follow(answer, on_first)
                else:
                    _check(json.loads(await answer.aread()))
        except httpx.HTTPError as error:
            raise FailedError(type(error).__name__) from error

    async def aclose(self) -> None:
        """See `benchmarks.load.target.Sender`."""
        await self._client.aclose()

    def _body(self, request: Request) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self._target.model,
            "prompt": request.prompt,
            "response_format": "b64_json",
            "num_inference_steps": request.steps,
            "seed": request.seed,
            "user": request.user,
        }
        if request.size:
            body["size"] = request.size
        if request.guidance is not None:
            body["guidance_scale"] = request.guidance
        if self._stream:
            body |= {"stream": True, "partial_images": 1}
        return body


async def _follow(answer: httpx.Response, on_first: Callable[[], None]) -> None:
    is_first = True
    async for event in _events(answer):
        if event.get("type") == "error" or "error" in event:
            raise FailedError(str(event.get("error", {}).get("code") or "error event"))
        if is_first:
            on_first()
            is_first = False
        if str(event.get("type", "")).endswith(".completed"):
            _check({"data": [event]})
            return
    raise FailedError("the stream ended without a picture")


async def _events(answer: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    async for line in answer.aiter_lines():
        if line.startswith("data:") and line[5:].strip() not in ("", "[DONE]"):
            event: dict[str, Any] = json.loads(line[5:])
            yield event


def _check(answer: dict[str, Any]) -> None:
    if not all(image.get("b64_json") for image in answer.get("data", [])) or not answer.get("data"):
        raise FailedError("an answer without a picture")


def _refuse(status: int, body: bytes) -> None:
    try:
        code = json.loads(body)["error"]["code"]
    except (ValueError, KeyError, TypeError):
        code = ""
    reason = f"{status} {code or ''}".strip()
    raise RejectedError(reason) if status in REJECTIONS else FailedError(reason)
