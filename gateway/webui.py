"""The built page: the files of `web/dist`, read once at the start, with their cache headers and a strict policy.

Nothing a caller sends ever becomes a path on disk: a request is a look-up among the files that were read. An address
of the page's own (`/settings`) is answered with `index.html`; an address of an API never is, so that a program that
misspells one gets an error it can read.
"""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

from gateway.errors import NotFoundError

API_PREFIXES = (
    "/v1/",
    "/sdapi/",
    "/health",
    "/readyz",
    "/metrics",
    "/files/",
    "/controlnet/",
    "/hf/",
    "/internal/",
    "/k/",
)
NONCE_MARK = b"__CSP_NONCE__"
INDEX = "/index.html"

_FOREVER = "public, max-age=31536000, immutable"  # the build puts a hash of the content into the names under /assets
_A_DAY = "public, max-age=86400"
_ASK = "no-cache"
_COMPRESSIBLE = (".js", ".css", ".svg", ".webmanifest", ".json", ".txt")
_MIN_COMPRESSED = 512
_MAX_FILE_BYTES = 16 * 2**20


@dataclass(frozen=True, slots=True)
class PageFile:
    """One file, ready to be sent."""

    body: bytes
    gzipped: bytes | None
    media_type: str
    etag: str
    cache_control: str


class WebPage:
    """The page's files by their path in the address. The constructor reads nothing; `load` does."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, PageFile] = {}

    def load(self) -> None:
        """Read the build. Without one the page answers that it is not built; the APIs work all the same."""
        files = sorted(path for path in self._folder.rglob("*") if path.is_file())
        self._files = {f"/{path.relative_to(self._folder).as_posix()}": _read(self._folder, path) for path in files}

    @property
    def is_built(self) -> bool:
        """Whether there is a page to show."""
        return INDEX in self._files

    def respond(self, path: str, headers: Mapping[str, str]) -> Response:
        """The answer to GET `path`.

        Raises:
            NotFoundError: the page is not built, or has no such file.
        """
        if not self.is_built:
            raise NotFoundError("The page is not built; run `make web`, or set AVILA_WEB_DIR to a built one")
        found = self._files.get(path)
        if found is None and "." in path.rpartition("/")[2]:
            raise NotFoundError(f"There is no file {path[:200]!r}")
        if found is None or path == INDEX:
            return self._index()
        return _sent(found, headers)

    def _index(self) -> Response:
        nonce = secrets.token_urlsafe(18)
        body = self._files[INDEX].body.replace(NONCE_MARK, nonce.encode())
        headers = {"cache-control": _ASK, "content-security-policy": content_security_policy(nonce)}
        return Response(body, media_type="text/html", headers=headers)


class PageRoute(Route):
    """Takes GET and HEAD outside the APIs' prefixes; everything else stays the APIs' own 404 or 405."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Whether the page answers."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            return Match.NONE, {}
        if f"{scope['path']}/".startswith(tuple(f"{prefix.rstrip('/')}/" for prefix in API_PREFIXES)):
            return Match.NONE, {}
        match, found = super().matches(scope)
        return match, {**found, "route": self}  # what the log and the metrics name an answer by


def install(app: FastAPI) -> None:
    """Add the page as the last route. The application's state must hold a loaded `WebPage` as `web_page`."""
    app.router.routes.append(PageRoute("/{path:path}", _serve, methods=["GET"], include_in_schema=False, name="page"))


def content_security_policy(nonce: str | None = None) -> str:
    """What the page may load: its files, previews inside events, pictures its reader chose, styles with this nonce."""
    styles = "'self'" if nonce is None else f"'self' 'nonce-{nonce}'"
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            f"style-src {styles}",
            "img-src 'self' data: blob:",
            "font-src 'self'",
            "connect-src 'self'",
            "manifest-src 'self'",
            "worker-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )


async def _serve(request: Request) -> Response:
    return cast(WebPage, request.state.web_page).respond(request.url.path, request.headers)


def _read(folder: Path, path: Path) -> PageFile:
    if path.stat().st_size > _MAX_FILE_BYTES:
        raise ValueError(f"{path} is larger than a file of the page can be")
    body = path.read_bytes()
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if path.suffix == ".webmanifest":
        media_type = "application/manifest+json"
    small = gzip.compress(body, 9, mtime=0) if path.suffix in _COMPRESSIBLE and len(body) > _MIN_COMPRESSED else None
    top = path.relative_to(folder).parts[0]
    cache_control = {"assets": _FOREVER, "icons": _A_DAY}.get(top, _ASK)
    return PageFile(body, small, media_type, f'"{hashlib.sha256(body).hexdigest()[:32]}"', cache_control)


def _sent(file: PageFile, request: Mapping[str, str]) -> Response:
    headers = {
        "cache-control": file.cache_control,
        "etag": file.etag,
        "content-security-policy": content_security_policy(),
        "vary": "accept-encoding",
    }
    if file.etag in request.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    body = file.body
    if file.gzipped is not None and "gzip" in request.get("accept-encoding", ""):
        body, headers["content-encoding"] = file.gzipped, "gzip"
    return Response(body, media_type=file.media_type, headers=headers)
