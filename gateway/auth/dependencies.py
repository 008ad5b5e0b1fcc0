"""The permission in the signature: `caller: Maker` on an endpoint says who may use it, and a test reads it there."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, cast
from urllib.parse import urlsplit

import structlog
from fastapi import Depends
from starlette.requests import HTTPConnection

from gateway.audit.origin import set_actor
from gateway.audit.repository import REFUSED as REFUSED_ACT
from gateway.audit.service import AuditService
from gateway.auth.service import REFUSED, KeyService
from gateway.auth.sessions import SessionService
from gateway.auth.subject import Role, Scope, Subject
from gateway.errors import AuthenticationError, PermissionDeniedError
from gateway.limits.traffic import Traffic

MAX_HEADER_CHARS = 2048
SESSION_COOKIE = "avila_session"
JWT_DOTS = 2  # no key holds a dot
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def presented_credential(connection: HTTPConnection) -> str:
    """The key or token of a request: Bearer, `x-api-key`, `api-key` (Azure's name), or the password of Basic.

    An empty `Authorization` header, as some clients send it, counts as none.
    """
    for header in ("x-api-key", "api-key"):
        if value := connection.headers.get(header, "").strip():
            return value[:MAX_HEADER_CHARS]
    scheme, _, value = connection.headers.get("authorization", "")[:MAX_HEADER_CHARS].strip().partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        return _password(value.strip())
    return ""


async def authenticate(connection: HTTPConnection) -> Subject:
    """Who is asking, by a key, an access token, or the page's cookie; the same for requests and WebSockets.

    Raises:
        AuthenticationError: that is not known.
        PermissionDeniedError: the key may not be used from there, or another site's page sent the cookie.
    """
    credential, state = presented_credential(connection), connection.state
    if credential.count(".") == JWT_DOTS:
        subject = await cast(SessionService, state.sessions).authenticate(credential)
    elif credential:
        address = None if connection.client is None else connection.client.host
        subject = await cast(KeyService, state.keys).authenticate(credential, address)
    elif cookie := connection.cookies.get(SESSION_COOKIE):
        check_same_origin(connection)
        subject = await cast(SessionService, state.sessions).authenticate(cookie)
    else:
        raise AuthenticationError(REFUSED)
    structlog.contextvars.bind_contextvars(owner=subject.owner, key_id=subject.key_id)
    set_actor(subject.owner, subject.key_id)
    return subject


def check_same_origin(connection: HTTPConnection) -> None:
    """Refuse what another site's page made the browser send, beyond what SameSite cookies prevent already.

    Raises:
        PermissionDeniedError: so it is.
    """
    method = connection.scope.get("method", "GET")
    if method in SAFE_METHODS and connection.scope["type"] == "http":
        return
    site = connection.headers.get("sec-fetch-site")
    origin = connection.headers.get("origin")
    is_ours = origin is None or urlsplit(origin).netloc == connection.headers.get("host")
    if site not in (None, "same-origin", "none") or not is_ours:
        raise PermissionDeniedError("Another site's page may not do this with your session")


class Permission:
    """A dependency that lets callers of at least `role` pass, whose key has `scope`, and who do not ask too often."""

    def __init__(self, role: Role, scope: Scope) -> None:
        self.role = role
        self.scope = scope

    async def __call__(self, connection: HTTPConnection) -> Subject:
        """Who is asking; settled once for a request.

        Raises:
            AuthenticationError, PermissionDeniedError, RateLimitedError: he may not, or not now.
        """
        settled = cast(dict[Permission, Subject], connection.scope.setdefault("avila.settled", {}))
        if self not in settled:
            settled[self] = await self._settle(connection)
        return settled[self]

    async def _settle(self, connection: HTTPConnection) -> Subject:
        traffic = cast(Traffic, connection.state.traffic)
        address = "" if connection.client is None else connection.client.host
        try:
            subject = await authenticate(connection)
        except AuthenticationError:
            await traffic.count_refused(address)
            raise
        connection.state.answer_headers = await traffic.count(subject)
        if not subject.may(self.role, self.scope):
            route = getattr(connection.scope.get("route"), "path", "")
            await cast(AuditService, connection.state.audit).record("access", route, REFUSED_ACT, role=subject.role)
            wanted = f"the role {self.role} and, for a key, the scope {self.scope}"
            raise PermissionDeniedError(f"You may not do this: it needs {wanted}")
        return subject


Viewer = Annotated[Subject, Depends(Permission(Role.VIEWER, Scope.READ))]
Maker = Annotated[Subject, Depends(Permission(Role.USER, Scope.GENERATE))]
Admin = Annotated[Subject, Depends(Permission(Role.ADMIN, Scope.ADMIN))]


def _password(encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""
