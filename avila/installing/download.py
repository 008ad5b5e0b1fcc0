"""Fetches files so that nothing is fetched twice: a part that is there is gone on with, by whatever process.

A file is `<name>.part` until all of it is there and its checksum was compared; then it has its name. So what has its
name is whole and right, and a part of the full size needs only to be compared.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import httpx2

from avila.installing.errors import InstallationError
from gateway.installations.needs import SPARE_BYTES, free_disk
from gateway.installations.offer import SourceFile
from gateway.installations.places import authorization, guarded_client, shown
from gateway.kit.outbound import AddressRefusedError, Outbound
from gateway.settings import Settings

PATIENCE = 6
"""Attempts in a row that bring no byte before a download is given up."""

FIRST_PAUSE_S, MAX_PAUSE_S = 0.5, 20.0
CHUNK = 1 << 20
RETRIED = frozenset({408, 425, 429, 500, 502, 503, 504})

Tell = Callable[[str, int], None]
"""Called with the file at hand and the bytes that are there of all files."""


class Download:
    """The files of one installation.

    Args:
        files: what to fetch.
        folder: where to; it may hold some of it already.
        client: a guarded one (`gateway.installations.places`).
        headers: of a request to an address, such as the hub's token.
        tell: see Tell.
    """

    def __init__(
        self,
        files: Sequence[SourceFile],
        folder: Path,
        client: httpx2.Client,
        headers: Callable[[str], Mapping[str, str]],
        tell: Tell,
    ) -> None:
        self._files = files
        self._folder = folder
        self._client = client
        self._headers = headers
        self._tell = tell

    def fetch(self) -> None:
        """Have every byte here.

        Raises:
            InstallationError: a file cannot be had, has changed since it was looked at, or there is no room.
        """
        missing = sum(file.bytes for file in self._files) - self._have()
        if missing + SPARE_BYTES > (free := free_disk(self._folder)):
            message = f"{missing / 1e9:.2f} GB are still to be downloaded, and {free / 1e9:.2f} GB of disk are free"
            raise InstallationError("no_room", message, may_resume=True)
        for file, part in self._open_parts():
            part.parent.mkdir(parents=True, exist_ok=True)
            if file.local is not None:
                self._copy(file, part)
            else:
                self._download(file, part)
            self._tell(file.path, self._have())

    def compare(self, tell: Callable[[str], None]) -> None:
        """Compare every checksum, and give the files their names.

        Raises:
            InstallationError: some are not what their publisher has; those are removed, the others kept.
        """
        wrong = []
        for file, part in self._open_parts():
            tell(file.path)
            wanted, found = _checksums(file, part)
            if wanted != found:
                part.unlink()
                wrong.append(f"{file.path}: the checksum is {found}, and its publisher says {wanted}; it was removed")
                continue
            with part.open("rb") as opened:
                os.fsync(opened.fileno())
            part.rename(self._folder / file.path)
        if wrong:
            raise InstallationError("checksum_mismatch", "; ".join(wrong), may_resume=True)

    def _open_parts(self) -> Iterator[tuple[SourceFile, Path]]:
        """What does not have its name yet."""
        for file in self._files:
            place = self._folder / file.path
            if not place.is_file():
                yield file, _part_of(place)

    def _have(self) -> int:
        return bytes_there(self._files, self._folder)

    # -- one file -----------------------------------------------------------------------------------------------------

    def _copy(self, file: SourceFile, part: Path) -> None:
        """From this machine's own disk: linked where it can be, which takes no room."""
        source = Path(file.local or "")
        part.unlink(missing_ok=True)
        try:
            try:
                os.link(source, part)
            except OSError:
                shutil.copyfile(source, part)
            size = _size(part)
        except OSError as error:
            raise InstallationError("source_not_found", f"{source}: {error.strerror}", may_resume=True) from None
        if size != file.bytes:
            raise _changed(file, f"it is {size} bytes long now")

    def _download(self, file: SourceFile, part: Path) -> None:
        failures = 0
        while (before := _size(part)) < file.bytes or not part.exists():
            reason = self._go_on(file, part, before)
            failures = 0 if _size(part) > before else failures + 1
            if failures >= PATIENCE:
                raise InstallationError("source_unreachable", f"{file.path}: {reason}", may_resume=True)
            if failures:
                time.sleep(min(MAX_PAUSE_S, FIRST_PAUSE_S * 2 ** (failures - 1)))

    def _go_on(self, file: SourceFile, part: Path, have: int) -> str:
        """Fetch what is missing, as far as that goes; why it went no further."""
        url = str(file.url)
        headers = dict(self._headers(url))
        if have:
            headers["range"] = f"bytes={have}-"
            if file.etag:
                headers["if-range"] = file.etag
        try:
            with self._client.stream("GET", url, headers=headers) as answer:
                if answer.status_code in RETRIED:
                    return f"{shown(url)} answered with status {answer.status_code}"
                _check(file, answer, have)
                self._pour(file, part, answer)
        except AddressRefusedError as error:
            raise InstallationError("source_refused", f"{file.path}: {error}") from None
        except httpx2.HTTPError as error:
            return f"{shown(url)}: the connection was lost ({type(error).__name__})"
        return f"{shown(url)}: the server sent less than it has"

    def _pour(self, file: SourceFile, part: Path, answer: httpx2.Response) -> None:
        """To the end of what is there; a server that sends all of it is believed to know no ranges."""
        is_rest = answer.status_code == httpx2.codes.PARTIAL_CONTENT
        others = self._have() - _size(part)
        try:
            with part.open("ab" if is_rest else "wb", buffering=0) as opened:
                left = file.bytes - opened.tell()
                for chunk in answer.iter_raw():  # as it comes: what a larger piece would wait for is lost with a cut
                    opened.write(chunk[:left])
                    left -= len(chunk)
                    self._tell(file.path, others + file.bytes - max(0, left))
                    if left <= 0:
                        break
        except OSError as error:
            raise InstallationError("no_room", f"{file.path}: {error.strerror}", may_resume=True) from None
        if left < 0:
            raise _changed(file, "the server has more of it than before")


def bytes_there(files: Sequence[SourceFile], folder: Path) -> int:
    """What `folder` holds of `files`."""
    places = ((file, folder / file.path) for file in files)
    return sum(file.bytes if place.is_file() else _size(_part_of(place)) for file, place in places)


def fetch_files(
    files: Sequence[SourceFile], folder: Path, settings: Settings, tell: Tell, comparing: Callable[[str], None]
) -> None:
    """Have `files` in `folder`, whole and compared, over guarded connections; the hub alone gets the hub's token.

    Args:
        tell, comparing: called while a file comes, and before it is compared.

    Raises:
        InstallationError: see `Download`.
    """
    token = None if settings.hub_token is None else settings.hub_token.get_secret_value()
    hub = f"{settings.hub_endpoint.rstrip('/')}/"
    folder.mkdir(parents=True, exist_ok=True)
    with guarded_client(Outbound(settings.allowed_places)) as client:
        one = Download(files, folder, client, lambda url: authorization(token) if url.startswith(hub) else {}, tell)
        one.fetch()
        one.compare(comparing)


class Pace:
    """A Tell that passes on how far a download is, of one file no more often than is of use, and what time is left.

    Args:
        total: bytes of all files.
        pause_s: between two words about one file.
        tell: called with the file at hand, the bytes that are there of all, and the seconds left, if that is known.
    """

    def __init__(self, total: int, pause_s: float, tell: Callable[[str, int, float | None], None]) -> None:
        self._total = total
        self._pause_s = pause_s
        self._tell = tell
        self._began: tuple[float, int] | None = None
        self._told = ("", 0.0)

    def __call__(self, file: str, done: int) -> None:
        """See Tell."""
        now = time.monotonic()
        self._began = self._began or (now, done)
        if self._told[0] == file and now - self._told[1] < self._pause_s and done < self._total:
            return
        self._told = file, now
        gained, took = done - self._began[1], now - self._began[0]
        self._tell(file, done, round((self._total - done) * took / gained, 1) if gained > 0 else None)


def _part_of(place: Path) -> Path:
    return place.with_name(f"{place.name}.part")


def _check(file: SourceFile, answer: httpx2.Response, have: int) -> None:
    """Whether the answer is what is missing of the file that was looked at.

    Raises:
        InstallationError: it is not.
    """
    status, headers = answer.status_code, answer.headers
    if status in (httpx2.codes.UNAUTHORIZED, httpx2.codes.FORBIDDEN):
        raise InstallationError("source_gated", f"{file.path}: the server wants a permission", may_resume=True)
    if status == httpx2.codes.PARTIAL_CONTENT:
        match = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", headers.get("content-range", ""))
        if match is None or (int(match[1]), int(match[2])) != (have, file.bytes):
            raise _changed(file, f"the server sends {headers.get('content-range')!r} of {file.bytes} bytes")
    elif status == httpx2.codes.OK:
        told = headers.get("content-length")
        if told is not None and told != str(file.bytes):
            raise _changed(file, f"it is {told} bytes long now")
    else:
        raise InstallationError("source_not_found", f"{file.path}: the server answered with status {status}")
    if headers.get("content-encoding", "identity") != "identity":
        raise InstallationError("source_refused", f"{file.path}: the server compresses it, which was not asked for")
    if file.etag and headers.get("etag", file.etag) != file.etag:
        raise _changed(file, "its entity tag is another one")


def _changed(file: SourceFile, how: str) -> InstallationError:
    return InstallationError("source_changed", f"{file.path} has changed since it was looked at: {how}")


def _checksums(file: SourceFile, part: Path) -> tuple[str, str]:
    """What the publisher says, and what is here; alike where he says nothing."""
    if file.sha256 is not None:
        with part.open("rb") as opened:
            return file.sha256, hashlib.file_digest(opened, "sha256").hexdigest()
    if file.git_sha1 is not None:
        digest = hashlib.sha1(b"blob %d\0" % file.bytes, usedforsecurity=False)
        with part.open("rb") as opened:
            while chunk := opened.read(CHUNK):
                digest.update(chunk)
        return file.git_sha1, digest.hexdigest()
    return "", ""


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
