"""OpenAI's error object: `{"error": {message, type, param, code}}`, always with all four keys."""

from __future__ import annotations

from typing import Any

from gateway.errors import GatewayError

PARAMS = {"num_images": "n", "width": "size", "height": "size"}
"""Our canonical field names that OpenAI calls otherwise."""

_BLOCKED = "moderation_blocked"
_TYPES = {403: "permission_error", 429: "rate_limit_error"}


def error_object(error: GatewayError) -> dict[str, Any]:
    """The error in OpenAI's form."""
    kind = "server_error" if error.status >= 500 else _TYPES.get(error.status, "invalid_request_error")
    if error.code == _BLOCKED:
        kind = "image_generation_user_error"
    param = None if error.field is None else PARAMS.get(error.field, error.field)
    return {"error": {"message": error.message, "type": kind, "param": param, "code": error.code}}
