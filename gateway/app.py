"""The composition root: the one place that names concrete classes and puts them together."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any, TypedDict

from fastapi import FastAPI
from starlette.middleware import Middleware

from gateway import error_handlers
from gateway.auth.service import KeyService
from gateway.backend.base import Backend
from gateway.error_handlers import render
from gateway.kit.clock import Clock, SystemClock
from gateway.limits.body import BodyLimitMiddleware
from gateway.models.service import Catalogue
from gateway.observability import endpoints as observability
from gateway.observability.metrics import Metrics
from gateway.observability.middleware import (
    ErrorBoundaryMiddleware,
    ObservedMiddleware,
    RequestIdMiddleware,
    SecurityHeadersMiddleware,
)
from gateway.observability.readiness import Readiness
from gateway.openai.images import endpoints as openai_images
from gateway.openai.models import endpoints as openai_models
from gateway.settings import Settings
from gateway.storage.database import Database, sqlite_url

PUBLIC_ROUTES = frozenset({"/health", "/readyz"})
"""What needs no key. `/metrics` has its own rule; a test holds every other route to `auth.dependencies`."""


class State(TypedDict):
    """What the endpoints find in `request.state`."""

    settings: Settings
    clock: Clock
    metrics: Metrics
    database: Database
    keys: KeyService
    backend: Backend
    catalogue: Catalogue
    readiness: Readiness


def create_app(settings: Settings, backend: Backend | None = None) -> FastAPI:
    """The application. Nothing is started and no file is touched before its lifespan begins.

    Args:
        settings: all of them.
        backend: instead of the one that `settings.backend` names.
    """
    metrics = Metrics()
    chosen = backend or make_backend(settings)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[State]:
        async with running(settings, chosen, metrics) as state:
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
    for router in (observability.router, openai_models.router, openai_images.router):
        app.include_router(router)
    app.state.backend = chosen  # for the server's shutdown, which begins before the lifespan's end
    return app


@contextlib.asynccontextmanager
async def running(settings: Settings, backend: Backend, metrics: Metrics) -> AsyncIterator[State]:
    """Everything that lives as long as the application, started and stopped in order."""
    clock = SystemClock()
    database = make_database(settings)
    keys = KeyService(database, clock)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(database.aclose)
        await database.open()
        stack.push_async_callback(keys.flush)
        await stack.enter_async_context(background(keys.keep_flushing()))
        stack.push_async_callback(backend.aclose)
        await backend.start()
        yield State(
            settings=settings,
            clock=clock,
            metrics=metrics,
            database=database,
            keys=keys,
            backend=backend,
            catalogue=Catalogue(backend, settings.model_aliases, settings.default_model),
            readiness=Readiness(backend, clock),
        )


@contextlib.asynccontextmanager
async def background(work: Any) -> AsyncIterator[None]:
    """Run `work` beside the block, and end it with the block."""
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def make_database(settings: Settings) -> Database:
    """The database that the settings name."""
    url = settings.database_url
    return Database(url.get_secret_value() if url is not None else sqlite_url(settings.data_dir))


def make_backend(settings: Settings) -> Backend:
    """The backend that the settings name; only that one's libraries are imported."""
    if settings.backend == "inprocess":
        from gateway.backend.inprocess import InProcessBackend  # noqa: PLC0415

        return InProcessBackend(settings)
    from gateway.backend.triton.backend import TritonBackend  # noqa: PLC0415

    return TritonBackend(settings.triton_grpc_url)
