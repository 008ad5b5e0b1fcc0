"""What came of an errand, as JSON: an answer, or the error with everything that a client is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.errors import GatewayError


def answered(value: Any) -> dict[str, Any]:
    """It was done."""
    return {"value": value}


def failed(error: GatewayError) -> dict[str, Any]:
    """It was not done."""
    told = {"status": error.status, "code": error.code, "message": error.message}
    return {"error": {**told, "field": error.field, "headers": error.headers}}


def value_of(answer: Mapping[str, Any]) -> Any:
    """What was answered. Raises GatewayError, alike to the one that was raised over there."""
    if "error" not in answer:
        return answer["value"]
    error = answer["error"]
    facts = {"status": error["status"], "code": error["code"]}
    kind: type[GatewayError] = type("AnsweredError", (GatewayError,), facts)
    raise kind(error["message"], field=error["field"], headers=error["headers"])
