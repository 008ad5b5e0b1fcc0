"""The error shape of our own API: problem details (RFC 9457) with a stable `code`."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from gateway.errors import GatewayError

MEDIA_TYPE = "application/problem+json"


def problem(error: GatewayError) -> dict[str, Any]:
    """The error as problem details."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "code": error.code,
        "detail": error.message,
        "field": error.field,
    }
