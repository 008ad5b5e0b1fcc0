"""Installs a pipeline of a known architecture into Triton's model repository, in seconds and without torch.

The graphs come from the checkpoint's own `graphs/` folder or from the store that `avila export` fills. The weights stay
the checkpoint's file, hard-linked beside each graph (ONNX Runtime refuses a path that leaves the graph's folder).
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from diffusion.components import Component
from diffusion.pipeline import PipelineSpec, component_specs
from export import latent_rgb
from export.checkpoint import Checkpoint
from export.errors import (
    CheckpointError,
    NotEnoughSpaceError,
    RepositoryError,
    UnknownArchitectureError,
    WeightsMismatchError,
)
from export.graph_file import ONNX_TYPES, GraphFile
from export.interface import check_interface
from export.manifest import MANIFEST_FILE, HashCache, Manifest, described, manifest_key
from export.safetensors_header import StoredTensor, file_sha256
from export.serving import SERVING_FILE, pipeline_spec
from export.tokenizer_file import tokenizer_json
from export.transaction import Transaction, locked, state_folder, transaction
from export.triton_config import Target, pipeline_configs

INSTALLER_VERSION = 1  # raise it when the same ingredients would install other bytes
WEIGHTS_FILE = "weights.safetensors"
GRAPH_FILE = "model.onnx"
SOURCE_PIPELINE = "avila-demo"
SOURCE_REPOSITORY = Path(__file__).parents[1] / "model_repository"
NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")


@dataclass(frozen=True)
class Sources:
    """Where the parts of an installation come from.

    Attributes:
        checkpoint: the pipeline in diffusers' layout.
        graphs: an architecture graph per component.
        code: the orchestrator's and the components' `*.py`, by path in the repository.
    """

    checkpoint: Checkpoint
    graphs: Mapping[Component, Path]
    code: Mapping[str, Path]


def install_pipeline(
    checkpoint: Path, repository: Path, name: str, *, assets: Path | None = None, target: Target = Target.CUDA
) -> PipelineSpec:
    """Install the checkpoint as pipeline `name`; the same content again does nothing.

    Args:
        checkpoint: folder in diffusers' layout, safetensors only.
        repository: Triton's model repository; made when it is missing.
        name: of the pipeline; its components are `<name>__<component>`.
        assets: folder with `graphs/*.onnx` and `serving.json`; the checkpoint's own folder by default.
        target: what `config.pbtxt` names; `configs/cpu.pbtxt` is always there.

    Raises:
        ExportError: one of its subclasses; the repository is then as it was.
    """
    if not NAME.fullmatch(name) or "__" in name:
        raise RepositoryError(f"{name!r} is no name of a pipeline: lower-case letters, digits, '.', '-' and single '_'")
    source = Checkpoint.read(checkpoint, assets or checkpoint)
    with locked(repository):
        sources = Sources(source, find_graphs(source, state_folder(repository)), dict(code_files(repository, name)))
        ingredients = _ingredients(sources, name, target, HashCache(state_folder(repository) / "hashes.json"))
        installed = Manifest.read(repository / name / "1" / MANIFEST_FILE)
        if installed and installed.key == manifest_key(ingredients) and installed.is_intact(repository):
            return PipelineSpec.load(repository / name / "1" / "pipeline.json")
        weights = check_weights(source, sources.graphs)
        _check_space(sources, repository)
        with transaction(repository) as staged:
            spec = _stage(sources, weights, staged, name, ingredients, target)
            _commit(staged, repository, sources, ingredients, name, installed)
        return spec


def find_graphs(checkpoint: Checkpoint, state: Path) -> dict[Component, Path]:
    """An architecture graph for every component.

    Raises:
        UnknownArchitectureError: for the first component that has none.
    """
    found = {}
    for component in Component:
        architecture = checkpoint.architecture(component)
        candidates = (
            checkpoint.assets / "graphs" / f"{component}.onnx",
            stored_graph(state, component, architecture),
        )
        for path in candidates:
            if path.is_file() and GraphFile.read(path).properties.get("architecture") == architecture:
                found[component] = path
                break
        else:
            raise UnknownArchitectureError(component, architecture, [path.parent for path in candidates])
    return found


def stored_graph(state: Path, component: Component, architecture: str) -> Path:
    """Where the repository's own store keeps a graph."""
    return state / "graphs" / f"{component}-{architecture}.onnx"


def check_weights(checkpoint: Checkpoint, graphs: Mapping[Component, Path]) -> dict[Component, dict[str, StoredTensor]]:
    """The stored tensors of every component, compared with what its graph expects.

    Raises:
        WeightsMismatchError: naming every tensor that is missing, left over or of another shape or type.
    """
    expected = {component: GraphFile.read(path).parameters for component, path in graphs.items()}
    weights = {component: checkpoint.tensors(component) for component in Component}
    for file in {checkpoint.weights_path(component) for component in Component}:
        parameters: dict[str, tuple[int, ...]] = {}
        for component in Component:
            if checkpoint.weights_path(component) == file:
                parameters |= expected[component]
                stored = weights[component]
        mismatched = [_misfit(name, parameters[name], stored[name]) for name in parameters.keys() & stored.keys()]
        wrong = [reason for reason in mismatched if reason]
        missing, surplus = parameters.keys() - stored.keys(), stored.keys() - parameters.keys()
        if missing or surplus or wrong:
            raise WeightsMismatchError(file, missing, surplus, wrong)
    return weights


def code_files(repository: Path, name: str) -> Iterator[tuple[str, Path]]:
    """The python files of the shipped pipeline's models, and where copies of them belong for pipeline `name`."""
    for folder in (SOURCE_PIPELINE, *(f"{SOURCE_PIPELINE}__{component}" for component in Component)):
        files = sorted((SOURCE_REPOSITORY / folder / "1").glob("*.py"))
        if not files:
            raise RepositoryError(f"{SOURCE_REPOSITORY / folder / '1'}: the shipped pipeline's code is missing")
        for path in files:
            relative = f"{name}{folder.removeprefix(SOURCE_PIPELINE)}/1/{path.name}"
            installed = repository / relative
            if not (installed.exists() and installed.samefile(path)):  # the shipped pipeline, in its own place
                yield relative, path


def _misfit(name: str, shape: tuple[int, ...], stored: StoredTensor) -> str:
    if stored.shape != shape:
        return f"{name} (shape {list(stored.shape)}, expected {list(shape)})"
    return "" if stored.dtype in ONNX_TYPES else f"{name} (type {stored.dtype}, expected {', '.join(ONNX_TYPES)})"


def _ingredients(sources: Sources, name: str, target: Target, hashes: HashCache) -> dict[str, object]:
    checkpoint = sources.checkpoint
    serving = checkpoint.assets / SERVING_FILE
    return {
        "installer": INSTALLER_VERSION,
        "name": name,
        "target": target.value,
        "configs": {key: dict(config) for key, config in checkpoint.configs.items()},
        "serving": serving.read_text(encoding="utf-8") if serving.is_file() else "",
        "tokenizer": hashlib.sha256(tokenizer_json(checkpoint.folder / "tokenizer").encode()).hexdigest(),
        "weights": {component.value: hashes.sha256(checkpoint.weights_path(component)) for component in Component},
        "graphs": {component.value: file_sha256(path) for component, path in sources.graphs.items()},
        "code": {relative: file_sha256(path) for relative, path in sources.code.items()},
    }


def _check_space(sources: Sources, repository: Path) -> None:
    """Weights are linked where they can be; on another disk they must be copied, and fit."""
    device = repository.stat().st_dev
    copied = [sources.checkpoint.weights_path(component).stat() for component in Component]
    needed = sum(stat.st_size for stat in copied if stat.st_dev != device) + 50_000_000
    free = shutil.disk_usage(repository).free
    if needed > free:
        raise NotEnoughSpaceError(repository, needed, free)


def _stage(
    sources: Sources,
    weights: Mapping[Component, Mapping[str, StoredTensor]],
    staged: Transaction,
    name: str,
    ingredients: Mapping[str, object],
    target: Target,
) -> PipelineSpec:
    checkpoint = sources.checkpoint
    for component in Component:
        folder = f"{name}__{component}/1"
        graph = GraphFile.read(sources.graphs[component])
        graph.bind(weights[component], WEIGHTS_FILE)
        graph.write(staged.path(f"{folder}/{GRAPH_FILE}"))
        _link(checkpoint.weights_path(component), staged.path(f"{folder}/{WEIGHTS_FILE}"))
    spec = _describe(checkpoint, staged, name, ingredients)
    for component, declared in component_specs(spec).items():
        check_interface(GraphFile.read(sources.graphs[component]), declared)
    for relative, text in pipeline_configs(spec, target).items():
        staged.path(relative).write_text(text, encoding="utf-8")
    staged.path(f"{name}/1/pipeline.json").write_text(spec.to_json(), encoding="utf-8")
    staged.path(f"{name}/1/tokenizer.json").write_text(tokenizer_json(checkpoint.folder / "tokenizer"), "utf-8")
    for relative, path in sources.code.items():
        shutil.copyfile(path, staged.path(relative))
    return spec


def _describe(
    checkpoint: Checkpoint, staged: Transaction, name: str, ingredients: Mapping[str, object]
) -> PipelineSpec:
    vae = checkpoint.config(Component.VAE_DECODER)
    colours = latent_rgb.fit(
        staged.path(f"{name}__{Component.VAE_ENCODER}/1/{GRAPH_FILE}"),
        staged.path(f"{name}__{Component.VAE_DECODER}/1/{GRAPH_FILE}"),
        2 ** (len(vae["block_out_channels"]) - 1),
        vae.get("scaling_factor", 0.18215),
        vae.get("shift_factor") or 0.0,
    )
    return pipeline_spec(checkpoint, name, manifest_key({"weights": ingredients["weights"]}), colours)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # another disk, or one without hard links
        try:
            shutil.copyfile(source, target)
        except OSError as error:
            raise CheckpointError(source, f"cannot be copied into the model repository: {error.strerror}") from None


def _commit(
    staged: Transaction,
    repository: Path,
    sources: Sources,
    ingredients: Mapping[str, object],
    name: str,
    before: Manifest | None,
) -> None:
    root = staged.folder / "files"
    paths = (path for path in sorted(root.rglob("*")) if path.is_file())
    files = {path.relative_to(root).as_posix(): entry for path in paths if (entry := described(path))}
    checkpoint = sources.checkpoint
    manifest = Manifest(
        key=manifest_key(ingredients),
        name=name,
        source=checkpoint.folder.name,
        ingredients=ingredients,
        architectures={component.value: checkpoint.architecture(component) for component in Component},
        files=files,
    )
    manifest.write(staged.path(f"{name}/1/{MANIFEST_FILE}"))
    obsolete = set(before.files) - set(files) if before else set()
    staged.commit(removed=obsolete)
