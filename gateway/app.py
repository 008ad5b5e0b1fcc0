"""The application: its surfaces, the layers around them, and the backend that the settings name."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI
from starlette.middleware import Middleware

from gateway import error_handlers, webui
from gateway.accounts import endpoints as accounts
from gateway.backend.base import Backend
from gateway.composition import State, serving
from gateway.error_handlers import render
from gateway.files import endpoints as files
from gateway.history import endpoints as history
from gateway.jobs import endpoints as jobs
from gateway.keys import endpoints as keys
from gateway.kit.shutdown import Shutdown
from gateway.limits.body import BodyLimitMiddleware
from gateway.observability import endpoints as observability
from gateway.observability.metrics import Metrics
from gateway.observability.middleware import (
    ErrorBoundaryMiddleware,
    ObservedMiddleware,
    RequestIdMiddleware,
    SecurityHeadersMiddleware,
)
from gateway.openai.images import endpoints as openai_images
from gateway.openai.models import endpoints as openai_models
from gateway.progress import endpoints as progress
from gateway.quota import endpoints as quota
from gateway.settings import Settings
from gateway.users import endpoints as users

ROUTERS = (observability, openai_models, openai_images, jobs, progress, files, accounts, users, keys, quota, history)
PUBLIC_ROUTES = frozenset(
    {
        "/health",
        "/readyz",
        "/v1/auth/methods",
        "/v1/auth/setup",
        "/v1/auth/register",
        "/v1/auth/sign-in",
        "/v1/auth/refresh",
        "/v1/auth/reset-password",
    }
)
"""What needs no key. `/metrics` and `/files` have rules of their own; a test holds every route to one of them."""


def create_app(settings: Settings, backend: Backend | None = None) -> FastAPI:
    """The application. Nothing is started and no file is touched before its lifespan begins.

    Args:
        settings: all of them.
        backend: instead of the one that `settings.backend` names.
    """
    metrics, shutdown = Metrics(), Shutdown()
    chosen = backend or make_backend(settings)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[State]:
        async with serving(settings, chosen, metrics, shutdown) as state:
            yield state

    app = FastAPI(
        title="Avila Diffusion",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        middleware=[
            Middleware(RequestIdMiddleware),
            Middleware(ObservedMiddleware, metrics=metrics),
            Middleware(SecurityHeadersMiddleware),
            Middleware(BodyLimitMiddleware, limit_bytes=settings.max_body_bytes, render=render),
            Middleware(ErrorBoundaryMiddleware, render=render),
        ],
    )
    error_handlers.install(app)
    for module in ROUTERS:
        app.include_router(module.router)
    webui.install(app)
    app.state.shutdown = shutdown  # the server's shutdown begins before the lifespan's end
    return app


def make_backend(settings: Settings) -> Backend:
    """The backend that the settings name; only that one's libraries are imported."""
    if settings.backend == "inprocess":
        from gateway.backend.inprocess import InProcessBackend  # noqa: PLC0415

        return InProcessBackend(settings)
    from gateway.backend.triton.backend import TritonBackend  # noqa: PLC0415

    return TritonBackend(settings.triton_grpc_url, settings.model_repository)
