"""The command line's client of `POST /v1/images/generations`: server-sent events to typed ones, errors to one line."""

from __future__ import annotations

import base64
import json
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import httpx

CONNECT_S = 5.0
SILENCE_S = 120.0  # the server sends a comment every few seconds, so a longer silence is a lost connection


class GenerationError(Exception):
    """The service refused or failed; the message is its own."""


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of one image is done."""

    image: int
    step: int
    num_steps: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A finished image, encoded, with the seed that makes it again."""

    image: int
    seed: int | None
    data: bytes


StreamedEvent: TypeAlias = Progress | Picture


def generate(address: str, key: str, body: Mapping[str, Any]) -> Generator[StreamedEvent, None, None]:
    """Ask for pictures. Closing the iterator closes the connection, which cancels the request on the server.

    Args:
        address: of the service, `http://host:port`.
        key: the API key, or "".
        body: the fields of the request; `stream` and `stream_progress` are added.

    Raises:
        GenerationError: no connection, a refusal, or a failure on the way.
    """
    headers = {"authorization": f"Bearer {key}"} if key else {}
    timeout = httpx.Timeout(SILENCE_S, connect=CONNECT_S)
    request = {**body, "stream": True, "stream_progress": True}
    try:
        with (
            httpx.Client(timeout=timeout) as client,
            client.stream("POST", f"{address}/v1/images/generations", json=request, headers=headers) as answer,
        ):
            if answer.status_code != httpx.codes.OK:
                answer.read()
                raise GenerationError(_refusal(answer))
            for data in _events(answer.iter_lines()):
                event = _understood(data)
                if event is not None:
                    yield event
    except httpx.ConnectError as error:
        raise GenerationError(f"nothing answers at {address}; start the service with `avila up`") from error
    except httpx.TransportError as error:
        raise GenerationError(f"the connection to {address} was lost ({error or type(error).__name__})") from error


def _events(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    """The data of each server-sent event; comments and other fields are passed over."""
    data: list[str] = []
    for line in lines:
        if line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
        elif not line and data:
            text, data = "\n".join(data), []
            if text != "[DONE]":
                yield json.loads(text)


def _understood(data: Mapping[str, Any]) -> StreamedEvent | None:
    if "error" in data:
        raise GenerationError(data["error"].get("message", "the generation failed"))
    kind = data.get("type", "")
    if kind.endswith(".progress"):
        return Progress(data["index"], data["step"], data["num_steps"])
    if kind.endswith(".completed"):
        return Picture(data.get("index", 0), data.get("seed"), base64.b64decode(data["b64_json"]))
    return None


def _refusal(answer: httpx.Response) -> str:
    hint = {
        401: "; make a key with `avila keys create --name NAME` and set AVILA_API_KEY",
        503: "; is it still starting? `avila doctor` looks for what is wrong",
    }.get(answer.status_code, "")
    try:
        message = answer.json()["error"]["message"]
    except (ValueError, KeyError, TypeError):
        message = f"the service answered {answer.status_code}"
    return f"{message}{hint}"
