"""No body is read further than it may be long."""

from __future__ import annotations

from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.errors import GatewayError, InvalidRequestError, PayloadTooLargeError

Render = Callable[[Scope, GatewayError], Response]


class BodyTooLargeSignal(HTTPException):
    """Raised out of `receive` in the middle of a body; the framework lets this type through to the error handlers."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(413)
        self.error = PayloadTooLargeError(limit_bytes)


PICTURE_PATHS = (
    "/v1/uploads",
    "/v1/controls/preview",
    "/v1/jobs",
    "/v1/images/edits",
    "/v1/images/variations",
    "/v1/provenance/verify",
    "/mcp",
    "/sdapi/v1/",
    "/controlnet/detect",
)
"""Where bodies carry pictures."""


class BodyLimitMiddleware:
    """Refuses a longer `content-length` before a byte is read, and stops reading a body that grows beyond the limit."""

    def __init__(self, app: ASGIApp, limit_bytes: int, picture_limit_bytes: int, render: Render) -> None:
        self.app = app
        self.limit_bytes = limit_bytes
        self.picture_limit_bytes = max(limit_bytes, picture_limit_bytes)
        self.render = render

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self.picture_limit_bytes if scope["path"].startswith(PICTURE_PATHS) else self.limit_bytes
        refusal = _refusal(limit, Headers(scope=scope).get("content-length"))
        if refusal is not None:
            response = self.render(scope, refusal)
            response.headers["connection"] = "close"  # what follows on this connection is the body nobody reads
            await response(scope, receive, send)
            return
        read = 0

        async def receive_counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                raise BodyTooLargeSignal(limit)
            return message

        await self.app(scope, receive_counted, send)


def _refusal(limit: int, content_length: str | None) -> GatewayError | None:
    if content_length is None:
        return None
    if not (content_length.isascii() and content_length.isdigit()):
        return InvalidRequestError("content-length: expected a number of bytes")
    return PayloadTooLargeError(limit) if int(content_length[:20]) > limit else None
