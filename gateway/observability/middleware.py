"""Pure ASGI middleware around every request. None of it wraps a response body, so streams stay streams."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import structlog
from opentelemetry.trace import SpanKind
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.audit.origin import begin_request
from gateway.errors import GatewayError, InternalError
from gateway.kit.disconnect import ClientGoneError
from gateway.kit.ids import is_request_id, new_request_id
from gateway.observability.metrics import Metrics
from gateway.observability.tracing import HEADER, Tracing, mark_failed, trace_id

Render = Callable[[Scope, GatewayError], Response]
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
MAX_TRACEPARENT_CHARS = 60
QUIET_ROUTES = frozenset({"/health", "/readyz", "/metrics"})
log = structlog.stdlib.get_logger("gateway.http")


class RequestIdMiddleware:
    """Gives each request an id (the caller's own `x-request-id` when it is harmless), in the log and in the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if is_request_id(given) else new_request_id()
        scope.setdefault("state", {})["request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        client = scope.get("client")
        begin_request(request_id, None if client is None else str(client[0])[:45])

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["x-request-id"] = request_id
            await send(message)

        await self.app(scope, receive, send_with_id)


class TracedMiddleware:
    """A span for each request, in the caller's own trace if he sends `traceparent`; its id is in the answer."""

    def __init__(self, app: ASGIApp, tracing: Tracing) -> None:
        self.app = app
        self.tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] not in ("http", "websocket") or scope["path"] in QUIET_ROUTES:
            await self.app(scope, receive, send)
            return
        method = scope.get("method", "WebSocket")
        parent = Headers(scope=scope).get(HEADER, "")[:MAX_TRACEPARENT_CHARS] or None
        with self.tracing.span(method, SpanKind.SERVER, parent=parent) as span:

            async def send_and_note(message: Message) -> None:
                if message["type"] == "http.response.start":
                    MutableHeaders(scope=message)["x-trace-id"] = trace_id() or ""
                    span.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= 500:
                        mark_failed(span, str(message["status"]))
                await send(message)

            span.set_attribute("avila.request_id", scope["state"]["request_id"])
            try:
                await self.app(scope, receive, send_and_note)
            finally:
                route = getattr(scope.get("route"), "path", "unknown")
                span.update_name(f"{method} {route}")
                span.set_attribute("http.route", route)


class ObservedMiddleware:
    """Counts and times each request by its route's template, and writes one line for it."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status = time.perf_counter(), 499  # 499: the caller went before an answer was begun

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["openai-processing-ms"] = f"{(time.perf_counter() - started) * 1000:.0f}"
                headers.update(scope["state"].get("answer_headers", {}))
            await send(message)

        self.metrics.http_open.inc()
        try:
            await self.app(scope, receive, send_and_note)
        finally:
            self.metrics.http_open.dec()
            self._note(scope, status, time.perf_counter() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        method = scope["method"] if scope["method"] in METHODS else "other"
        route = getattr(scope.get("route"), "path", "unknown")
        self.metrics.http_requests.labels(method, route, str(status)).inc()
        self.metrics.http_seconds.labels(method, route).observe(seconds)
        level = log.debug if route in QUIET_ROUTES else log.info
        level("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1))


class ErrorBoundaryMiddleware:
    """Turns what nothing else caught into the surface's own 500, and logs it with its traceback."""

    def __init__(self, app: ASGIApp, render: Render) -> None:
        self.app = app
        self.render = render

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def send_and_note(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, send_and_note)
        except ClientGoneError:
            log.info("client gone")
        except Exception:
            log.exception("unhandled error")
            if started:
                raise  # the server cuts the connection, so that the client does not take a torn answer for a whole one
            await self.render(scope, InternalError())(scope, receive, send)


class SecurityHeadersMiddleware:
    """Headers that keep a browser from guessing types, framing the page or leaking where it came from."""

    HEADERS = (
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
        ("cache-control", "no-store"),
    )

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        await self.app(scope, receive, send if scope["type"] != "http" else _adding(send, self.HEADERS))


def _adding(send: Send, headers: tuple[tuple[str, str], ...]) -> Send:
    async def send_with_headers(message: Any) -> None:
        if message["type"] == "http.response.start":
            present = MutableHeaders(scope=message)
            for name, value in headers:
                present.setdefault(name, value)  # a route that needs another value sets it itself
        await send(message)

    return send_with_headers
