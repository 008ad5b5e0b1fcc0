"""Installs a pipeline of a known architecture into Triton's model repository, in seconds and without torch.

The graphs come from the checkpoint's own `graphs/` folder or from the store that `avila export` fills. The weights stay
the checkpoint's file, hard-linked beside each graph (ONNX Runtime refuses a path that leaves the graph's folder).
"""

from __future__ import annotations

import dataclasses
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from diffusion.components import Component, Part
from diffusion.pipeline import PipelineSpec
from diffusion.variants import network_specs
from export import latent_rgb
from export.checkpoint import Checkpoint
from export.controlnets import residual_shapes, with_controlnets
from export.cpu_graphs import CPU_GRAPHS, write_cpu_graphs
from export.errors import CheckpointError, NotEnoughSpaceError, RepositoryError
from export.graph_edit import cast_where_used
from export.graph_file import GraphFile
from export.interface import check_interface
from export.manifest import MANIFEST_FILE, Manifest, file_entry
from export.origin import licence_of
from export.precision import Precision, component_precision
from export.prompt_graph import add_prompt_inputs, skippable_layers
from export.recipe import Recipe, check_weights, make_recipe
from export.reuse_graph import features_of
from export.safetensors_header import StoredTensor
from export.scales import quantise
from export.serving import SERVING_FILE, pipeline_spec
from export.sessions import is_mapped
from export.tokenizer_file import tokenizer_json
from export.transaction import Transaction, locked, state_folder, transaction
from export.triton_config import pipeline_configs
from export.variants import layers_of, variant_graphs

WEIGHTS_FILE = "weights.safetensors"
GRAPH_FILE = "model.onnx"
PIPELINE_FILE = "pipeline.json"
NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?")
CHECKPOINTS = "checkpoints"  # of the state folder: what a pipeline was installed from, where that is kept
SPARE_BYTES = 50_000_000  # graphs, configs and code


def install_pipeline(  # noqa: PLR0913 whatever can be chosen, by name
    checkpoint: Path,
    repository: Path,
    name: str,
    *,
    assets: Path | None = None,
    replaced: Mapping[str, Path] | None = None,
    precision: Precision = Precision.FP32,
    controlnets: Mapping[str, Path] | None = None,
    origin: Mapping[str, str] | None = None,
) -> PipelineSpec:
    """Install the checkpoint as pipeline `name`; the same content again does nothing.

    Args:
        checkpoint: folder in diffusers' layout, safetensors only.
        repository: Triton's model repository; made when it is missing.
        name: of the pipeline; its components are `<name>__<component>`.
        assets: folder with `graphs/*.onnx` and `serving.json`; the checkpoint's own folder by default.
        replaced: weights to use instead of the checkpoint's, by network; see `Checkpoint`.
        precision: what the UNet, the text encoder and the ControlNets compute in; only a UNet is quantised.
        controlnets: their folders in diffusers' layout, by name; their components are `<name>__controlnet_<its name>`.
        origin: where the checkpoint is from, for the manifest; see `export.origin`.

    Raises:
        ExportError: one of its subclasses; the repository is then as it was.
    """
    check_name(name)
    source = Checkpoint.read(checkpoint, assets, replaced, controlnets)
    with locked(repository):
        recipe = make_recipe(source, repository, name, precision)
        if is_installed(recipe, repository):
            return PipelineSpec.load(repository / name / "1" / PIPELINE_FILE)
        weights = check_weights(recipe)
        _check_space(recipe, repository)
        with transaction(repository) as staged:
            spec = _stage(recipe, weights, staged)
            _commit(staged, repository, recipe, origin or {})
        return spec


def check_name(name: str) -> None:
    """Raise RepositoryError unless `name` can name a pipeline."""
    if not NAME.fullmatch(name) or "__" in name:
        raise RepositoryError(f"{name!r} is no name of a pipeline: lower-case letters, digits, '.', '-' and single '_'")


def is_installed(recipe: Recipe, repository: Path) -> bool:
    """Whether exactly this is what the repository has."""
    manifest = read_manifest(repository, recipe.name)
    return manifest is not None and manifest.key == recipe.key and manifest.is_intact(repository)


def read_manifest(repository: Path, name: str) -> Manifest | None:
    """What pipeline `name` was installed from; None where it was not installed by `install_pipeline`."""
    return Manifest.read(repository / name / "1" / MANIFEST_FILE)


def installed_pipelines(repository: Path) -> Iterator[Manifest]:
    """Every installed pipeline, by name."""
    for path in sorted(repository.glob(f"*/1/{MANIFEST_FILE}")):
        manifest = Manifest.read(path)
        if manifest:
            yield manifest


def remove_pipeline(repository: Path, name: str) -> None:
    """Remove what was installed as `name`, as one change.

    Raises:
        RepositoryError: when no such pipeline is installed.
    """
    check_name(name)
    with locked(repository):
        manifest = read_manifest(repository, name)
        if manifest is None:
            known = ", ".join(item.name for item in installed_pipelines(repository)) or "none"
            raise RepositoryError(f"{name} is not installed; installed are: {known}")
        with transaction(repository) as staged:
            staged.commit(removed=[*manifest.files, f"{name}/1/{MANIFEST_FILE}"])
        shutil.rmtree(state_folder(repository) / CHECKPOINTS / name, ignore_errors=True)


def link(source: Path, target: Path) -> None:
    """Make `target` the same file as `source`, or a copy where the disk cannot."""
    try:
        os.link(source, target)
    except OSError:  # another disk, or one without hard links
        try:
            shutil.copyfile(source, target)
        except OSError as error:
            raise CheckpointError(source, f"cannot be copied into the model repository: {error.strerror}") from None


def _check_space(recipe: Recipe, repository: Path) -> None:
    """Weights are linked where they can be; on another disk they must be copied, and fit."""
    device = repository.stat().st_dev
    files = [recipe.checkpoint.weights_path(component).stat() for component in recipe.checkpoint.parts]
    needed = sum(stat.st_size for stat in files if stat.st_dev != device) + SPARE_BYTES
    free = shutil.disk_usage(repository).free
    if needed > free:
        raise NotEnoughSpaceError(repository, needed, free)


def _stage(recipe: Recipe, weights: Mapping[Part, Mapping[str, StoredTensor]], staged: Transaction) -> PipelineSpec:
    checkpoint, name = recipe.checkpoint, recipe.name
    for component in checkpoint.parts:
        folder = f"{name}__{component}/1"
        graph = GraphFile.read(recipe.graphs[component])
        graph.bind(weights[component], WEIGHTS_FILE)
        if is_mapped(checkpoint.weights_path(component)):
            cast_where_used(graph.graph)
        graph.write(staged.path(f"{folder}/{GRAPH_FILE}"))
        link(checkpoint.weights_path(component), staged.path(f"{folder}/{WEIGHTS_FILE}"))
    spec = _describe(recipe, staged)
    if spec.text.max_clip_skip:
        _add_prompt_inputs(staged.path(f"{name}__{Component.TEXT_ENCODER}/1/{GRAPH_FILE}"))
    _stage_variants(recipe, spec, staged)
    _quantise(recipe, weights[checkpoint.denoiser], spec, staged)
    for network, declared in network_specs(spec).items():
        check_interface(GraphFile.read(staged.path(f"{name}__{network}/1/{GRAPH_FILE}")), declared)
    for component in CPU_GRAPHS & set(checkpoint.components):
        if _computes_whole_floats(recipe, component):
            write_cpu_graphs(staged.path(f"{name}__{component}/1/{GRAPH_FILE}"), component)
    mapped = {component for component in checkpoint.parts if is_mapped(checkpoint.weights_path(component))}
    texts = pipeline_configs(spec, mapped, bfloat16=recipe.precision is Precision.BF16) | {
        f"{name}/1/{PIPELINE_FILE}": spec.to_json(),
        f"{name}/1/tokenizer.json": tokenizer_json(checkpoint.folder / checkpoint.family.tokenizer),
    }
    for relative, text in texts.items():
        staged.path(relative).write_text(text, encoding="utf-8")
    for relative, path in recipe.code.items():
        if f"{relative.partition('/')[0]}/config.pbtxt" in texts:  # not the code of variants that it does not have
            shutil.copyfile(path, staged.path(relative))
    return spec


def _computes_whole_floats(recipe: Recipe, component: Component) -> bool:
    """Whether a component's graph is of float32 throughout, its weights read into memory."""
    is_unet = component is Component.UNET
    is_quantised = recipe.precision.kind is not None and is_unet
    is_float32 = component_precision(component, recipe.precision) is not Precision.FP16 and not is_quantised
    return is_float32 and not is_mapped(recipe.checkpoint.weights_path(component))


def _add_prompt_inputs(path: Path) -> None:
    graph = GraphFile.read(path)
    add_prompt_inputs(graph)
    graph.write(path)


def _stage_variants(recipe: Recipe, spec: PipelineSpec, staged: Transaction) -> None:
    bound = {component: staged.path(f"{recipe.name}__{component}/1/{GRAPH_FILE}") for component in recipe.graphs}
    for model, graph in variant_graphs(spec, bound):
        component = Component(graph.properties["component"])
        graph.write(staged.path(f"{model}/1/{GRAPH_FILE}"))
        link(recipe.checkpoint.weights_path(component), staged.path(f"{model}/1/{WEIGHTS_FILE}"))


def _quantise(recipe: Recipe, tensors: Mapping[str, StoredTensor], spec: PipelineSpec, staged: Transaction) -> None:
    """The UNet and its variants: the factors of LoRAs, and what ControlNets add, stay as they are."""
    kind = recipe.precision.kind
    if kind is None or recipe.scales is None:
        return
    for network, declared in network_specs(spec).items():
        if declared.component is Component.UNET:
            path = staged.path(f"{recipe.name}__{network}/1/{GRAPH_FILE}")
            graph = GraphFile.read(path)
            quantise(graph, recipe.scales, recipe.checkpoint.weights_path(Component.UNET), tensors, kind)
            graph.write(path)


def _describe(recipe: Recipe, staged: Transaction) -> PipelineSpec:
    vae = recipe.checkpoint.config(Component.VAE_DECODER)
    colours = latent_rgb.fit(
        staged.path(f"{recipe.name}__{Component.VAE_ENCODER}/1/{GRAPH_FILE}"),
        staged.path(f"{recipe.name}__{Component.VAE_DECODER}/1/{GRAPH_FILE}"),
        2 ** (len(vae["block_out_channels"]) - 1),
        vae.get("scaling_factor", 0.18215),
        vae.get("shift_factor") or 0.0,
    )
    spec = pipeline_spec(recipe.checkpoint, recipe.name, recipe.fingerprint, colours)
    spec = _with_features(with_graphs(spec, recipe.graphs), recipe)
    return with_controlnets(
        spec, recipe.checkpoint, recipe.graphs[recipe.checkpoint.denoiser], recipe.controlnet_fingerprints
    )


def with_graphs(spec: PipelineSpec, graphs: Mapping[Part, Path]) -> PipelineSpec:
    """`spec` with what its graphs allow: layers that a request may leave out, and layers that LoRAs may change."""
    skippable = skippable_layers(GraphFile.read(graphs[Component.TEXT_ENCODER]))
    text = dataclasses.replace(spec.text, max_clip_skip=skippable)
    return dataclasses.replace(spec, text=text, lora_layers=layers_of(spec, graphs))


def _with_features(spec: PipelineSpec, recipe: Recipe) -> PipelineSpec:
    """`spec` with what its UNet's deep half gives, where `limits.reuse_joints` says that it is used again."""
    joints = spec.limits.reuse_joints
    if not joints:
        return spec
    if spec.denoiser is not Component.UNET:
        path = recipe.checkpoint.assets / SERVING_FILE
        raise CheckpointError(path, f"limits.reuse_joints is {joints}; expected 0: it is for UNets only")
    graph = GraphFile.read(recipe.graphs[Component.UNET])
    found = features_of(graph, residual_shapes(recipe.checkpoint.config(Component.UNET)), joints)
    if found is None:
        path = recipe.checkpoint.assets / SERVING_FILE
        raise CheckpointError(path, f"limits.reuse_joints is {joints}, and the UNet has fewer skip connections to join")
    return dataclasses.replace(spec, deep_features=found)


def _commit(staged: Transaction, repository: Path, recipe: Recipe, origin: Mapping[str, str]) -> None:
    root = staged.folder / "files"
    paths = (path for path in sorted(root.rglob("*")) if path.is_file())
    files = {path.relative_to(root).as_posix(): entry for path in paths if (entry := file_entry(path))}
    checkpoint, before = recipe.checkpoint, read_manifest(repository, recipe.name)
    manifest = Manifest(
        key=recipe.key,
        name=recipe.name,
        source=checkpoint.folder.name,
        ingredients=recipe.ingredients,
        architectures={str(component): checkpoint.architecture(component) for component in checkpoint.parts},
        files=files,
        licence=licence_of(checkpoint.folder, origin),
        origin={str(name): str(value) for name, value in origin.items()},
    )
    manifest.write(staged.path(f"{recipe.name}/1/{MANIFEST_FILE}"))
    staged.commit(removed=set(before.files) - set(files) if before else ())
