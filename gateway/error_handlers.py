"""Every error leaves in the shape of the surface it was asked through; the framework's own `detail` never does."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from diffusion.errors import DiffusionError
from gateway import errors
from gateway.a1111 import errors as a1111
from gateway.errors import GatewayError
from gateway.kit.problem import MEDIA_TYPE, problem
from gateway.limits.body import BodyRefusedSignal
from gateway.openai.errors import error_object
from gateway.storage.database import DatabaseUnavailableError, UnstorableTextError
from gateway.storage.images import StorageError

OPENAI_PATHS = ("/v1/images", "/v1/models")
MAX_SHOWN_CHARS = 80
_SECRET = re.compile("password|token|secret|signature|key", re.IGNORECASE)  # fields whose value no error repeats
log = structlog.stdlib.get_logger("gateway.errors")


def render(scope: Scope, error: GatewayError) -> Response:
    """The answer for `error` on the surface that `scope`'s path belongs to."""
    if scope["path"].startswith(OPENAI_PATHS):
        return JSONResponse(error_object(error), error.status, error.headers)
    if scope["path"].startswith(a1111.PATHS):
        return JSONResponse(a1111.error_object(error), error.status, a1111.headers_of(error))
    return JSONResponse(problem(error), error.status, error.headers, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Replace the framework's handlers."""
    for kind, translate in TRANSLATIONS.items():
        app.add_exception_handler(kind, _handler(translate))


def _handler(translate: Callable[[Any], GatewayError]) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def handle(request: Request, error: Exception) -> Response:
        return render(request.scope, translate(error))

    return handle


def _from_http(error: HTTPException) -> GatewayError:
    if isinstance(error, BodyRefusedSignal):
        return _refused(error.reason)
    return errors.from_status(error.status_code, str(error.detail))


def _refused(reason: Exception) -> GatewayError:
    for kind, translate in TRANSLATIONS.items():
        if isinstance(reason, kind):
            return translate(reason)
    raise reason


def _from_storage(error: Exception) -> GatewayError:
    log.warning("storage is away", reason=str(error))
    return errors.UnavailableError("The service cannot reach its storage; try again in a moment")


def explained(error: RequestValidationError) -> GatewayError:
    """The first thing wrong with a body or a parameter, naming it and what was given."""
    detail: dict[str, Any] = error.errors()[0]
    if detail["type"] == "json_invalid":
        return errors.InvalidRequestError("The body is not valid JSON")
    path = [str(part) for part in detail["loc"][1:]]
    if not path:
        return errors.InvalidRequestError("The body must be a JSON object, sent as application/json")
    message = f"{'.'.join(path)}: {detail['msg'][:1].lower()}{detail['msg'][1:]}"
    if detail["type"] != "missing" and not _SECRET.search(path[-1]):
        given = repr(detail["input"])
        message += f"; {given if len(given) <= MAX_SHOWN_CHARS else given[:MAX_SHOWN_CHARS] + '…'} was given"
    return errors.InvalidRequestError(message, field=path[0])


TRANSLATIONS: Mapping[type[Exception], Callable[[Any], GatewayError]] = {
    GatewayError: lambda error: error,
    DiffusionError: errors.from_diffusion_error,
    RequestValidationError: explained,
    HTTPException: _from_http,
    DatabaseUnavailableError: _from_storage,
    StorageError: _from_storage,
    UnstorableTextError: lambda _: errors.InvalidRequestError("A text in the request has a NUL character in it"),
}
