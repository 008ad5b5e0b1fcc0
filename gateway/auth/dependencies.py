"""The permission in the signature: `subject: Caller` on an endpoint means that a valid key is needed."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, cast

import structlog
from fastapi import Depends, Request

from gateway.auth.service import REFUSED, KeyService, Subject
from gateway.errors import AuthenticationError

MAX_HEADER_CHARS = 1024


def key_service(request: Request) -> KeyService:
    """The application's key service."""
    return cast(KeyService, request.state.keys)


def presented_key(request: Request) -> str:
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


async def authenticate(request: Request, keys: Annotated[KeyService, Depends(key_service)]) -> Subject:
    """Who is asking; raises AuthenticationError when that is not known."""
    key = presented_key(request)
    if not key:
        raise AuthenticationError(REFUSED)
    subject = await keys.authenticate(key)
    structlog.contextvars.bind_contextvars(key_id=subject.key_id)
    return subject


Caller = Annotated[Subject, Depends(authenticate)]


def _password(encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""
