"""The permission in the signature: `subject: Caller` on an endpoint means that a valid key is needed."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, cast

import structlog
from fastapi import Depends, Request
from starlette.requests import HTTPConnection

from gateway.auth.service import REFUSED, KeyService, Subject
from gateway.errors import AuthenticationError

MAX_HEADER_CHARS = 1024


def presented_key(request: HTTPConnection) -> str:
    """The key of a request: Bearer, `x-api-key`, `api-key` (Azure's name), or the password of Basic.

    An empty `Authorization` header, as some clients send it, counts as none.
    """
    for header in ("x-api-key", "api-key"):
        if value := request.headers.get(header, "").strip():
            return value[:MAX_HEADER_CHARS]
    scheme, _, value = request.headers.get("authorization", "")[:MAX_HEADER_CHARS].strip().partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        return _password(value.strip())
    return ""


async def authenticate(request: Request) -> Subject:
    """Who is asking; raises AuthenticationError when that is not known."""
    return await authenticate_connection(request)


async def authenticate_connection(connection: HTTPConnection) -> Subject:
    """The same for a request or a WebSocket."""
    key = presented_key(connection)
    if not key:
        raise AuthenticationError(REFUSED)
    subject = await cast(KeyService, connection.state.keys).authenticate(key)
    structlog.contextvars.bind_contextvars(key_id=subject.key_id)
    return subject


Caller = Annotated[Subject, Depends(authenticate)]
SocketCaller = Annotated[Subject, Depends(authenticate_connection)]


def _password(encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""
