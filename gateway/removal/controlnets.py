"""Takes a ControlNet out of its pipeline, and puts it back.

Its network's folder goes into a trash of its own, and its entry out of the pipeline's description, which is what makes
it be seen. What all ControlNets of a pipeline share (the UNet's control variants) stays with the pipeline.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from diffusion.components import ControlNet
from diffusion.pipeline import ControlNetSpec, PipelineSpec
from gateway.removal.trash import ConflictError, Entry, Trash, state_folder

TOLD = "told.json"


@dataclass(frozen=True, slots=True)
class ServedControlNet:
    """A ControlNet of a pipeline. `hash` is of its weights, `preprocessor` what makes the maps that it takes."""

    pipeline: str
    name: str
    preprocessor: str
    size_bytes: int
    hash: str


def entry_name(pipeline: str, name: str) -> str:
    """What the trash calls it."""
    return f"{pipeline}/{name}"


def network_of(pipeline: str, name: str) -> str:
    """Its folder in the model repository."""
    return f"{pipeline}__{ControlNet.named(name)}"


class ControlNetTrash(Trash):
    """Of a model repository's ControlNets. Touches the disk, so use a thread."""

    def __init__(self, repository: Path) -> None:
        state = state_folder(repository)
        super().__init__(repository, state / "trash-controlnets", state / "lock")
        self._repository = repository

    def _leaves(self, entry: Entry) -> None:
        pipeline, _, name = entry.name.partition("/")
        spec, told = self._described(pipeline), self._home(entry) / TOLD
        if spec is None or name not in spec.controlnets:
            return
        _write(told, json.dumps({"served_with": spec.fingerprint, **dataclasses.asdict(spec.controlnets[name])}))
        self._describe(spec, {known: one for known, one in spec.controlnets.items() if known != name})

    def _may_return(self, entry: Entry) -> None:
        pipeline, _, name = entry.name.partition("/")
        spec, told = self._described(pipeline), json.loads((self._home(entry) / TOLD).read_text(encoding="utf-8"))
        if spec is None or spec.fingerprint != told["served_with"] or not spec.residuals:
            raise ConflictError(
                f"{pipeline} is not the pipeline any more that {name} was served with; install the ControlNet again"
            )

    def _returns(self, entry: Entry) -> None:
        pipeline, _, name = entry.name.partition("/")
        spec, told = self._described(pipeline), json.loads((self._home(entry) / TOLD).read_text(encoding="utf-8"))
        if spec is not None:
            del told["served_with"]
            self._describe(spec, {**spec.controlnets, name: ControlNetSpec(**told)})

    def _path(self, pipeline: str) -> Path:
        return self._repository / pipeline / "1" / "pipeline.json"

    def _described(self, pipeline: str) -> PipelineSpec | None:
        path = self._path(pipeline)
        return PipelineSpec.load(path) if path.is_file() else None

    def _describe(self, spec: PipelineSpec, controlnets: Mapping[str, ControlNetSpec]) -> None:
        """As one change: whoever reads it meanwhile has the old one or the new one."""
        _write(
            self._path(spec.name), dataclasses.replace(spec, controlnets=dict(sorted(controlnets.items()))).to_json()
        )


def _write(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
