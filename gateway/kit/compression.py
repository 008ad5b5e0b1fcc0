"""JSON answers compressed as the client accepts it: zstd or gzip, large ones in a thread. No pictures, no streams."""

from __future__ import annotations

import asyncio
import gzip
import re

import zstandard
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MIN_BYTES = 1024
AT_ONCE_BYTES = 16_384
"""It takes less time than the way to a thread and back."""

ZSTD_LEVEL, GZIP_LEVEL = 3, 5
MEDIA_TYPES = ("application/json", "application/problem+json")
AS_THEY_ARE = (
    "/v1/images/",  # pictures in base64, which are compressed already
    "/sdapi/v1/txt2img",
    "/sdapi/v1/img2img",
    "/sdapi/v1/progress",
    "/internal/",
    "/controlnet/detect",
    "/v1/auth/",  # a secret's compressed length beside text of an attacker's choice tells of the secret
    "/v1/keys",
    "/v1/webhooks",
    "/mcp",
)
_CODING = re.compile(r"\s*(zstd|gzip|\*)\s*(?:;\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*)?", re.IGNORECASE)


class CompressionMiddleware:
    """Compresses an answer that is JSON, whole in one message, and not small; every other passes as it is."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http" or scope["path"].startswith(AS_THEY_ARE):
            await self.app(scope, receive, send)
            return
        coding = coding_for(Headers(scope=scope).get("accept-encoding", ""))
        held: Message | None = None

        async def send_compressed(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start" and _is_json(message):
                MutableHeaders(scope=message).add_vary_header("Accept-Encoding")
                held = message
                return
            if held is not None:
                start, held = held, None
                if coding is not None and is_worth_it(message):
                    message = {**message, "body": await _compressed(message["body"], coding)}
                    headers = MutableHeaders(scope=start)
                    headers["content-encoding"] = coding
                    headers["content-length"] = str(len(message["body"]))
                await send(start)
            await send(message)

        await self.app(scope, receive, send_compressed)


async def _compressed(body: bytes, coding: str) -> bytes:
    if len(body) <= AT_ONCE_BYTES:
        return compressed(body, coding)
    return await asyncio.to_thread(compressed, body, coding)


def coding_for(accepted: str) -> str | None:
    """The best of what a client accepts: the one it weighs most, zstd where it weighs both alike; None for neither."""
    weights: dict[str, float] = {}
    for part in accepted[:1000].split(","):
        if (match := _CODING.fullmatch(part)) is not None:
            weights[match[1].lower()] = 1.0 if match[2] is None else float(match[2])
    found = {name: weights.get(name, weights.get("*", 0.0)) for name in ("zstd", "gzip")}
    best = max(found, key=found.__getitem__)
    return best if found[best] > 0 else None


def compressed(body: bytes, coding: str) -> bytes:
    """Slow work: use a thread."""
    if coding == "zstd":
        return zstandard.ZstdCompressor(level=ZSTD_LEVEL).compress(body)
    return gzip.compress(body, GZIP_LEVEL, mtime=0)


def is_worth_it(message: Message) -> bool:
    """Whether a message is a whole body, and long enough."""
    whole = message["type"] == "http.response.body" and not message.get("more_body", False)
    return whole and len(message.get("body", b"")) >= MIN_BYTES


def _is_json(message: Message) -> bool:
    headers = Headers(raw=message["headers"])
    media_type = headers.get("content-type", "").partition(";")[0].strip()
    return media_type in MEDIA_TYPES and "content-encoding" not in headers
