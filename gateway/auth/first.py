"""Who is asking is settled from a request's headers before its body is read.

The framework reads and parses a body before it looks at an endpoint's permission. So the permission is looked at when
the body is first asked for: whoever may not use the endpoint sends his upload to nobody.
"""

from __future__ import annotations

from typing import Any

from fastapi.dependencies.models import Dependant
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.auth.dependencies import Permission
from gateway.limits.body import BodyRefusedSignal


class AuthenticatedFirstMiddleware:
    """Gives no part of a body away before the endpoint's permission is settled, whatever endpoint that is."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        is_settled = False

        async def receive_once_settled() -> Message:
            nonlocal is_settled
            if not is_settled:
                await _settle(scope)
                is_settled = True
            return await receive()

        await self.app(scope, receive_once_settled, send)


async def _settle(scope: Scope) -> None:
    permission = permission_of(scope.get("route"))
    if permission is None:
        return
    try:
        await permission(HTTPConnection(scope))
    except Exception as error:  # the framework takes any other exception for a broken body
        raise BodyRefusedSignal(error) from error


def permission_of(route: Any) -> Permission | None:
    """What a route's signature asks for; None for a route that asks for nothing, and where there is none."""
    dependant = getattr(route, "dependant", None)
    return None if dependant is None else _within(dependant)


def _within(dependant: Dependant) -> Permission | None:
    for inner in dependant.dependencies:
        found = inner.call if isinstance(inner.call, Permission) else _within(inner)
        if found is not None:
            return found
    return None
