"""No body is read further than it may be long, and what nobody wants to read is not waited for."""

from __future__ import annotations

from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.errors import GatewayError, InvalidRequestError, PayloadTooLargeError

Render = Callable[[Scope, GatewayError], Response]


class BodyRefusedSignal(HTTPException):
    """Raised out of `receive`, with the reason; the framework lets this type through to the error handlers."""

    def __init__(self, reason: Exception) -> None:
        super().__init__(400)
        self.reason = reason


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


DRAINED_BYTES = 65_536
"""Of a body that is not read, what is let come in all the same, so that the connection can be used again."""


class BodyLimitMiddleware:
    """Refuses a longer `content-length` before a byte is read, and stops reading a body that grows beyond the limit.

    An answer that is begun before a large body was read says that the connection ends with it.
    """

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
        read, is_whole = 0, not _is_large(Headers(scope=scope))

        async def receive_counted() -> Message:
            nonlocal read, is_whole
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                raise BodyRefusedSignal(PayloadTooLargeError(limit))
            is_whole = is_whole or not message.get("more_body", False)
            return message

        async def send_and_close(message: Message) -> None:
            if message["type"] == "http.response.start" and not is_whole:
                MutableHeaders(scope=message)["connection"] = "close"  # what follows on it is the body nobody reads
            await send(message)

        refusal = _refusal(limit, Headers(scope=scope).get("content-length"))
        if refusal is None:
            await self.app(scope, receive_counted, send_and_close)
        else:
            await self.render(scope, refusal)(scope, receive, send_and_close)


def _is_large(headers: Headers) -> bool:
    length = headers.get("content-length", "0")
    is_number = length.isascii() and length.isdigit()
    return "transfer-encoding" in headers or not is_number or int(length[:20]) > DRAINED_BYTES


def _refusal(limit: int, content_length: str | None) -> GatewayError | None:
    if content_length is None:
        return None
    if not (content_length.isascii() and content_length.isdigit()):
        return InvalidRequestError("content-length: expected a number of bytes")
    return PayloadTooLargeError(limit) if int(content_length[:20]) > limit else None
