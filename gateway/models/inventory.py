"""What is installed, as the model repository tells it: where it is from, what it takes up, what it needs."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diffusion.components import ComponentSpec, Network
from diffusion.pipeline import PipelineSpec
from diffusion.variants import network_specs
from gateway.backend.installed import InstalledPipelines

MANIFEST = "manifest.json"
LOADED_FILES = ("*.onnx", "*.safetensors", "*.plan")


@dataclass(frozen=True, slots=True)
class InstalledPipeline:
    """One pipeline on disk.

    Attributes:
        source: name of the checkpoint that it was installed from, or "".
        origin: where that checkpoint is from (`kind`, `location`, `revision` …), as far as it was told.
        licence: of the weights, as its checkpoint states it, or None.
        key: hash of everything that determines its files, or None where it was not installed by the exporter.
        size_bytes: of its files on disk; a file that several networks share counts once.
        memory_bytes: of the weights and graphs of the networks that are open as soon as it is loaded; each network
            keeps its own copy. What a call needs while it runs comes on top.
        max_memory_bytes: the same with every variant and ControlNet, which are opened when they are first asked for.
    """

    spec: PipelineSpec
    source: str
    origin: Mapping[str, str]
    licence: str | None
    key: str | None
    installed_at: float
    size_bytes: int
    memory_bytes: int
    max_memory_bytes: int


class Inventory:
    """Reads the repository anew each time it is asked; touches the disk, so use a thread."""

    def __init__(self, repository: Path) -> None:
        self._repository = repository
        self._installed = InstalledPipelines(repository)

    def list(self) -> Mapping[str, InstalledPipeline]:
        """Every installed pipeline, by name."""
        self._installed.look()
        found = {}
        for name, spec in sorted(self._installed.specs.items()):
            with contextlib.suppress(FileNotFoundError):  # it is being taken away at this moment
                found[name] = self._described(name, spec)
        return found

    def _described(self, name: str, spec: PipelineSpec) -> InstalledPipeline:
        manifest, networks = self._manifest(name), network_specs(spec)
        usual = {network: told for network, told in networks.items() if not told.is_seldom_used}
        origin = manifest.get("origin")
        return InstalledPipeline(
            spec=spec,
            source=str(manifest.get("source", "")),
            origin={str(key): str(value) for key, value in origin.items()} if isinstance(origin, dict) else {},
            licence=str(manifest["licence"]) if manifest.get("licence") else None,
            key=str(manifest["key"]) if manifest.get("key") else None,
            installed_at=(self._repository / name / "1" / "pipeline.json").stat().st_mtime,
            size_bytes=size_of(folders_of(self._repository, name)),
            memory_bytes=self._loaded_bytes(name, usual),
            max_memory_bytes=self._loaded_bytes(name, networks),
        )

    def _manifest(self, name: str) -> dict[str, Any]:
        try:
            found = json.loads((self._repository / name / "1" / MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def _loaded_bytes(self, name: str, networks: Mapping[Network, ComponentSpec]) -> int:
        folders = [self._repository / f"{name}__{network}" / "1" for network in networks]
        return sum(path.stat().st_size for folder in folders for kind in LOADED_FILES for path in folder.glob(kind))


def folders_of(repository: Path, name: str) -> Iterator[Path]:
    """The folders of a pipeline: its own, then one for each network."""
    yield repository / name
    yield from sorted(repository.glob(f"{name}__*"))


def size_of(folders: Iterator[Path]) -> int:
    """Bytes of all files in the folders, each file once however many names it has."""
    found = {}
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file():
                status = path.stat()
                found[status.st_dev, status.st_ino] = status.st_size
    return sum(found.values())
