"""Every error leaves in the shape of the surface it was asked through; the framework's own `detail` never does."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from diffusion.errors import DiffusionError
from gateway import errors
from gateway.errors import GatewayError
from gateway.kit.problem import MEDIA_TYPE, problem
from gateway.limits.body import BodyTooLargeSignal
from gateway.openai.errors import error_object

OPENAI_PATHS = ("/v1/images", "/v1/models")
MAX_SHOWN_CHARS = 80


def render(scope: Scope, error: GatewayError) -> Response:
    """The answer for `error` on the surface that `scope`'s path belongs to."""
    if scope["path"].startswith(OPENAI_PATHS):
        return JSONResponse(error_object(error), error.status, error.headers)
    return JSONResponse(problem(error), error.status, error.headers, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Replace the framework's handlers."""

    async def on_gateway_error(request: Request, error: Exception) -> Response:
        return render(request.scope, _translated(error))

    for kind in (GatewayError, DiffusionError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, on_gateway_error)


def _translated(error: Exception) -> GatewayError:
    if isinstance(error, GatewayError):
        return error
    if isinstance(error, DiffusionError):
        return errors.from_diffusion_error(error)
    if isinstance(error, RequestValidationError):
        return _from_validation(error.errors()[0])
    if isinstance(error, BodyTooLargeSignal):
        return error.error
    if isinstance(error, HTTPException):
        return errors.from_status(error.status_code, str(error.detail))
    return errors.InternalError()


def _from_validation(detail: dict[str, Any]) -> GatewayError:
    """The first thing wrong with a body or a parameter, naming it and what was given."""
    if detail["type"] == "json_invalid":
        return errors.InvalidRequestError("The body is not valid JSON")
    path = [str(part) for part in detail["loc"][1:]]
    if not path:
        return errors.InvalidRequestError("The body must be a JSON object, sent as application/json")
    message = f"{'.'.join(path)}: {detail['msg'][:1].lower()}{detail['msg'][1:]}"
    if detail["type"] != "missing":
        given = repr(detail["input"])
        message += f"; {given if len(given) <= MAX_SHOWN_CHARS else given[:MAX_SHOWN_CHARS] + '…'} was given"
    return errors.InvalidRequestError(message, field=path[0])
