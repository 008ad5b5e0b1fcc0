"""A safety checker's folder in diffusers' layout (`diffusion.safety`), read without torch."""

from __future__ import annotations

import hashlib
import json
<<<<<<< HEAD
=======
import shutil
from collections.abc import Callable
>>>>>>> a9724bc (Prune exactly what nothing was installed from; look at pictures that a kill or a failure left unseen; refuse profiles first)
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from diffusion.components import Component
from diffusion.safety import CheckerSpec
from diffusion.standalone import Standalone
from export.errors import CheckpointError, UnsupportedArchitectureError
from export.json_file import read_json
<<<<<<< HEAD
from export.safetensors_header import StoredTensor, read_header
from export.standalone import normalisation, weights_in
=======
from export.recipe import SOURCE_PIPELINE, SOURCE_REPOSITORY, compare_tensors
from export.repository import GRAPH_FILE, WEIGHTS_FILE, link
from export.safetensors_header import StoredTensor, file_sha256, read_header
from export.transaction import locked, state_folder, transaction, work_folder
from export.triton_config import Target, component_config
>>>>>>> a9724bc (Prune exactly what nothing was installed from; look at pictures that a kill or a failure left unseen; refuse profiles first)

CLASS = "StableDiffusionSafetyChecker"
EXPECTED = "a safety checker in diffusers' layout"
VISION_DEFAULTS: dict[str, Any] = {
    "hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12, "num_attention_heads": 12,
    "num_channels": 3, "image_size": 224, "patch_size": 32, "hidden_act": "quick_gelu", "layer_norm_eps": 1e-05,
}  # fmt: skip
MEAN = (0.48145466, 0.4578275, 0.40821073)
STD = (0.26862954, 0.26130258, 0.27577711)
OLD_PREFIX, PREFIX = "vision_model.vision_model.", "vision_model."  # as it was saved before transformers 5
BUFFERS = (".position_ids",)


@dataclass(frozen=True, slots=True)
class CheckerFiles:
    """A safety checker's folder, read."""

    COMPONENT: ClassVar[Component] = Component.SAFETY_CHECKER
    SPEC: ClassVar[type[Standalone]] = CheckerSpec

    folder: Path
    weights: Path
    vision: dict[str, Any]
    projection: int

    @classmethod
    def read(cls, folder: Path) -> CheckerFiles:
        """Read `config.json` and find the weights.

        Raises:
            CheckpointError: naming the file that is missing, malformed or of a kind that is not served.
        """
        path = folder / "config.json"
        config = read_json(path, EXPECTED)
        found = (config.get("architectures") or [None])[0]
        if found != CLASS:
            raise UnsupportedArchitectureError(path, f"a {found}; served is {CLASS}")
        given = config.get("vision_config") or {}
        vision = {key: given.get(key, default) for key, default in VISION_DEFAULTS.items()}
        if vision["num_channels"] != len(MEAN):
            raise UnsupportedArchitectureError(path, f"takes pictures of {vision['num_channels']} channels, not 3")
        return cls(folder, weights_in(folder), vision, int(config.get("projection_dim", 512)))

    @property
    def architecture(self) -> str:
        """Equal for checkers that one exported graph serves."""
        counts = [self.tensors()[name].shape[0] for name in ("concept_embeds", "special_care_embeds")]
        told = ["safety_checker", 1, self.vision, self.projection, counts]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()

    def tensors(self) -> dict[str, StoredTensor]:
        """What is stored, by the network's names. Raises DamagedFileError, or CheckpointError without concepts."""
        stored = {
            name.replace(OLD_PREFIX, PREFIX, 1) if name.startswith(OLD_PREFIX) else name: tensor
            for name, tensor in read_header(self.weights).items()
            if not name.endswith(BUFFERS)
        }
        for name in ("concept_embeds", "special_care_embeds"):
            if name not in stored or len(stored[name].shape) != 2:
                raise CheckpointError(self.weights, f"has no {name}, which says what the checker looks for")
        return stored

    def spec(self, fingerprint: str) -> CheckerSpec:
        """The checker's own description."""
        # its own, or that of the pipeline that it lies in
        folders = self.folder, self.folder.parent / "feature_extractor"
        mean, std = normalisation(folders, MEAN, STD)
        tensors = self.tensors()
        concepts, special = (tensors[name].shape[0] for name in ("concept_embeds", "special_care_embeds"))
        return CheckerSpec(fingerprint, int(self.vision["image_size"]), mean, std, concepts, special)
<<<<<<< HEAD
=======

    def _normalisation(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """What `preprocessor_config.json` says, here or in a pipeline's `feature_extractor/`; else CLIP's own."""
        name = "preprocessor_config.json"
        for path in (self.folder / name, self.folder.parent / "feature_extractor" / name):
            if path.is_file():
                given = read_json(path)
                if given.get("resample", BICUBIC) != BICUBIC:
                    raise UnsupportedArchitectureError(path, f"resample is {given['resample']}; served is {BICUBIC}")
                return _triple(path, given, "image_mean", MEAN), _triple(path, given, "image_std", STD)
        return MEAN, STD


def _triple(
    path: Path, given: dict[str, Any], key: str, default: tuple[float, float, float]
) -> tuple[float, float, float]:
    values = given.get(key, default)
    try:
        red, green, blue = (float(value) for value in values)
    except (TypeError, ValueError):
        raise CheckpointError(path, f"{key} is {values!r}; three numbers are expected") from None
    return red, green, blue


def install_safety_checker(
    folder: Path, repository: Path, say: Callable[[str], None] = lambda _: None, memory_bytes: int | None = None
) -> CheckerSpec:
    """Install the checker in `folder`; one that is there is replaced.

    Args:
        folder: in diffusers' layout, safetensors only: `config.json` and `model.safetensors`.
        repository: Triton's model repository.
        say: told what is being done.
        memory_bytes: most memory that the export may take.

    Raises:
        ExportError: one of its subclasses; the repository is then as it was.
    """
    files = CheckerFiles.read(folder.absolute())
    spec = files.spec(file_sha256(files.weights))
    graph = _graph(files, repository, say, memory_bytes)
    with locked(repository):
        parameters = GraphFile.read(graph).parameters
        compare_tensors(files.weights, parameters, files.tensors())
        with transaction(repository) as staged:
            bound = GraphFile.read(graph)
            bound.bind(files.tensors(), WEIGHTS_FILE)
            home = f"{MODEL}/1"
            bound.write(staged.path(f"{home}/{GRAPH_FILE}"))
            check_interface(GraphFile.read(staged.path(f"{home}/{GRAPH_FILE}")), spec.network)
            link(files.weights, staged.path(f"{home}/{WEIGHTS_FILE}"))
            texts = {
                f"{home}/{DESCRIPTION}": spec.to_json(),
                f"{MODEL}/config.pbtxt": component_config(MODEL, spec.network, Target.CUDA),
                f"{MODEL}/configs/cpu.pbtxt": component_config(MODEL, spec.network, Target.CPU),
            }
            for relative, text in texts.items():
                staged.path(relative).write_text(text, encoding="utf-8")
            for path in sorted((SOURCE_REPOSITORY / f"{SOURCE_PIPELINE}__{Component.UNET}" / "1").glob("*.py")):
                shutil.copyfile(path, staged.path(f"{home}/{path.name}"))
            staged.commit()
    return spec


def remove_safety_checker(repository: Path) -> None:
    """Take it away, as one change. Raises RepositoryError when there is none."""
    with locked(repository):
        root = repository / MODEL
        if not (root / "1" / DESCRIPTION).is_file():
            raise RepositoryError(f"{repository}: no safety checker is installed")
        kept = [path.relative_to(repository).as_posix() for path in root.rglob("*") if path.is_file()]
        with transaction(repository) as staged:
            staged.commit(removed=[name for name in kept if "__pycache__" not in name])
        shutil.rmtree(root, ignore_errors=True)


def _graph(files: CheckerFiles, repository: Path, say: Callable[[str], None], memory_bytes: int | None) -> Path:
    """The architecture's graph: kept from before, or exported and compared with PyTorch in a process of its own."""
    kept = state_folder(repository) / "graphs" / f"{Component.SAFETY_CHECKER}-fp32-{files.architecture}.onnx"
    if kept.is_file():
        return kept
    say(f"exporting the safety checker in {files.folder}, and comparing it with PyTorch")
    with work_folder(repository) as work:
        job = {"step": "safety", "folder": str(files.folder), "work": str(work)}
        report = run_job(job, "export of the safety checker", memory_bytes)["result"]
        for finding in report["findings"]:
            raise getattr(errors, finding["kind"])(str(Component.SAFETY_CHECKER), finding["detail"])
        kept.parent.mkdir(parents=True, exist_ok=True)
        (work / "graph.onnx").replace(kept)
    return kept
>>>>>>> a9724bc (Prune exactly what nothing was installed from; look at pictures that a kill or a failure left unseen; refuse profiles first)
