"""A pipeline in diffusers' folder layout, read without torch: its configs, and where its weights lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from diffusion.components import Component, ControlNet, Part
from export.architecture import architecture_hash, computed_config
from export.controlnets import read_controlnets
from export.errors import CheckpointError, PickledCheckpointError, UnsupportedArchitectureError
from export.families import CLASSES, CONTROLNET, SD1, SDXL_REFINER, TEXT_CLASS, TOKENIZERS, WEIGHTS, Family, family_of
from export.fit import check_fit
from export.json_file import read_json
from export.safetensors_header import PICKLE_SUFFIXES, StoredTensor, read_header
from export.single_file import network_tensors, unknown_tensors

# Buffers that older versions of transformers saved; no network reads them back.
IGNORED_TENSORS = {"embeddings.position_ids", "text_model.embeddings.position_ids"}


def network_name(kind: str, stored: str) -> str:
    """The own name of a stored tensor in a network of class `kind`: transformers before 5 wrote CLIP's with a leading
    `text_model.`, which only the projected one has kept."""
    return stored.removeprefix("text_model.") if kind == TEXT_CLASS else stored


@dataclass(frozen=True)
class Checkpoint:
    """A folder with `model_index.json` and one subfolder per network.

    Attributes:
        assets: the folder that has the graphs and `serving.json`: the checkpoint's own, or one for its architecture.
        replaced: weights that are used instead of the folder's, by network ("unet", "vae", "text_encoder"): all from a
            single-file checkpoint whose configs and tokenizer the folder gives, or another VAE.
        controlnets: folders of the ControlNets to serve with the pipeline, by the name that requests will use.
        left_out: networks of the checkpoint that are not served, each with what that means.
    """

    folder: Path
    assets: Path
    configs: Mapping[str, Mapping[str, Any]]
    replaced: Mapping[str, Path] = field(default_factory=dict)
    family: Family = SD1
    controlnets: Mapping[str, Path] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(
        cls,
        folder: Path,
        assets: Path | None = None,
        replaced: Mapping[str, Path] | None = None,
        controlnets: Mapping[str, Path] | None = None,
    ) -> Checkpoint:
        """Read the configs in `folder`, and of its ControlNets.

        Raises:
            CheckpointError: naming the file that is missing, malformed or of a kind that is not served.
        """
        if not folder.is_dir():
            raise CheckpointError(folder, "no such folder")
        index = read_json(folder / "model_index.json")
        family = family_of(folder, index)
        configs = {name: read_json(folder / name / "config.json") for name in family.networks}
        configs["model_index"] = {"force_zeros_for_empty_prompt": index.get("force_zeros_for_empty_prompt", False)}
        configs["scheduler"] = read_json(folder / "scheduler" / "scheduler_config.json")
        for tokenizer in (TOKENIZERS[name] for name in family.networks if name in TOKENIZERS):
            configs[tokenizer] = read_json(folder / tokenizer / "tokenizer_config.json")
        for component, name in family.folders.items():
            _check_class(folder / name / "config.json", configs[name], family.class_of(component))
        added = dict(sorted((controlnets or {}).items()))
        configs |= {ControlNet.named(name): config for name, config in read_controlnets(added).items()}
        left_out = {name: reason for name, reason in family.left_out.items() if (index.get(name) or [None])[0]}
        checkpoint = cls(folder, assets or folder, configs, replaced or {}, family, added, left_out)
        check_fit(checkpoint)
        return checkpoint

    @property
    def components(self) -> tuple[Component, ...]:
        """The networks that are served."""
        return self.family.components

    @property
    def parts(self) -> tuple[Part, ...]:
        """The same, and the ControlNets."""
        return (*self.components, *(ControlNet.named(name) for name in self.controlnets))

    @property
    def makes_pictures_from_text(self) -> bool:
        """Whether text alone is enough: not for a refiner, nor for an inpainting UNet."""
        taken = self.setting(self.denoiser, "in_channels")
        is_plain = taken == self.setting(Component.VAE_DECODER, "latent_channels")
        return bool(is_plain) and self.family is not SDXL_REFINER

    @property
    def denoiser(self) -> Component:
        """The network that is called at each step."""
        return self.family.denoiser

    def class_of(self, component: Part) -> str:
        """The class of the network that `component` is or is a part of, diffusers' or transformers'."""
        return CLASSES[CONTROLNET] if isinstance(component, ControlNet) else self.family.class_of(component)

    def network(self, component: Part) -> str:
        """The name in diffusers' pipeline of the network that `component` is or is a part of."""
        return CONTROLNET if isinstance(component, ControlNet) else self.family.folders[component]

    def network_folder(self, component: Part) -> Path:
        """Where that network's files are."""
        if isinstance(component, ControlNet):
            return self.controlnets[component.name]
        return self.folder / self.network(component)

    def config(self, component: Part) -> Mapping[str, Any]:
        """The config of the network that `component` is, or is a part of."""
        return self.configs[component if isinstance(component, ControlNet) else self.network(component)]

    def setting(self, component: Component, key: str) -> Any:
        """A value of that config, or the library's own default."""
        return computed_config(component, self.config(component))[key]

    def architecture(self, component: Part) -> str:
        """The hash that an exported graph of `component` carries."""
        variant = "" if isinstance(component, ControlNet) else self.family.variant(component)
        return architecture_hash(component, self.config(component), variant)

    def weights_path(self, component: Part) -> Path:
        """The file with the weights of `component`.

        Raises:
            PickledCheckpointError: when there are only pickled ones.
            CheckpointError: when there are none.
        """
        network = self.network(component)
        if network in self.replaced:
            return self.replaced[network]
        path = self.network_folder(component) / WEIGHTS[network]
        for candidate in (path, path.with_suffix(".fp16.safetensors")):
            if candidate.is_file():
                return candidate
        if path.with_suffix(".safetensors.index.json").is_file():
            raise CheckpointError(path.parent, "weights in several shards are not served; save them as one file")
        for other in sorted(path.parent.glob("*")):
            if other.suffix in PICKLE_SUFFIXES:
                raise PickledCheckpointError(other)
        raise CheckpointError(path, "no such file")

    def tensors(self, component: Part) -> dict[str, StoredTensor]:
        """Everything in the weights file of `component`, by the network's own names."""
        path = self.weights_path(component)
        stored = read_header(path)
        network = self.network(component)
        if network in self.replaced:
            return self._found(component, path, stored)
        named = {network_name(self.class_of(component), name): tensor for name, tensor in stored.items()}
        return {name: tensor for name, tensor in named.items() if name not in IGNORED_TENSORS}

    def _found(self, component: Part, path: Path, stored: Mapping[str, StoredTensor]) -> dict[str, StoredTensor]:
        """The tensors of `component` in a file of other names; what belongs to no network counts as surplus."""
        unknown = unknown_tensors(stored) if len(self.replaced) > 1 else set()
        tensors = network_tensors(self.network(component), path, stored, self.config(component))
        surplus = {name: stored[name] for name in unknown}
        return {name: tensor for name, tensor in (tensors | surplus).items() if name not in IGNORED_TENSORS}


def _check_class(path: Path, config: Mapping[str, Any], expected: str) -> None:
    given = config.get("_class_name") or (config.get("architectures") or [None])[0]
    if given != expected:
        raise UnsupportedArchitectureError(path, f"a {given}; served is {expected}")
