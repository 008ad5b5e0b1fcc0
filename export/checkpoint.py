"""A pipeline in diffusers' folder layout, read without torch: its configs, and where its weights lie."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from diffusion.components import Component
from diffusion.pipeline import WEIGHTS
from export.architecture import architecture_hash
from export.errors import CheckpointError, DamagedFileError, PickledCheckpointError, UnsupportedArchitectureError
from export.safetensors_header import PICKLE_SUFFIXES, StoredTensor, read_header
from export.single_file import network_tensors, unknown_tensors

FOLDERS = {
    Component.TEXT_ENCODER: "text_encoder",
    Component.UNET: "unet",
    Component.VAE_DECODER: "vae",
    Component.VAE_ENCODER: "vae",
}
PIPELINES = {"StableDiffusionPipeline"}
NETWORK_CLASSES = {"text_encoder": "CLIPTextModel", "unet": "UNet2DConditionModel", "vae": "AutoencoderKL"}
# Conditioning that the served UNet has no input for (diffusion.pipeline.component_specs).
UNSERVED_UNET_KEYS = (
    "addition_embed_type", "class_embed_type", "num_class_embeds", "encoder_hid_dim_type", "time_cond_proj_dim",
)  # fmt: skip
# Buffers that older versions of transformers saved; no network reads them back.
IGNORED_TENSORS = {"embeddings.position_ids"}


def network_name(component: Component, stored: str) -> str:
    """The network's own name of a stored tensor: transformers before 5 wrote CLIP's with a leading `text_model.`."""
    return stored.removeprefix("text_model.") if component is Component.TEXT_ENCODER else stored


@dataclass(frozen=True)
class Checkpoint:
    """A folder with `model_index.json` and one subfolder per network.

    Attributes:
        assets: the folder that has the graphs and `serving.json`: the checkpoint's own, or one for its architecture.
        replaced: weights that are used instead of the folder's, by network ("unet", "vae", "text_encoder"): all from a
            single-file checkpoint whose configs and tokenizer the folder gives, or another VAE.
    """

    folder: Path
    assets: Path
    configs: Mapping[str, Mapping[str, Any]]
    replaced: Mapping[str, Path] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path, assets: Path | None = None, replaced: Mapping[str, Path] | None = None) -> Checkpoint:
        """Read the configs in `folder`.

        Raises:
            CheckpointError: naming the file that is missing, malformed or of a kind that is not served.
        """
        if not folder.is_dir():
            raise CheckpointError(folder, "no such folder")
        index = _read_json(folder / "model_index.json")
        if index.get("_class_name") not in PIPELINES:
            raise UnsupportedArchitectureError(
                folder, f"a {index.get('_class_name')}; served are {', '.join(sorted(PIPELINES))}"
            )
        configs = {name: _read_json(folder / name / "config.json") for name in NETWORK_CLASSES}
        configs["scheduler"] = _read_json(folder / "scheduler" / "scheduler_config.json")
        configs["tokenizer"] = _read_json(folder / "tokenizer" / "tokenizer_config.json")
        for name, expected in NETWORK_CLASSES.items():
            _check_class(folder / name / "config.json", configs[name], expected)
        unserved = [key for key in UNSERVED_UNET_KEYS if configs["unet"].get(key) is not None]
        if unserved:
            raise UnsupportedArchitectureError(folder / "unet", f"{', '.join(unserved)} is set, which is not served")
        _check_channels(folder, configs)
        return cls(folder, assets or folder, configs, replaced or {})

    def config(self, component: Component) -> Mapping[str, Any]:
        """The config of the network that `component` is, or is a part of."""
        return self.configs[FOLDERS[component]]

    def architecture(self, component: Component) -> str:
        """The hash that an exported graph of `component` carries."""
        return architecture_hash(component, self.config(component))

    def weights_path(self, component: Component) -> Path:
        """The file with the weights of `component`.

        Raises:
            PickledCheckpointError: when there are only pickled ones.
            CheckpointError: when there are none.
        """
        if FOLDERS[component] in self.replaced:
            return self.replaced[FOLDERS[component]]
        path = self.folder / WEIGHTS[component]
        for candidate in (path, path.with_suffix(".fp16.safetensors")):
            if candidate.is_file():
                return candidate
        if path.with_suffix(".safetensors.index.json").is_file():
            raise CheckpointError(path.parent, "weights in several shards are not served; save them as one file")
        for other in sorted(path.parent.glob("*")):
            if other.suffix in PICKLE_SUFFIXES:
                raise PickledCheckpointError(other)
        raise CheckpointError(path, "no such file")

    def tensors(self, component: Component) -> dict[str, StoredTensor]:
        """Everything in the weights file of `component`, by the network's own names."""
        path = self.weights_path(component)
        stored = read_header(path)
        if FOLDERS[component] in self.replaced:
            return self._found(component, path, stored)
        named = {network_name(component, name): tensor for name, tensor in stored.items()}
        return {name: tensor for name, tensor in named.items() if name not in IGNORED_TENSORS}

    def _found(self, component: Component, path: Path, stored: Mapping[str, StoredTensor]) -> dict[str, StoredTensor]:
        """The tensors of `component` in a file of other names; what belongs to no network counts as surplus."""
        unknown = unknown_tensors(stored) if len(self.replaced) > 1 else set()
        tensors = network_tensors(FOLDERS[component], path, stored, self.config(component))
        surplus = {name: stored[name] for name in unknown}
        return {name: tensor for name, tensor in (tensors | surplus).items() if name not in IGNORED_TENSORS}


def _read_json(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CheckpointError(path, "no such file; a folder in diffusers' layout is expected") from None
    except (ValueError, UnicodeDecodeError) as error:
        raise DamagedFileError(path, f"not JSON ({error})") from None
    if not isinstance(data, dict):
        raise DamagedFileError(path, "not a JSON object")
    return data


def _check_channels(folder: Path, configs: Mapping[str, Mapping[str, Any]]) -> None:
    """The networks must fit together: text into the UNet, latents into the UNet and the VAE."""
    unet, vae = configs["unet"], configs["vae"]
    channels, latent = unet.get("in_channels", 4), vae.get("latent_channels", 4)
    if channels != latent:
        raise UnsupportedArchitectureError(
            folder / "unet", f"takes {channels} channels where latents have {latent} (inpainting?), which is not served"
        )
    width, hidden = unet.get("cross_attention_dim", 1280), configs["text_encoder"].get("hidden_size", 512)
    if width != hidden:
        raise UnsupportedArchitectureError(
            folder / "unet", f"takes text states of width {width}, but the text encoder gives {hidden}"
        )


def _check_class(path: Path, config: Mapping[str, Any], expected: str) -> None:
    given = config.get("_class_name") or (config.get("architectures") or [None])[0]
    if given != expected:
        raise UnsupportedArchitectureError(path, f"a {given}; served is {expected}")
