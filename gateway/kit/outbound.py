"""HTTP requests to addresses that callers name: webhooks, pictures, model files. Nothing private is reached by them.

The rule holds where a connection is made, at every hop: the name is resolved, all its addresses are checked, and one
of those checked is connected to. A name that resolves differently a moment later gains nothing by it, nor does a
redirect. The environment's proxies are not used, since a proxy would resolve names on its own.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from typing import Any

import httpcore2
import httpx2

from gateway.errors import InvalidRequestError
from gateway.kit.addresses import AllowedPlaces

MAX_URL_CHARS = 2048
MAX_ADDRESSES = 4
"""Of a host, that are tried one after the other."""

MAX_REDIRECTS = 3
FETCH_S, CONNECT_S = 30.0, 5.0


class AddressRefusedError(httpx2.TransportError):
    """The host has an address that this server must not connect to. Trying again is of no use."""


class Outbound:
    """Makes clients that reach public addresses, and those that the operator has allowed."""

    def __init__(self, allowed: AllowedPlaces | None = None) -> None:
        self.allowed = AllowedPlaces() if allowed is None else allowed
        self._pool: dict[str, Any] = {
            "ssl_context": httpx2.create_ssl_context(),
            "max_connections": 100,
            "max_keepalive_connections": 20,
            "keepalive_expiry": 5.0,
        }

    def client(self, **options: Any) -> httpx2.AsyncClient:
        """A client for asynchronous code; `options` are httpx2's. It follows no redirects unless they say so."""
        pool = httpcore2.AsyncConnectionPool(network_backend=_Careful(self.allowed), **self._pool)
        return httpx2.AsyncClient(transport=_AsyncTransport(pool), trust_env=False, **options)

    def sync_client(self, **options: Any) -> httpx2.Client:
        """The same for code in a thread, and for libraries that take a client."""
        pool = httpcore2.ConnectionPool(network_backend=_CarefulSync(self.allowed), **self._pool)
        return httpx2.Client(transport=_Transport(pool), trust_env=False, **options)

    async def fetch(self, url: str, field: str, max_bytes: int) -> bytes:
        """What lies at an address that a caller has named in `field`.

        Raises:
            InvalidRequestError: it cannot be had: the address is refused, does not answer with it, or it is too large.
        """
        check_url(url, field)
        try:
            async with asyncio.timeout(FETCH_S), self._fetching() as client, client.stream("GET", url) as answer:
                if answer.status_code != httpx2.codes.OK:
                    raise _not_had(field, f"the server answered with status {answer.status_code}")
                return await _bounded(answer, field, max_bytes)
        except AddressRefusedError as error:
            raise _not_had(field, str(error)) from None
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError) as error:
            raise _not_had(field, f"the server does not answer ({type(error).__name__})") from None

    def _fetching(self) -> httpx2.AsyncClient:
        headers = {"accept-encoding": "identity", "user-agent": "Avila-Diffusion"}
        timeout = httpx2.Timeout(FETCH_S, connect=CONNECT_S)
        return self.client(headers=headers, timeout=timeout, follow_redirects=True, max_redirects=MAX_REDIRECTS)


def check_url(url: str, field: str) -> httpx2.URL:
    """An absolute http or https address without a user's name in it.

    Raises:
        InvalidRequestError: naming `field`; the address is shown up to its query, which may hold a secret.
    """
    try:
        found = httpx2.URL(url) if len(url) <= MAX_URL_CHARS else None
    except httpx2.InvalidURL:
        found = None
    if found is None or found.scheme not in ("http", "https") or not found.host or found.userinfo:
        shown = url.partition("?")[0].rpartition("@")[2][:80]
        raise InvalidRequestError(
            f"{field}: {shown!r} is not allowed; expected an http or https address of at most {MAX_URL_CHARS} "
            "characters, without a user name",
            field=field,
        )
    return found


async def _bounded(answer: httpx2.Response, field: str, max_bytes: int) -> bytes:
    if answer.headers.get("content-encoding", "identity") != "identity":
        raise _not_had(field, "the server sends it compressed, which was not asked for")
    data = bytearray()
    async for chunk in answer.aiter_raw():
        data += chunk
        if len(data) > max_bytes:
            raise _not_had(field, f"it is larger than the {max_bytes} bytes allowed")
    return bytes(data)


def _not_had(field: str, reason: str) -> InvalidRequestError:
    return InvalidRequestError(f"{field}: it could not be fetched: {reason}", field=field)


class _AsyncTransport(httpx2.AsyncHTTPTransport):
    """httpx2's own, on a pool of ours: its constructor offers everything of a pool but who connects."""

    def __init__(self, pool: httpcore2.AsyncConnectionPool) -> None:
        self._pool = pool


class _Transport(httpx2.HTTPTransport):
    """The same for threads."""

    def __init__(self, pool: httpcore2.ConnectionPool) -> None:
        self._pool = pool


class _Careful(httpcore2.AnyIOBackend):
    """Connects to checked addresses only. TLS is still checked against the host's name."""

    def __init__(self, allowed: AllowedPlaces) -> None:
        self._allowed = allowed

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface is httpcore2's
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """See httpcore2. Raises AddressRefusedError."""
        try:
            async with asyncio.timeout(timeout):
                found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except TimeoutError:
            raise httpcore2.ConnectTimeout(f"{host!r} was not resolved in time") from None
        except OSError as error:
            raise _unresolved(host, error) from None
        *before, last = _checked(self._allowed, host, found)
        for address in before:
            try:
                return await super().connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return await super().connect_tcp(last, port, timeout, local_address, socket_options)

    async def connect_unix_socket(self, *args: Any, **options: Any) -> httpcore2.AsyncNetworkStream:
        """Never."""
        raise AddressRefusedError("local sockets are not connected to")


class _CarefulSync(httpcore2.SyncBackend):
    """The same for threads."""

    def __init__(self, allowed: AllowedPlaces) -> None:
        self._allowed = allowed

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """See httpcore2. Raises AddressRefusedError."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise _unresolved(host, error) from None
        *before, last = _checked(self._allowed, host, found)
        for address in before:
            try:
                return super().connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return super().connect_tcp(last, port, timeout, local_address, socket_options)

    def connect_unix_socket(self, *args: Any, **options: Any) -> httpcore2.NetworkStream:
        """Never."""
        raise AddressRefusedError("local sockets are not connected to")


def _unresolved(host: str, error: OSError) -> httpcore2.ConnectError:
    return httpcore2.ConnectError(f"{host!r} cannot be resolved: {error.strerror or error}")


def _checked(allowed: AllowedPlaces, host: str, found: Iterable[Any]) -> list[str]:
    """The host's addresses. One that is refused makes all refused: public names have no private addresses."""
    addresses = list(dict.fromkeys(str(info[4][0]) for info in found))
    if not addresses or not all(allowed.permits(host, address) for address in addresses):
        raise AddressRefusedError(
            f"{host!r} is or leads to an address that is not public; the operator can allow it (AVILA_OUTBOUND_ALLOW)"
        )
    return addresses[:MAX_ADDRESSES]
