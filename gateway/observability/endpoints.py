"""`/health` (the process lives), `/readyz` (pictures can be made) and `/metrics`."""

from __future__ import annotations

import ipaddress
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel

from gateway.auth.dependencies import authenticate
from gateway.observability.metrics import Metrics
from gateway.observability.panel import Watches
from gateway.observability.readiness import Readiness
from gateway.settings import Settings

router = APIRouter(tags=["observability"])


class HealthAnswer(BaseModel):
    """Alive or ready, and why not."""

    status: str
    reason: str = ""


async def readiness(request: Request) -> Readiness:
    """The application's readiness check."""
    return cast(Readiness, request.state.readiness)


async def may_read_metrics(request: Request) -> None:
    """Raises AuthenticationError unless the setting lets this caller read the metrics, or he has a key."""
    access = cast(Settings, request.state.settings).metrics_access
    if access == "open" or (access == "loopback" and _is_local(request)):
        return
    await authenticate(request)


@router.get("/health")
async def health() -> HealthAnswer:  # answers without waiting for anything: that is its meaning
    """Whether the process answers at all."""
    return HealthAnswer(status="ok")


@router.get("/readyz", responses={503: {"model": HealthAnswer}})
async def readyz(check: Annotated[Readiness, Depends(readiness)], response: Response) -> HealthAnswer:
    """Whether a real inference through every network succeeded within the last second."""
    answer = await check.check()
    response.status_code = 200 if answer.is_ready else 503
    return HealthAnswer(status="ready" if answer.is_ready else "not ready", reason=answer.reason)


@router.get("/metrics", dependencies=[Depends(may_read_metrics)], response_class=Response)
async def metrics(request: Request) -> Response:
    """Prometheus' text format."""
    await cast(Watches, request.state.watches).refresh()
    text = cast(Metrics, request.state.metrics).render()
    return Response(text, media_type=CONTENT_TYPE_LATEST)


def _is_local(request: Request) -> bool:
    """From this machine, and not through a proxy on it that speaks for somebody else."""
    forwarded = any(name in request.headers for name in ("x-forwarded-for", "forwarded", "x-real-ip"))
    if forwarded or request.client is None:
        return False
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
