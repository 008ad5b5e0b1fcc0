"""What exports keep beside the repository: graphs, scales of quantisations, plans, verification reports."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diffusion.standalone import DESCRIPTION
from export.errors import RepositoryError
from export.graph_file import GraphFile
from export.recipe import SCALES
from export.repository import GRAPH_FILE, installed_pipelines
from export.safetensors_header import file_sha256
from export.transaction import is_working, locked, state_folder

REPORT_AGE_S = 24 * 3600.0  # a younger report may belong to an export that is not installed yet
OF_NO_PIPELINE = ("report", "draft")
HUB = "hub"


def fetched_folder(repository: Path, source: str) -> Path:
    """Where a checkpoint from the hub is kept, `source` being `owner/name@revision`."""
    name, _, revision = source.partition("@")
    return state_folder(repository) / HUB / f"{name.replace('/', '--')}@{revision}"


@dataclass(frozen=True, slots=True)
class KeptFile:
    """One kept file, or the folder of a checkpoint that was fetched.

    `used_by` names the pipelines installed from it; reports and drafts belong to no pipeline.
    """

    kind: str
    path: Path
    used_by: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """The entry as plain data."""
        return {"kind": self.kind, "file": self.path.name, "bytes": self.bytes, "used_by": list(self.used_by)}

    @property
    def bytes(self) -> int:
        """Its size; a fetched checkpoint's weights are counted although an installed pipeline may share them."""
        files = self.path.rglob("*") if self.path.is_dir() else (self.path,)
        return sum(file.stat().st_size for file in files if file.is_file())

    @property
    def is_needed(self) -> bool:
        """Whether a pipeline uses it, or it is too young to tell."""
        is_young = time.time() - self.path.stat().st_mtime <= REPORT_AGE_S
        return bool(self.used_by) or (self.kind in (*OF_NO_PIPELINE, HUB) and is_young)

    def remove(self) -> None:
        """Remove it."""
        if self.path.is_dir():
            shutil.rmtree(self.path)
        else:
            self.path.unlink()


def kept_files(repository: Path) -> Iterator[KeptFile]:
    """Everything that is kept for installed pipelines, and what killed exports left."""
    state, users = state_folder(repository), _users(repository)
    for kind, pattern in (("graph", "graphs/*.onnx"), ("scales", "scales/*.json")):
        for path in sorted(state.glob(pattern)):
            yield KeptFile(kind, path, users.get(file_sha256(path), ()))
    for path in sorted(state.glob("plans/*.plan")):
        yield KeptFile("plan", path, users.get(path.name, ()))
    for path in sorted(path for path in state.glob(f"{HUB}/*@*") if path.is_dir()):
        yield KeptFile(HUB, path, users.get(path.name, ()))
    for path in sorted(state.glob("reports/*")):
        yield KeptFile("report", path, ())
    for path in sorted([*state.glob("plans/*.draft"), *state.glob("*.draft")]):
        yield KeptFile("draft", path, ())


def prune(repository: Path) -> list[tuple[str, int]]:
    """Remove what no installed pipeline uses, and reports and checkpoints of the hub older than a day; names and sizes.

    Raises:
        RepositoryError: while an export into this repository runs, which may be about to use what it found.
    """
    removed = []
    with locked(repository):
        if is_working(repository):
            raise RepositoryError(f"{repository}: an export is running; prune when it has ended")
        for file in [file for file in kept_files(repository) if not file.is_needed]:
            removed.append((file.path.name, file.bytes))
            file.remove()
    return removed


def _users(repository: Path) -> dict[str, tuple[str, ...]]:
    """Names of the pipelines that were installed from a file, by its hash, or by a name that holds hash or revision."""
    users: dict[str, tuple[str, ...]] = {}

    def note(mark: str, name: str) -> None:
        users[mark] = (*users.get(mark, ()), name)

    for manifest in installed_pipelines(repository):
        plans = {file for known in manifest.plans.values() for file in known.values()}
        graphs = manifest.ingredients.get("graphs", {})
        origin = f"{manifest.origin.get('location', '')}@{manifest.origin.get('revision', '')}"
        fetched = fetched_folder(repository, origin).name
        for mark in {*graphs.values(), manifest.ingredients.get(SCALES, ""), *plans, fetched}:
            note(mark, manifest.name)
    for description in repository.glob(f"*/1/{DESCRIPTION}"):  # networks that belong to no pipeline
        wanted = GraphFile.read(description.with_name(GRAPH_FILE)).properties.get("architecture")
        for path in (state_folder(repository) / "graphs").glob("*.onnx"):
            if GraphFile.read(path).properties.get("architecture") == wanted:
                note(file_sha256(path), description.parents[1].name)
    return users
