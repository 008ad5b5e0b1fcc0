"""Which files the names of LoRAs stand for now: a LoRA replaced under its name makes other pictures."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from diffusion.loras.file import LoraFileError, LoraHeader, read_header
from diffusion.loras.library import LoraLibrary
from diffusion.request import Lora

Header = tuple[tuple[int, int], LoraHeader | LoraFileError]
"""A file's time and size, and what it says of itself or why it cannot be used."""


class LoraFiles:
    """Hashes and headers of LoRA files; each is read once, and again when it has changed.

    Slow the first time: use a thread.

    Args:
        folders: searched in this order.
        shared: those of them that another machine has too; while one is missing here, not every name is known here.
    """

    def __init__(self, folders: Sequence[Path] = (), shared: Sequence[Path] = ()) -> None:
        self._folders = folders
        self._shared = shared
        self._library = LoraLibrary(folders)
        self._lock = threading.Lock()
        self._known: dict[Path, tuple[tuple[int, int], str]] = {}
        self._headers: dict[Path, Header] = {}

    def hashes(self, names: Iterable[str]) -> dict[str, str] | None:
        """SHA-256 of the file of each name; None when one cannot be read here, so that nobody knows what it is."""
        paths = self._library.paths()
        found = {}
        for name in set(names):
            try:
                found[name] = self._hash(paths[name])
            except (KeyError, OSError):
                return None
        return found

    def check(self, loras: Sequence[Lora]) -> None:
        """Refuse names that no file has; where not every folder is to be seen here, the backend does it later.

        Raises:
            InvalidFieldError: naming the first one, with the near ones.
        """
        if self._folders and all(folder.is_dir() for folder in self._shared):
            self._library.check_names(loras)

    def list(self) -> Mapping[str, LoraHeader | LoraFileError]:
        """Every LoRA by name in order: what its file says of itself, or why it cannot be used."""
        with self._lock:
            known = self._headers
        paths = sorted(self._library.paths().items())
        read = {path: _read(path, known.get(path)) for _, path in paths}
        with self._lock:
            self._headers = {path: header for path, header in read.items() if header is not None}
        return {name: header[1] for name, path in paths if (header := read[path]) is not None}

    def _hash(self, path: Path) -> str:
        status = path.stat()
        state = (status.st_mtime_ns, status.st_size)
        with self._lock:
            known = self._known.get(path)
        if known is not None and known[0] == state:
            return known[1]
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        with self._lock:
            self._known[path] = (state, found)
        return found


def _read(path: Path, known: Header | None) -> Header | None:
    """What is known of a file, read again if it has changed; None when it has gone."""
    try:
        status = path.stat()
    except OSError:
        return None
    state = (status.st_mtime_ns, status.st_size)
    if known is not None and known[0] == state:
        return known
    try:
        return state, read_header(path)
    except LoraFileError as error:
        return state, error
