"""What a .safetensors file holds, told by the names and shapes in its header."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.installations.errors import PickledSourceError, SourceRefusedError
from gateway.installations.offer import Kind

MAX_HEADER_BYTES = 16_000_000
PICKLE_SUFFIXES = (".bin", ".ckpt", ".pt", ".pth", ".pkl", ".pickle")
PICKLE_STARTS = (b"PK", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
FAMILY_BY_WIDTH = {768: "sd1", 1024: "sd2", 2048: "sdxl"}
"""Of the text states that a UNet takes."""

FAMILY_BY_BASE = {"sd_v1": "sd1", "sd_v2": "sd2", "sdxl": "sdxl", "stable-diffusion-xl": "sdxl"}
EMBEDDING_NAMES = {"emb_params", "clip_l", "clip_g"}
_LORA_MARKS = ("lora_", ".lora.", "lora.down", "lora.up", "hada_w", "lokr_w")
_PLACE_BYTES = 8


@dataclass(frozen=True, slots=True)
class Header:
    """Of one file: the shape of each tensor, and its texts."""

    shapes: Mapping[str, tuple[int, ...]]
    texts: Mapping[str, str]

    @property
    def kind(self) -> Kind | None:
        """What the file is, or None where that cannot be told."""
        names = self.shapes
        if any(name.startswith("model.diffusion_model.") for name in names):
            return Kind.PIPELINE
        if any(name.startswith(("control_model.", "controlnet_cond_embedding.")) for name in names):
            return Kind.CONTROLNET
        if any(mark in name for name in names for mark in _LORA_MARKS):
            return Kind.LORA
        if names and (names.keys() <= EMBEDDING_NAMES or len(names) == 1) and all(map(_is_vectors, names.values())):
            return Kind.EMBEDDING
        return None

    @property
    def family(self) -> str | None:
        """Which models it goes with."""
        names = self.shapes
        if any(name.startswith("conditioner.embedders.1.") for name in names):
            return "sdxl"
        if any(name.startswith("conditioner.embedders.0.") for name in names):
            return "sdxl_refiner"
        if any(name.startswith("cond_stage_model.model.") for name in names):
            return "sd2"
        if any(name.startswith("cond_stage_model.transformer.") for name in names):
            return "sd1"
        if any("lora_te2_" in name or name.startswith("text_encoder_2.") or name == "clip_g" for name in names):
            return "sdxl"
        told = self.texts.get("ss_base_model_version") or self.texts.get("modelspec.architecture") or ""
        by_text = next((family for mark, family in FAMILY_BY_BASE.items() if told.lower().startswith(mark)), None)
        return by_text or self._family_by_width()

    def _family_by_width(self) -> str | None:
        taken = (shape[-1] for name, shape in self.shapes.items() if shape and _takes_text(name))
        return next((FAMILY_BY_WIDTH[width] for width in taken if width in FAMILY_BY_WIDTH), None)


def read_header(name: str, size: int, read: Callable[[int, int], bytes]) -> Header:
    """The header of the file called `name`, whose bytes `read(start, length)` gives.

    Raises:
        PickledSourceError: it is, or is named like, a pickle.
        SourceRefusedError: it is no safetensors file.
    """
    if name.lower().endswith(PICKLE_SUFFIXES):
        raise PickledSourceError(name)
    start = read(0, _PLACE_BYTES)
    if start.startswith(PICKLE_STARTS):
        raise PickledSourceError(name)
    length = struct.unpack("<Q", start)[0] if len(start) == _PLACE_BYTES else size
    if not 0 < length <= min(MAX_HEADER_BYTES, size - _PLACE_BYTES):
        raise SourceRefusedError(f"{name} is no safetensors file, or one that is cut off in its header")
    try:
        header = json.loads(read(_PLACE_BYTES, length))
        texts = {str(key): str(value) for key, value in header.pop("__metadata__", {}).items()}
        shapes = {str(key): tuple(int(axis) for axis in entry["shape"]) for key, entry in header.items()}
        ends = [int(entry["data_offsets"][1]) for entry in header.values()]
    except (ValueError, AttributeError, TypeError, KeyError, IndexError, RecursionError):
        raise SourceRefusedError(f"{name} is no safetensors file: its header is malformed") from None
    expected = _PLACE_BYTES + length + max(ends, default=0)
    if expected != size:
        raise SourceRefusedError(f"{name} is {size} bytes long where its header describes {expected}")
    return Header(shapes, texts)


def parsed(name: str, text: bytes) -> Mapping[str, Any]:
    """A config. Raises SourceRefusedError."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise SourceRefusedError(f"{name} is no JSON object")
    return found


def _is_vectors(shape: tuple[int, ...]) -> bool:
    return len(shape) in (1, 2)


def _takes_text(name: str) -> bool:
    is_key = "attn2" in name and "to_k" in name and ("down" in name or "lora_A" in name or name.endswith("to_k.weight"))
    return is_key or name in EMBEDDING_NAMES
