"""Where files can be had from: the hub, an address, or a folder of this machine. All are lists of files to choose from.

Reading blocks: it is done in a thread. Nothing private is reached over the network (`gateway.kit.outbound`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx2

from gateway.installations.contents import Header, parsed, read_header
from gateway.installations.errors import SourceNotFoundError, SourceRefusedError, SourceUnreachableError
from gateway.installations.offer import Licence, SourceFile
from gateway.kit.addresses import AllowedPlaces
from gateway.kit.outbound import AddressRefusedError, Outbound, check_url

CONNECT_S, READ_S = 10.0, 30.0
MAX_HOPS = 5
MAX_CONFIG_BYTES = 1_000_000
MAX_LOCAL_FILES = 2000

Read = Callable[[SourceFile, int, int], bytes]


@dataclass(frozen=True)
class Place:
    """A list of files, and how to read a part of one.

    Attributes:
        name: what people call it.
        source: the same place again, with its revision.
        files: by their path there.
        read: `length` bytes of a file from `start` on, or fewer at its end.
    """

    name: str
    source: str
    files: Mapping[str, SourceFile]
    read: Read
    licence: Licence = field(default_factory=Licence)

    def header(self, path: str) -> Header:
        """Of a .safetensors file. Raises SourceRefusedError."""
        file = self.files[path]
        return read_header(path, file.bytes, lambda start, length: self.read(file, start, length))

    def config(self, path: str) -> Mapping[str, object]:
        """A small JSON file. Raises SourceRefusedError: it is missing, large or malformed."""
        return parsed(path, self.text(path, MAX_CONFIG_BYTES))

    def text(self, path: str, max_bytes: int) -> bytes:
        """A small file. Raises SourceRefusedError: it is missing or large."""
        file = self.files.get(path)
        if file is None or file.bytes > max_bytes:
            raise SourceRefusedError(f"{path} is missing there" if file is None else f"{path} is {file.bytes} bytes")
        return self.read(file, 0, file.bytes)


def guarded_client(outbound: Outbound) -> httpx2.Client:
    """A client for model files: over TLS, except to hosts that the operator has allowed, at every hop."""
    return outbound.sync_client(
        event_hooks={"request": [lambda request: _check_scheme(outbound.allowed, request.url)]},
        headers={"accept-encoding": "identity", "user-agent": "Avila-Diffusion"},
        timeout=httpx2.Timeout(READ_S, connect=CONNECT_S),
        follow_redirects=True,
        max_redirects=MAX_HOPS,
    )


def authorization(token: str | None) -> Mapping[str, str]:
    """The header of a token; the client drops it where an address leads to another host."""
    return {"authorization": f"Bearer {token}"} if token else {}


def _check_scheme(allowed: AllowedPlaces, url: httpx2.URL) -> None:
    if url.scheme != "https" and not allowed.is_listed(url.host):
        raise AddressRefusedError(f"{url.host!r} is asked for without TLS; models come by https")


def ranged(client: httpx2.Client, url: str, start: int, length: int, headers: Mapping[str, str]) -> bytes:
    """A part of what lies at `url`.

    Raises:
        SourceUnreachableError: it cannot be had.
    """
    wanted = {**headers, "range": f"bytes={start}-{start + length - 1}"}
    try:
        with client.stream("GET", url, headers=wanted) as answer:
            skip = start if answer.status_code == httpx2.codes.OK else 0
            if answer.status_code not in (httpx2.codes.OK, httpx2.codes.PARTIAL_CONTENT):
                raise SourceUnreachableError(f"{shown(url)}: the server answered with status {answer.status_code}")
            data = bytearray()
            for chunk in answer.iter_raw():
                data += chunk
                if len(data) >= skip + length:
                    break
            return bytes(data[skip : skip + length])
    except httpx2.HTTPError as error:
        raise unreachable(url, error) from None


def unreachable(url: str, error: Exception) -> SourceRefusedError:
    """Why something could not be had, in words; addresses are shown without their queries, which may hold secrets."""
    if isinstance(error, AddressRefusedError):
        return SourceRefusedError(str(error))
    return SourceUnreachableError(f"{shown(url)}: the server does not answer ({type(error).__name__})")


def shown(url: str) -> str:
    """An address as people may see it."""
    return url.partition("?")[0][:200]


def at_address(url: str, client: httpx2.Client) -> Place:
    """The one file at an address.

    Raises:
        InvalidRequestError: and its subclasses; it cannot be had, or is none.
    """
    check_url(url, "source")
    path = unquote(urlsplit(url).path).rpartition("/")[2] or "model.safetensors"
    try:
        with client.stream("GET", url, headers={"range": "bytes=0-7"}) as answer:
            found = _described(url, path, answer)
    except httpx2.HTTPError as error:
        raise unreachable(url, error) from None
    return Place(
        name=Path(path).stem,
        source=url,
        files={path: found},
        read=lambda _, start, length: ranged(client, url, start, length, {}),
    )


def _described(url: str, path: str, answer: httpx2.Response) -> SourceFile:
    if answer.status_code in (httpx2.codes.NOT_FOUND, httpx2.codes.GONE):
        raise SourceNotFoundError(f"there is nothing at {shown(url)}")
    if answer.status_code not in (httpx2.codes.OK, httpx2.codes.PARTIAL_CONTENT):
        raise SourceUnreachableError(f"{shown(url)}: the server answered with status {answer.status_code}")
    told = answer.headers.get("content-length", "")
    if answer.status_code == httpx2.codes.PARTIAL_CONTENT:
        told = answer.headers.get("content-range", "").rpartition("/")[2]
    if not told.isdecimal():
        raise SourceUnreachableError(f"{shown(url)}: the server does not tell how large the file is")
    etag = answer.headers.get("etag", "")
    return SourceFile(path, int(told), url=url, etag=etag if etag.startswith('"') else None)


def on_disk(source: str, allowed: Path | None) -> Place:
    """A folder, or one file, below the folder that the operator has opened.

    Raises:
        SourceRefusedError: none is open, or it lies elsewhere.
        SourceNotFoundError: there is nothing.
    """
    if allowed is None:
        raise SourceRefusedError(
            "this server takes no models from its own disk; its operator can set AVILA_INSTALL_DIR"
        )
    root = allowed.resolve()
    path = Path(source).resolve()
    if not path.is_relative_to(root):
        raise SourceRefusedError(f"only what lies below {root} is taken")
    if not path.exists():
        raise SourceNotFoundError(f"there is nothing at {path}")
    found = [path] if path.is_file() else sorted(path.rglob("*"))[:MAX_LOCAL_FILES]
    base = path.parent if path.is_file() else path
    files = {
        item.relative_to(base).as_posix(): SourceFile(
            item.relative_to(base).as_posix(), item.stat().st_size, local=str(item.resolve())
        )
        for item in found
        if item.is_file() and item.resolve().is_relative_to(root)
    }
    return Place(path.stem if path.is_file() else path.name, str(path), files, _read_local)


def _read_local(file: SourceFile, start: int, length: int) -> bytes:
    try:
        with Path(file.local or "").open("rb") as opened:
            opened.seek(start)
            return opened.read(length)
    except OSError as error:
        raise SourceUnreachableError(f"{file.path} cannot be read: {error.strerror}") from None


def renamed(file: SourceFile, path: str) -> SourceFile:
    """The same file under the path that it will have here."""
    return replace(file, path=path)
