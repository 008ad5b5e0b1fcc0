"""What an endpoint may answer beside what it promises, for the OpenAPI description; one shape for each surface."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from gateway.kit.problem import MEDIA_TYPE

TEXT = {"type": "string"}
PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `code` is stable and for programs, `detail` is for people, `field` is the one at fault.",
    "required": ["type", "title", "status", "code", "detail", "field"],
    "properties": {
        "type": TEXT,
        "title": TEXT,
        "status": {"type": "integer"},
        "code": TEXT,
        "detail": TEXT,
        "field": {"type": ["string", "null"]},
    },
}
OPENAI = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": TEXT,
                "type": TEXT,
                "param": {"type": ["string", "null"]},
                "code": {"type": ["string", "null"]},
            },
        }
    },
}
A1111 = {
    "type": "object",
    "required": ["error", "detail", "body", "errors"],
    "properties": dict.fromkeys(("error", "detail", "body", "errors"), TEXT),
}
SCHEMAS = {"Problem": PROBLEM, "OpenAIError": OPENAI, "A1111Error": A1111}
REFUSED = "Not acceptable, not allowed, not there, or too much: the code says which"
AWAY = "Not possible for the moment; try again"


def errors_of(prefix: str) -> dict[int | str, dict[str, Any]]:
    """The responses of every endpoint under a path."""
    media_type, name = "application/json", "Problem"
    if prefix.startswith(("/v1/images", "/v1/models")):
        name = "OpenAIError"
    elif prefix.startswith(("/sdapi", "/internal", "/controlnet")):
        name = "A1111Error"
    else:
        media_type = MEDIA_TYPE
    content = {media_type: {"schema": {"$ref": f"#/components/schemas/{name}"}}}
    return {
        "4XX": {"description": REFUSED, "content": content},
        503: {"description": AWAY, "content": content},
    }


def install(app: FastAPI) -> None:
    """Put the shapes of the errors into the description."""
    describe = app.openapi

    def openapi() -> dict[str, Any]:
        found = describe()
        found.setdefault("components", {}).setdefault("schemas", {}).update(SCHEMAS)
        return found

    app.openapi = openapi  # type: ignore[method-assign]
