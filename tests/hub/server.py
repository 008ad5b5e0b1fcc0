"""A hub on this machine: the part of the Hugging Face hub's protocol that the real client and a download speak.

Model information with file metadata, `resolve` that leads to another path for large files (as the hub leads to its
storage), byte ranges, entity tags, tokens, gated and missing repositories; and on demand what goes wrong on the way:
connections that are slow or cut, wrong bytes, servers that know no ranges, files that change, redirects elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LARGE = ".safetensors"
CHUNK = 16_384


@dataclass
class Hub:
    """What the server has, how it behaves, and what it was asked.

    Attributes:
        folder: `<owner>/<name>/<files>`.
        cards: model cards by repository.
        gated, private: repositories that want `token`; the first exist for everybody, the second do not.
        cut: bytes after which the connection is closed, once for each entry, by file name.
        chunk_s: pause after every 16 KiB of a large file.
        wrong: files that are sent with their last byte changed.
        has_ranges: whether ranges are served.
        away: address that large files lead to instead.
        asked: method, path, range and authorization of every request.
    """

    folder: Path
    url: str = ""
    token: str = "hf_right"
    cards: dict[str, dict[str, Any]] = field(default_factory=dict)
    gated: set[str] = field(default_factory=set)
    private: set[str] = field(default_factory=set)
    cut: dict[str, list[int]] = field(default_factory=dict)
    chunk_s: float = 0.0
    wrong: set[str] = field(default_factory=set)
    has_ranges: bool = True
    away: str | None = None
    asked: list[tuple[str, str, str | None, str | None]] = field(default_factory=list)

    def add(self, name: str, source: Path, **card: Any) -> Path:
        """Publish the files of a folder."""
        target = self.folder / name
        for file in sorted(path for path in source.rglob("*") if path.is_file()):
            place = target / file.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(file.read_bytes())
        self.cards[name] = card
        return target

    def ranges_of(self, name: str) -> list[str | None]:
        """Which ranges of a large file were asked for."""
        return [wanted for _, path, wanted, _ in self.asked if path.startswith("/storage/") and path.endswith(name)]

    def info(self, name: str) -> dict[str, Any]:
        root = self.folder / name
        files = sorted(path for path in root.rglob("*") if path.is_file())
        card = self.cards.get(name, {})
        return {
            "id": name,
            "modelId": name,
            "sha": COMMIT,
            "gated": "manual" if name in self.gated else False,
            "private": name in self.private,
            "tags": [f"license:{card['license']}"] if "license" in card else [],
            "cardData": card,
            "siblings": [_sibling(root, file) for file in files],
        }


def _sibling(root: Path, file: Path) -> dict[str, Any]:
    data = file.read_bytes()
    entry: dict[str, Any] = {"rfilename": file.relative_to(root).as_posix(), "size": len(data)}
    entry["blobId"] = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
    if file.suffix == LARGE:
        entry["lfs"] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 130}
    return entry


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def _answer(self) -> None:
        path = unquote(self.path.partition("?")[0])
        hub = self.hub
        hub.asked.append((self.command, path, self.headers.get("range"), self.headers.get("authorization")))
        if path.startswith("/api/models/"):
            return self._information(path.removeprefix("/api/models/"))
        if path.startswith(("/storage/", "/plain/")):  # the hub's store, and any web server
            return self._send_file(hub.folder / path.split("/", 2)[2])
        self._resolve(path)

    def _resolve(self, path: str) -> None:
        hub = self.hub
        match = re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path)
        if match is None:
            return self._error(404, "EntryNotFound")
        name, revision, file = match.groups()
        if not self._may_see(name) or revision not in (COMMIT, "main"):
            return None
        found = hub.folder / name / file
        if not found.is_file():
            return self._error(404, "EntryNotFound")
        if found.suffix == LARGE:
            return self._redirect((hub.away or f"{hub.url}/storage") + f"/{name}/{file}?signature=secret")
        return self._send_file(found)

    def _information(self, rest: str) -> None:
        name, _, revision = rest.partition("/revision/")
        if not self._may_see(name, is_information=True):
            return
        if not (self.hub.folder / name).is_dir():
            return self._error(404, "RepoNotFound")
        if revision and revision not in (COMMIT, "main"):
            return self._error(404, "RevisionNotFound")
        self._send(200, json.dumps(self.hub.info(name)).encode(), {"content-type": "application/json"})

    def _may_see(self, name: str, is_information: bool = False) -> bool:
        hub, known = self.hub, self.headers.get("authorization") == f"Bearer {self.hub.token}"
        if name in hub.private and not known:
            self._error(401, "RepoNotFound")
            return False
        if name in hub.gated and not known:
            self._error(401 if is_information else 403, "GatedRepo")
            return False
        return True

    def _redirect(self, where: str) -> None:
        self._send(302, b"", {"location": where, "x-repo-commit": COMMIT})

    def _error(self, status: int, code: str) -> None:
        self._send(status, b"", {"x-error-code": code, "x-error-message": code})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "content-length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def _send_file(self, file: Path) -> None:
        if not file.is_file():
            return self._error(404, "EntryNotFound")
        data = file.read_bytes()
        etag = f'"{hashlib.sha256(data).hexdigest()}"'
        if file.name in self.hub.wrong:
            data = data[:-1] + bytes([data[-1] ^ 1])
        begin, end, status = 0, len(data), 200
        match = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("range") or "")
        is_same = self.headers.get("if-range") in (None, etag)
        if match is not None and self.hub.has_ranges and is_same:
            begin, end, status = int(match[1]), min(int(match[2] or len(data) - 1) + 1, len(data)), 206
            if begin >= len(data):
                return self._send(416, b"", {"content-range": f"bytes */{len(data)}"})
        self.send_response(status)
        self.send_header("etag", etag)
        self.send_header("content-length", str(end - begin))
        if status == 206:
            self.send_header("content-range", f"bytes {begin}-{end - 1}/{len(data)}")
        self.end_headers()
        if self.command == "GET":
            self._pour(data[begin:end], file.name)

    def _pour(self, data: bytes, name: str) -> None:
        cuts = self.hub.cut.get(name)
        if cuts and len(data) > cuts[0]:
            data, self.close_connection = data[: cuts.pop(0)], True
        slow = self.hub.chunk_s and name.endswith(LARGE) and len(data) > CHUNK
        try:
            for at in range(0, len(data), CHUNK if slow else len(data) or 1):
                self.wfile.write(data[at : at + (CHUNK if slow else len(data))])
                if slow:
                    time.sleep(self.hub.chunk_s)
        except OSError:
            self.close_connection = True  # the client is gone


@contextmanager
def running_hub(folder: Path) -> Iterator[Hub]:
    """A hub with what is in `folder`, for as long as the block runs."""
    hub = Hub(folder)
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
