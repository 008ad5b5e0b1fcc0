"""The application: its surfaces, the layers around them, and the backend that the settings name."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace

from fastapi import FastAPI
from starlette.middleware import Middleware

from gateway import documented, error_handlers, webui
from gateway.a1111 import endpoints as a1111
from gateway.a1111.controlnet import endpoints as a1111_controlnet
from gateway.a1111.key_in_path import KeyInPathMiddleware
from gateway.a1111.lists import endpoints as a1111_lists
from gateway.accounts import endpoints as accounts
from gateway.admin import endpoints as admin
from gateway.audit import endpoints as audit
from gateway.auth.first import AuthenticatedFirstMiddleware
from gateway.backend.base import Backend
from gateway.backend.catalogue import CatalogueBackend
from gateway.backend.checker import InstalledChecker, PictureChecker
from gateway.composition import Networks, State, serving
from gateway.controls import endpoints as controls
from gateway.error_handlers import render
from gateway.files import endpoints as files
from gateway.history import endpoints as history
from gateway.installations import endpoints as installations
from gateway.jobs import endpoints as jobs
from gateway.keys import endpoints as keys
from gateway.kit.compression import CompressionMiddleware
from gateway.kit.shutdown import Shutdown
from gateway.limits.body import BodyLimitMiddleware
from gateway.mcp import endpoints as mcp
from gateway.models import endpoints as models
from gateway.observability import endpoints as observability
from gateway.observability.metrics import Metrics
from gateway.observability.middleware import (
    ErrorBoundaryMiddleware,
    ObservedMiddleware,
    RequestIdMiddleware,
    SecurityHeadersMiddleware,
    TracedMiddleware,
)
from gateway.observability.tracing import Tracing
from gateway.oidc import endpoints as oidc
from gateway.openai.images import endpoints as openai_images
from gateway.openai.models import endpoints as openai_models
from gateway.personal import endpoints as personal
from gateway.progress import endpoints as progress
from gateway.prompts import endpoints as prompts
from gateway.provenance import endpoints as provenance
from gateway.quota import endpoints as quota
from gateway.removal import endpoints as removal
from gateway.residency import endpoints as residency
from gateway.safety import endpoints as safety
from gateway.settings import Settings
from gateway.uploads import endpoints as uploads
from gateway.users import endpoints as users
from gateway.webhooks import endpoints as webhooks

ROUTERS = (
    audit,
    oidc,
    observability,
    openai_models,
    models,
    installations,
    controls,
    openai_images,
    a1111,
    a1111_lists,
    a1111_controlnet,
    jobs,
    webhooks,
    uploads,
    progress,
    files,
    accounts,
    users,
    personal,
    keys,
    quota,
    history,
    provenance,
    mcp,
    prompts,
    safety,
    admin,
    residency,
    removal,
)
DESCRIPTION = """Pictures by OpenAI's, AUTOMATIC1111's and our own interface; behind each is a job like any other.

Language models find the tools `generate_image`, `edit_image`, `list_models` and `get_job` at `POST /mcp` (Model Context
Protocol, streamable HTTP, with a key as everywhere). They describe themselves there (`tools/list`), not here.
"""
PUBLIC_ROUTES = frozenset(
    {
        "/health",
        "/readyz",
        "/v1/auth/methods",
        "/v1/auth/providers",
        "/v1/auth/oidc/start",
        "/v1/auth/oidc/callback",
        "/v1/auth/setup",
        "/v1/auth/register",
        "/v1/auth/sign-in",
        "/v1/auth/refresh",
        "/v1/auth/reset-password",
        "/v1/provenance/verify",
    }
)
"""What needs no key. `/metrics` and `/files` have rules of their own; a test holds every route to one of them."""


def create_app(settings: Settings, backend: Backend | None = None, checker: PictureChecker | None = None) -> FastAPI:
    """The application. Nothing is started and no file is touched before its lifespan begins.

    Args:
        settings: all of them.
        backend, checker: instead of those that the settings ask for; a gateway without a worker runs no networks.
    """
    metrics, shutdown, repository = Metrics(), Shutdown(), settings.model_repository
    tracing = Tracing(settings.otlp_endpoint, settings.trace_ratio)
    if backend is not None:
        networks = Networks(backend, InstalledChecker(repository))
    elif settings.worker == "embedded":
        networks = make_networks(settings)
    else:
        networks = Networks(CatalogueBackend(repository), InstalledChecker(repository))
    if checker is not None:
        networks = replace(networks, checker=checker)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[State]:
        async with serving(settings, networks, metrics, shutdown, tracing) as state:
            yield state

    app = FastAPI(
        title="Avila Diffusion",
        description=DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        middleware=[
            Middleware(KeyInPathMiddleware),
            Middleware(RequestIdMiddleware),
            Middleware(TracedMiddleware, tracing=tracing),
            Middleware(ObservedMiddleware, metrics=metrics),
            Middleware(SecurityHeadersMiddleware),
            Middleware(CompressionMiddleware),
            Middleware(
                BodyLimitMiddleware,
                limit_bytes=settings.max_body_bytes,
                picture_limit_bytes=settings.max_upload_bytes,
                render=render,
            ),
            Middleware(AuthenticatedFirstMiddleware),
            Middleware(ErrorBoundaryMiddleware, render=render),
        ],
    )
    error_handlers.install(app)
    documented.install(app)
    for module in ROUTERS:
        router = module.router
        app.include_router(router, responses=documented.errors_of(getattr(router.routes[0], "path", "")))
    webui.install(app)
    app.state.shutdown = shutdown  # the server's shutdown begins before the lifespan's end
    return app


def make_networks(settings: Settings) -> Networks:
    """What runs networks in this process, and what loads them; only the libraries of that are imported."""
    repository = settings.model_repository
    if settings.backend == "inprocess":
        from gateway.backend.inprocess import InProcessBackend  # noqa: PLC0415
        from gateway.backend.onnx_checker import OnnxChecker  # noqa: PLC0415

        backend = InProcessBackend(settings, preloads=False)
        return Networks(backend, OnnxChecker(repository, settings.component_threads), backend)
    from gateway.backend.triton.backend import TritonBackend  # noqa: PLC0415
    from gateway.backend.triton.checker import TritonChecker  # noqa: PLC0415
    from gateway.backend.triton.client import token_in  # noqa: PLC0415
    from gateway.backend.triton.control import TritonControl  # noqa: PLC0415

    url, token = settings.triton_grpc_url, token_in(settings.triton_control_token_file)
    control = TritonControl(url, token, repository)
    return Networks(TritonBackend(url, repository, token), TritonChecker(url, repository), control)
