"""The record of what was installed from what. Its key decides what there is to do, never a file's existence."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from export.safetensors_header import file_sha256

FORMAT = 1
MANIFEST_FILE = "manifest.json"
HASHED_UP_TO = 16_000_000  # larger installed files (weights) are compared by size; their source is hashed every time


@dataclass(frozen=True, slots=True)
class Manifest:
    """What one pipeline was installed from.

    Attributes:
        key: hash of `ingredients`.
        ingredients: hashes and settings that determine every installed byte.
        files: size and, for small files, SHA-256 of each installed file, by its path in the repository.
        architectures: hash per component.
        plans: TensorRT plan by compute capability, for each model that has some.
        licence: of the weights, or "" where nobody has told it; manifests of before have neither this nor `origin`.
        origin: where the checkpoint is from, in the words of `export.origin`.
    """

    key: str
    name: str
    source: str
    ingredients: Mapping[str, Any]
    architectures: Mapping[str, str]
    files: Mapping[str, tuple[int, str]]
    plans: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    licence: str = ""
    origin: Mapping[str, str] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """Write the manifest to `path`."""
        text = json.dumps({"format": FORMAT, **asdict(self)}, indent=1, sort_keys=True)
        path.write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Manifest | None:
        """The manifest at `path`, or None where there is none of this format."""
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            if data.pop("format") != FORMAT:
                return None
            data["files"] = {name: (int(size), str(digest)) for name, (size, digest) in data["files"].items()}
            return cls(**data)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def is_intact(self, repository: Path) -> bool:
        """Whether every installed file is still what was installed."""
        return all(file_entry(repository / name) == entry for name, entry in self.files.items())


def manifest_key(ingredients: Mapping[str, Any]) -> str:
    """Hash of everything that determines the result."""
    return hashlib.sha256(json.dumps(ingredients, sort_keys=True).encode()).hexdigest()


def file_entry(path: Path) -> tuple[int, str] | None:
    """Size and, for a small file, hash; None where there is no file."""
    try:
        size = path.stat().st_size
        return size, file_sha256(path) if size <= HASHED_UP_TO else ""
    except OSError:
        return None


class HashCache:
    """SHA-256 of large files, remembered for as long as path, inode, size and time of change stay the same."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._known: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self._known = {}

    def sha256(self, path: Path) -> str:
        """The file's hash."""
        stat = path.stat()
        key = f"{path.resolve()}|{stat.st_ino}|{stat.st_size}|{stat.st_mtime_ns}|{stat.st_ctime_ns}"
        if key not in self._known:
            digest = file_sha256(path)
            prefix = f"{path.resolve()}|"
            self._known = {old: value for old, value in self._known.items() if not old.startswith(prefix)}
            self._known[key] = digest
            draft = self._path.with_suffix(f".{os.getpid()}.draft")
            draft.write_text(json.dumps(self._known), encoding="utf-8")
            draft.replace(self._path)
        return self._known[key]
