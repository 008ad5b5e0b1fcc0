"""Installs networks that belong to no pipeline (`diffusion.standalone`) into a model repository.

The graph is exported once per architecture, compared with PyTorch, and kept; the weights stay the checkpoint's file.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, ClassVar, Protocol

from diffusion.components import Component
from diffusion.standalone import DESCRIPTION, Standalone
from export import errors
from export.build import run_job
from export.errors import CheckpointError, RepositoryError, UnsupportedArchitectureError
from export.graph_file import GraphFile
from export.interface import check_interface
from export.json_file import read_json
from export.recipe import SOURCE_PIPELINE, SOURCE_REPOSITORY, compare_tensors
from export.repository import GRAPH_FILE, WEIGHTS_FILE, link
from export.safetensors_header import StoredTensor, file_sha256
from export.transaction import locked, state_folder, transaction, work_folder
from export.triton_config import Target, component_config

BICUBIC = 3
PREPROCESSOR_FILE = "preprocessor_config.json"
Triple = tuple[float, float, float]


class NetworkFiles(Protocol):
    """A network's folder, read."""

    COMPONENT: ClassVar[Component]
    SPEC: ClassVar[type[Standalone]]

    @property
    def folder(self) -> Path:
        """Where its files are."""
        ...

    @property
    def weights(self) -> Path:
        """The file of its weights, in safetensors."""
        ...

    @property
    def architecture(self) -> str:
        """Equal for networks that one exported graph serves."""
        ...

    def tensors(self) -> dict[str, StoredTensor]:
        """What is stored, by the network's names."""
        ...

    def spec(self, fingerprint: str) -> Standalone:
        """The network's own description."""
        ...


def weights_in(folder: Path) -> Path:
    """The folder's file of weights. Raises CheckpointError when there is none."""
    for name in ("model.safetensors", "model.fp16.safetensors"):
        if (folder / name).is_file():
            return folder / name
    raise CheckpointError(folder, "no model.safetensors; pickled weights are not read")


def normalisation(folders: Iterable[Path], mean: Triple, std: Triple) -> tuple[Triple, Triple]:
    """What the first `preprocessor_config.json` in `folders` says, else `mean` and `std`.

    Raises:
        CheckpointError: it says what is not served.
    """
    for path in (folder / PREPROCESSOR_FILE for folder in folders):
        if path.is_file():
            given = read_json(path)
            if given.get("resample", BICUBIC) != BICUBIC:
                raise UnsupportedArchitectureError(path, f"resample is {given['resample']}; served is {BICUBIC}")
            return _triple(path, given, "image_mean", mean), _triple(path, given, "image_std", std)
    return mean, std


def _triple(path: Path, given: dict[str, Any], key: str, default: Triple) -> Triple:
    values = given.get(key, default)
    try:
        red, green, blue = (float(value) for value in values)
    except (TypeError, ValueError):
        raise CheckpointError(path, f"{key} is {values!r}; three numbers are expected") from None
    return red, green, blue


def install(
    files: NetworkFiles, repository: Path, say: Callable[[str], None] = lambda _: None, memory_bytes: int | None = None
) -> Standalone:
    """Install the network of `files`; one of its kind that is there is replaced.

    Args:
        files: safetensors only.
        repository: Triton's model repository.
        say: told what is being done.
        memory_bytes: most memory that the export may take.

    Raises:
        ExportError: one of its subclasses; the repository is then as it was.
    """
    spec = files.spec(file_sha256(files.weights))
    model = spec.model()
    graph = _graph(files, repository, say, memory_bytes)
    with locked(repository):
        parameters = GraphFile.read(graph).parameters
        compare_tensors(files.weights, parameters, files.tensors())
        with transaction(repository) as staged:
            bound = GraphFile.read(graph)
            bound.bind(files.tensors(), WEIGHTS_FILE)
            home = f"{model}/1"
            bound.write(staged.path(f"{home}/{GRAPH_FILE}"))
            check_interface(GraphFile.read(staged.path(f"{home}/{GRAPH_FILE}")), spec.network)
            link(files.weights, staged.path(f"{home}/{WEIGHTS_FILE}"))
            texts = {
                f"{home}/{DESCRIPTION}": spec.to_json(),
                f"{model}/config.pbtxt": component_config(model, spec.network, Target.CUDA),
                f"{model}/configs/cpu.pbtxt": component_config(model, spec.network, Target.CPU),
            }
            for relative, text in texts.items():
                staged.path(relative).write_text(text, encoding="utf-8")
            for path in sorted((SOURCE_REPOSITORY / f"{SOURCE_PIPELINE}__{Component.UNET}" / "1").glob("*.py")):
                shutil.copyfile(path, staged.path(f"{home}/{path.name}"))
            staged.commit()
    return spec


def remove(kind: type[Standalone], repository: Path) -> None:
    """Take the network of this kind away, as one change. Raises RepositoryError when there is none."""
    with locked(repository):
        if not kind.place(repository).is_file():
            raise RepositoryError(f"{repository}: no {kind.TITLE} is installed")
        root = repository / kind.model()
        kept = [path.relative_to(repository).as_posix() for path in root.rglob("*") if path.is_file()]
        with transaction(repository) as staged:
            staged.commit(removed=[name for name in kept if "__pycache__" not in name])
        shutil.rmtree(root, ignore_errors=True)


def _graph(files: NetworkFiles, repository: Path, say: Callable[[str], None], memory_bytes: int | None) -> Path:
    """The architecture's graph: kept from before, or exported and compared with PyTorch in a process of its own."""
    state, title = state_folder(repository), files.SPEC.TITLE
    kept = state / "graphs" / f"{files.COMPONENT}-fp32-{files.architecture}.onnx"
    if kept.is_file():
        return kept
    say(f"exporting the {title} in {files.folder}, and comparing it with PyTorch")
    with work_folder(repository) as work:
        job = {
            "step": "standalone",
            "component": files.COMPONENT,
            "folder": str(files.folder.absolute()),
            "work": str(work),
        }
        report = run_job(job, f"export of the {title}", memory_bytes)["result"]
        for finding in report["findings"]:
            raise getattr(errors, finding["kind"])(str(files.COMPONENT), finding["detail"])
        kept.parent.mkdir(parents=True, exist_ok=True)
        (work / "graph.onnx").replace(kept)
    return kept
