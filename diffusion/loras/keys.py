"""The names of a LoRA's tensors, in the three ways of writing that are in use, to the pipeline's own layers.

kohya: `lora_unet_down_blocks_0_attentions_0_…_to_q.lora_down.weight`, `….alpha`; `lora_te_text_model_encoder_…`.
PEFT, as diffusers writes it: `unet.down_blocks.0.….to_q.lora_A.weight`; `text_encoder.text_model.encoder.…`.
diffusers before PEFT: `unet.….to_q.lora.down.weight`, `unet.….attn1.processor.to_q_lora.down.weight`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from diffusion.loras.file import LoraFileError, LoraHeader

Layer = tuple[str, str]
"""A component and the name of one of its layers."""

_PARTS = re.compile(
    r"(?P<module>.+?)\.?(?:(?:processor\.)?(?P<old>to_\w+)_lora|lora|lora_linear_layer)?"
    r"[._](?P<part>lora_down|lora_up|lora_A|lora_B|down|up)(?:\.default)?\.weight"
)
_SIDES = {"lora_down": "down", "lora_A": "down", "down": "down", "lora_up": "up", "lora_B": "up", "up": "up"}
_KOHYA = {"lora_unet_": "unet", "lora_te_": "text_encoder", "lora_te1_": "text_encoder"}
_OTHER_KINDS = {
    "hada_w1_a": "a LoHa", "lokr_w1": "a LoKr", "lokr_w2": "a LoKr", "dora_scale": "a DoRA",
    "lora_magnitude_vector": "a DoRA", "oft_blocks": "an OFT", "lora_mid": "a LoRA with a Tucker core",
    "diff": "a full difference of weights", "diff_b": "a full difference of weights",
    "lora_B.bias": "a LoRA with biases",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Factors:
    """Where the two factors of one layer are in the file, and what their product is multiplied with."""

    down: str
    up: str
    rank: int
    alpha: float | None
    alpha_name: str | None = None


def factors_of(header: LoraHeader, layers: Mapping[str, Mapping[str, tuple[int, int]]]) -> dict[Layer, Factors]:
    """The factors of each layer that the file changes.

    Args:
        header: the file's.
        layers: (inputs, outputs) of the layers that may be changed, by component and name.

    Raises:
        LoraFileError: naming the tensor that fits no layer, has another shape than its layer, or lacks its counterpart.
    """
    known = _spellings(layers)
    sides: dict[Layer, dict[str, str]] = {}
    alphas: dict[Layer, str] = {}
    for name in header.shapes:
        if name.endswith(".alpha"):
            alphas[_layer(header, known, name, name.removesuffix(".alpha"))] = name
            continue
        module, side = _split(header, name)
        sides.setdefault(_layer(header, known, name, module), {})[side] = name
    if not sides:
        raise LoraFileError(header.path, "holds no tensor of a LoRA")
    settings = _settings(header)
    return {
        layer: _factors(header, layer, names, layers[layer[0]][layer[1]], (alphas.get(layer), settings))
        for layer, names in sides.items()
    }


def _split(header: LoraHeader, name: str) -> tuple[str, str]:
    """The module of a tensor and the side of its product that the tensor is."""
    for ending, kind in _OTHER_KINDS.items():
        if name.endswith((f".{ending}", f".{ending}.weight")):
            raise LoraFileError(header.path, f"{name}: {kind}, which is not served; plain LoRAs are")
    found = _PARTS.fullmatch(name)
    if found is None:
        raise LoraFileError(header.path, f"{name}: not the name of a LoRA's tensor")
    module = found["module"].removesuffix(".processor")
    if found["old"]:
        module += "." + ("to_out.0" if found["old"] == "to_out" else found["old"])
    return module, _SIDES[found["part"]]


def _spellings(layers: Mapping[str, Mapping[str, tuple[int, int]]]) -> dict[str, Layer]:
    """Every way in which each layer may be called."""
    known: dict[str, Layer] = {}
    for component, names in layers.items():
        for name in names:
            inner = [name, f"text_model.{name}"] if component == "text_encoder" else [name]
            for written in inner:
                known[f"{component}.{written}"] = known[f"base_model.model.{component}.{written}"] = (component, name)
                for prefix, owner in _KOHYA.items():
                    if owner == component:
                        known[prefix + written.replace(".", "_")] = (component, name)
                if component == "unet":
                    known[written] = (component, name)
    return known


def _layer(header: LoraHeader, known: Mapping[str, Layer], tensor: str, module: str) -> Layer:
    layer = known.get(module)
    if layer is None:
        raise LoraFileError(header.path, f"{tensor}: fits no layer of this pipeline that a LoRA may change")
    return layer


def _settings(header: LoraHeader) -> Mapping[str, Any]:
    """What diffusers notes of PEFT's configuration: `unet.lora_alpha` and the like."""
    try:
        settings = json.loads(header.metadata.get("lora_adapter_metadata", "{}"))
    except ValueError:
        raise LoraFileError(header.path, "lora_adapter_metadata in its header is not JSON") from None
    return settings if isinstance(settings, dict) else {}


def _factors(
    header: LoraHeader,
    layer: Layer,
    names: Mapping[str, str],
    sizes: tuple[int, int],
    alphas: tuple[str | None, Mapping[str, Any]],
) -> Factors:
    for side, other in (("down", "up"), ("up", "down")):
        if side not in names:
            raise LoraFileError(header.path, f"{names[other]}: its counterpart is missing")
    down, up = names["down"], names["up"]
    rank = header.shapes[down][0] if header.shapes[down] else 0
    for name, expected in ((down, (rank, sizes[0])), (up, (sizes[1], rank))):
        shape = header.shapes[name]
        if rank < 1 or shape[:2] != expected or any(axis != 1 for axis in shape[2:]) or len(shape) not in (2, 4):
            raise LoraFileError(header.path, f"{name}: shape {list(shape)}, expected {list(expected)}")
    alpha_name, settings = alphas
    return Factors(down, up, rank, _alpha(settings, layer, rank), alpha_name)


def _alpha(settings: Mapping[str, Any], layer: Layer, rank: int) -> float | None:
    component, name = layer
    alpha = settings.get(f"{component}.lora_alpha")
    pattern = settings.get(f"{component}.alpha_pattern") or {}
    alpha = next((value for key, value in pattern.items() if name == key or name.endswith(f".{key}")), alpha)
    if alpha is None:
        return None
    root = bool(settings.get(f"{component}.use_rslora"))
    return float(alpha) * (rank**0.5 if root else 1.0)
