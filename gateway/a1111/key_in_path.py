"""`/k/<key>/sdapi/…`: for clients that have a field for an address and none for a key."""

from __future__ import annotations

import re

from starlette.types import ASGIApp, Receive, Scope, Send

_PATH = re.compile(r"/k/(av_[0-9A-Za-z]{1,80})(/(?:sdapi|internal|controlnet)/.*)")


class KeyInPathMiddleware:
    """Moves such a key into a header before anything sees the path: it is in no log and no metric."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        match = _PATH.fullmatch(scope.get("path", "")) if scope["type"] == "http" else None
        if match is None:
            await self.app(scope, receive, send)
            return
        headers = [(name, value) for name, value in scope["headers"] if name not in (b"authorization", b"x-api-key")]
        headers.append((b"x-api-key", match[1].encode()))
        moved = {**scope, "path": match[2], "raw_path": match[2].encode(), "headers": headers}
        await self.app(moved, receive, send)
