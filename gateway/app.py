"""The application: its surfaces, the layers around them, and the backend that the settings name."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from fastapi import FastAPI
from starlette.middleware import Middleware

from diffusion.preprocessors import DepthSpec, PoseSpec
from diffusion.safety import CheckerSpec
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
from gateway.backend.checker import NetworkChecker, PictureChecker
from gateway.backend.standalone import InstalledNetwork, S, StandaloneNetwork
from gateway.composition import State, serving
from gateway.controls import endpoints as controls
from gateway.controls.service import MapMaker
from gateway.error_handlers import render
from gateway.files import endpoints as files
from gateway.ground import Networks
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


def create_app(
    settings: Settings,
    backend: Backend | None = None,
    checker: PictureChecker | None = None,
    maps: MapMaker | None = None,
) -> FastAPI:
    """The application. Nothing is started and no file is touched before its lifespan begins.

    Args:
        settings: all of them.
        backend, checker, maps: instead of those that the settings ask for; a gateway without a worker runs no networks,
            but may ask Triton for a map.
    """
    metrics, shutdown = Metrics(), Shutdown()
    tracing = Tracing(settings.otlp_endpoint, settings.trace_ratio)
    runs_here = settings.worker == "embedded" and backend is None
    given: dict[str, Any] = {"backend": backend, "checker": checker, "maps": maps}
    networks = replace(
        make_networks(settings) if runs_here else known_networks(settings),
        **{name: one for name, one in given.items() if one is not None},
    )

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


def known_networks(settings: Settings) -> Networks:
    """Of a process without a worker: it knows what is installed, and runs nothing but the maps that Triton makes."""
    repository = settings.model_repository
    checker = NetworkChecker(InstalledNetwork(CheckerSpec, repository))
    return Networks(CatalogueBackend(repository), checker, make_maps(settings, runs=settings.backend == "triton"))


def make_networks(settings: Settings) -> Networks:
    """What runs networks in this process, and what loads them; only the libraries of that are imported."""
    repository = settings.model_repository
    checker, maps = NetworkChecker(network_for(settings, CheckerSpec)), make_maps(settings)
    if settings.backend == "inprocess":
        from gateway.backend.inprocess import InProcessBackend  # noqa: PLC0415

        backend = InProcessBackend(settings, preloads=False)
        return Networks(backend, checker, maps, backend)
    from gateway.backend.triton.backend import TritonBackend  # noqa: PLC0415
    from gateway.backend.triton.client import token_in  # noqa: PLC0415
    from gateway.backend.triton.control import TritonControl  # noqa: PLC0415

    url, token = settings.triton_grpc_url, token_in(settings.triton_control_token_file)
    return Networks(TritonBackend(url, repository, token), checker, maps, TritonControl(url, token, repository))


def make_maps(settings: Settings, *, runs: bool = True) -> MapMaker:
    """What makes maps; where it runs no networks, those that need one cannot be made."""
    return MapMaker(network_for(settings, DepthSpec, runs=runs), network_for(settings, PoseSpec, runs=runs))


def network_for(settings: Settings, kind: type[S], *, runs: bool = True) -> StandaloneNetwork[S]:
    """The installed network of this kind, run where the settings' backend runs networks, or known only."""
    if not runs:
        return InstalledNetwork(kind, settings.model_repository)
    if settings.backend == "inprocess":
        from gateway.backend.onnx_network import OnnxNetwork  # noqa: PLC0415

        return OnnxNetwork(kind, settings.model_repository, settings.component_threads)
    from gateway.backend.triton.network import TritonNetwork  # noqa: PLC0415

    return TritonNetwork(kind, settings.triton_grpc_url, settings.model_repository)
