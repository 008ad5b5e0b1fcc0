"""What an installation is made of, and its key: checkpoint, graphs and code, each by its hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from diffusion.components import Component, ControlNet, Part, Variant
from export.architecture import kind_of
from export.checkpoint import Checkpoint
from export.controlnets import preprocessor_of
from export.errors import NotCalibratedError, RepositoryError, UnknownArchitectureError, WeightsMismatchError
from export.graph_file import ONNX_TYPES, GraphFile
from export.manifest import HashCache, manifest_key
from export.precision import Precision, component_precision
from export.safetensors_header import StoredTensor, file_sha256
from export.scales import find_scales
from export.serving import SERVING_FILE
from export.tokenizer_file import tokenizer_json
from export.transaction import state_folder

INSTALLER_VERSION = 4  # raise it when the same ingredients would install other bytes
SCALES = "scales"  # ingredient: hash of the file
SOURCE_PIPELINE = "avila-demo"
SOURCE_REPOSITORY = Path(__file__).parents[1] / "model_repository"


@dataclass(frozen=True)
class Recipe:
    """Everything that goes into the installation of one pipeline.

    Attributes:
        checkpoint: the pipeline in diffusers' layout.
        graphs: an architecture graph per component.
        scales: of the UNet's quantisation, if it is quantised.
        code: the orchestrator's and the components' `*.py`, by path in the repository.
        ingredients: hashes and settings that determine every installed byte.
    """

    name: str
    checkpoint: Checkpoint
    graphs: Mapping[Part, Path]
    code: Mapping[str, Path]
    ingredients: Mapping[str, object]
    precision: Precision = Precision.FP32
    scales: Path | None = None

    @property
    def key(self) -> str:
        """Hash of the ingredients."""
        return manifest_key(self.ingredients)

    @property
    def fingerprint(self) -> str:
        """Hash of the weights alone."""
        return manifest_key({"weights": self.ingredients["weights"]})

    @property
    def controlnet_fingerprints(self) -> dict[str, str]:
        """Hash of each ControlNet's weights, by name."""
        found = self.ingredients["controlnets"]
        return dict(found) if isinstance(found, Mapping) else {}


def make_recipe(checkpoint: Checkpoint, repository: Path, name: str, precision: Precision) -> Recipe:
    """Collect what an installation needs.

    Raises:
        UnknownArchitectureError: for the first component without a graph.
        NotCalibratedError: a quantised precision, and no scales for these weights.
        RepositoryError: when the shipped pipeline's code is not where it should be.
    """
    state = state_folder(repository)
    graphs = {}
    for component in checkpoint.parts:
        path = find_graph(checkpoint, state, component, precision)
        if path is None:
            places = (checkpoint.assets / "graphs", state / "graphs")
            raise UnknownArchitectureError(component, checkpoint.architecture(component), places)
        graphs[component] = path
    code = dict(code_files(repository, name, checkpoint.parts))
    hashes = HashCache(state / "hashes.json")
    serving = checkpoint.assets / SERVING_FILE
    scales = None
    if precision.kind:
        scales = find_scales(checkpoint, state, precision, hashes)
        if scales is None:
            raise NotCalibratedError(precision, (checkpoint.assets / "scales", state / "scales"))
    ingredients: dict[str, object] = {
        "installer": INSTALLER_VERSION,
        "name": name,
        "configs": {key: dict(config) for key, config in checkpoint.configs.items()},
        "serving": serving.read_text(encoding="utf-8") if serving.is_file() else "",
        "tokenizer": hashlib.sha256(
            tokenizer_json(checkpoint.folder / checkpoint.family.tokenizer).encode()
        ).hexdigest(),
        "weights": {item.value: hashes.sha256(checkpoint.weights_path(item)) for item in checkpoint.components},
        "controlnets": {
            item.name: hashes.sha256(checkpoint.weights_path(item))
            for item in checkpoint.parts
            if isinstance(item, ControlNet)
        },
        "preprocessors": {name: preprocessor_of(name, folder) for name, folder in checkpoint.controlnets.items()},
        "graphs": {str(component): file_sha256(path) for component, path in graphs.items()},
        "code": {relative: file_sha256(path) for relative, path in code.items()},
    }
    if precision not in (Precision.FP32, Precision.FP16):  # those are said by the graphs
        ingredients["precision"] = precision.value
    if scales is not None:
        ingredients[SCALES] = file_sha256(scales)
    return Recipe(name, checkpoint, graphs, code, ingredients, precision, scales)


def find_graph(checkpoint: Checkpoint, state: Path, component: Part, precision: Precision) -> Path | None:
    """The graph that fits the checkpoint's architecture and the pipeline's precision, if there is one."""
    architecture = checkpoint.architecture(component)
    kept = component_precision(component, precision).value
    wanted = {"architecture": architecture, "precision": kept}
    shipped = checkpoint.assets / "graphs"
    places = [shipped / f"{component}.onnx", stored_graph(state, component, architecture, kept)]
    if isinstance(component, ControlNet):  # one of another name may be of the same architecture
        places += sorted(shipped.glob(f"{ControlNet.PREFIX}*.onnx"))
    for path in places:
        if path.is_file() and wanted.items() <= GraphFile.read(path).properties.items():
            return path
    return None


def stored_graph(state: Path, component: Part, architecture: str, precision: str) -> Path:
    """Where the repository's own store keeps a graph."""
    return state / "graphs" / f"{kind_of(component)}-{precision}-{architecture}.onnx"


def check_weights(recipe: Recipe) -> dict[Part, dict[str, StoredTensor]]:
    """The stored tensors of every component, compared with what its graph expects.

    Raises:
        WeightsMismatchError: naming every tensor that is missing, left over or of another shape or type.
    """
    checkpoint = recipe.checkpoint
    expected = {component: GraphFile.read(path).parameters for component, path in recipe.graphs.items()}
    weights = {component: checkpoint.tensors(component) for component in checkpoint.parts}
    for network in checkpoint.family.networks:
        members = [component for component in checkpoint.components if checkpoint.network(component) == network]
        parameters = {name: shape for component in members for name, shape in expected[component].items()}
        compare_tensors(checkpoint.weights_path(members[0]), parameters, weights[members[0]])
    for component in (item for item in checkpoint.parts if isinstance(item, ControlNet)):
        compare_tensors(checkpoint.weights_path(component), expected[component], weights[component])
    return weights


def compare_tensors(file: Path, expected: Mapping[str, tuple[int, ...]], stored: Mapping[str, StoredTensor]) -> None:
    """Raise WeightsMismatchError unless `stored` has the `expected` names and shapes, in types that can be cast."""
    misfits = [_misfit(name, expected[name], stored[name]) for name in expected.keys() & stored.keys()]
    wrong = [reason for reason in misfits if reason]
    missing, surplus = expected.keys() - stored.keys(), stored.keys() - expected.keys()
    if missing or surplus or wrong:
        raise WeightsMismatchError(file, missing, surplus, wrong)


def code_files(repository: Path, name: str, components: Iterable[Part]) -> Iterator[tuple[str, Path]]:
    """The python files of the shipped pipeline's models, and where copies of them belong for pipeline `name`.

    The same files serve every component, so one that the shipped pipeline lacks takes the UNet's.
    """
    models = {f"{name}__{network}": f"{SOURCE_PIPELINE}__{network}" for network in (*components, *Variant)}
    for model, folder in {name: SOURCE_PIPELINE, **models}.items():
        source = SOURCE_REPOSITORY / folder
        if not source.is_dir():
            source = SOURCE_REPOSITORY / f"{SOURCE_PIPELINE}__{Component.UNET}"
        files = sorted((source / "1").glob("*.py"))
        if not files:
            raise RepositoryError(f"{source / '1'}: the shipped pipeline's code is missing")
        for path in files:
            relative = f"{model}/1/{path.name}"
            installed = repository / relative
            if not (installed.exists() and installed.samefile(path)):  # the shipped pipeline, in its own place
                yield relative, path


def _misfit(name: str, shape: tuple[int, ...], stored: StoredTensor) -> str:
    if stored.shape != shape:
        return f"{name} (shape {list(stored.shape)}, expected {list(shape)})"
    return "" if stored.dtype in ONNX_TYPES else f"{name} (type {stored.dtype}, expected {', '.join(ONNX_TYPES)})"
