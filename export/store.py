"""What exports keep beside the repository: architecture graphs, scales of quantisations, verification reports."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from export.graph_file import GraphFile
from export.recipe import SCALES
from export.repository import installed_pipelines
from export.safetensors_header import file_sha256
from export.transaction import locked, state_folder

REPORT_AGE_S = 24 * 3600.0  # a younger report may belong to an export that is not installed yet


@dataclass(frozen=True, slots=True)
class KeptFile:
    """One kept file. `used_by` names the installed pipelines of its architecture; reports belong to no pipeline."""

    kind: str
    path: Path
    used_by: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The entry as plain data."""
        size = self.path.stat().st_size
        return {"kind": self.kind, "file": self.path.name, "bytes": size, "used_by": list(self.used_by)}


def kept_files(repository: Path) -> Iterator[KeptFile]:
    """All graphs and reports."""
    state = state_folder(repository)
    users: dict[str, list[str]] = {}
    scaled: dict[str, list[str]] = {}
    for manifest in installed_pipelines(repository):
        for architecture in manifest.architectures.values():
            users.setdefault(architecture, []).append(manifest.name)
        if SCALES in manifest.ingredients:
            scaled.setdefault(manifest.ingredients[SCALES], []).append(manifest.name)
    for path in sorted((state / "graphs").glob("*.onnx")):
        architecture = GraphFile.read(path).properties.get("architecture", "")
        yield KeptFile("graph", path, tuple(users.get(architecture, ())))
    for path in sorted((state / "scales").glob("*.json")):
        yield KeptFile("scales", path, tuple(scaled.get(file_sha256(path), ())))
    for path in sorted((state / "reports").glob("*")):
        yield KeptFile("report", path, ())


def prune(repository: Path) -> list[tuple[str, int]]:
    """Remove graphs and scales that no installed pipeline uses, and reports older than a day; returns names, sizes."""
    removed = []
    with locked(repository):
        for file in list(kept_files(repository)):
            stat = file.path.stat()
            old = time.time() - stat.st_mtime > REPORT_AGE_S
            if not file.used_by and (file.kind != "report" or old):
                file.path.unlink()
                removed.append((file.path.name, stat.st_size))
    return removed
