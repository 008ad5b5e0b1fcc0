"""Reads a LoRA's .safetensors file with numpy alone; the header is checked before anything is read by it.

The format (github.com/huggingface/safetensors): 8 bytes, the header's length, little-endian; the header, JSON; the
tensors' bytes.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from diffusion.errors import DiffusionError

MAX_FILE_BYTES = 2_000_000_000
MAX_HEADER_BYTES = 16_000_000
_ITEM_BYTES = {"F32": 4, "F16": 2, "BF16": 2}
_NUMPY_TYPES = {"F32": "<f4", "F16": "<f2", "BF16": "<u2"}


class LoraFileError(DiffusionError):
    """A file that cannot be used; the message names it, the tensor where one is at fault, and what is wrong."""

    code = "invalid_lora"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"LoRA {path.stem}: {reason}")


@dataclass(frozen=True, slots=True)
class LoraHeader:
    """What a file says of itself: the shape of each tensor, and its texts."""

    path: Path
    shapes: Mapping[str, tuple[int, ...]]
    metadata: Mapping[str, str]
    _places: Mapping[str, tuple[str, int, int]]

    def read(self, names: list[str]) -> dict[str, NDArray[np.float32]]:
        """The named tensors, in float32.

        Raises:
            LoraFileError: the file has changed since its header was read.
        """
        try:
            with self.path.open("rb") as file:
                return {name: self._tensor(file, name) for name in names}
        except OSError as error:
            raise LoraFileError(self.path, f"cannot be read ({error.strerror})") from None

    def _tensor(self, file: BinaryIO, name: str) -> NDArray[np.float32]:
        kind, offset, length = self._places[name]
        file.seek(offset)
        data = file.read(length)
        if len(data) != length:
            raise LoraFileError(self.path, f"{name}: the file has become shorter")
        values = np.frombuffer(data, _NUMPY_TYPES[kind])
        if kind == "BF16":  # the upper half of a float32
            values = (values.astype("<u4") << 16).view("<f4")
        tensor: NDArray[np.float32] = values.reshape(self.shapes[name]).astype(np.float32)
        if not np.isfinite(tensor).all():
            raise LoraFileError(self.path, f"{name}: holds values that are not finite")
        return tensor


def read_header(path: Path) -> LoraHeader:
    """The checked header of the file at `path`.

    Raises:
        LoraFileError: not a safetensors file, too large, or a tensor of a type or place that cannot be.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(8)
            length = struct.unpack("<Q", start)[0] if len(start) == 8 else size
            if length > min(MAX_HEADER_BYTES, size - 8):
                raise LoraFileError(path, "not a safetensors file, or one that is cut off in its header")
            text = file.read(length)
    except OSError as error:
        raise LoraFileError(path, f"cannot be read ({error.strerror})") from None
    if size > MAX_FILE_BYTES:
        raise LoraFileError(path, f"{size} bytes long; at most {MAX_FILE_BYTES} are served")
    try:
        header = json.loads(text)
        metadata = header.pop("__metadata__", {})
        texts = {str(key): str(value) for key, value in metadata.items()}
        entries = {str(name): _place(path, name, entry, 8 + length, size) for name, entry in header.items()}
    except (ValueError, AttributeError, TypeError, KeyError, RecursionError):
        raise LoraFileError(path, "its header is malformed") from None
    places = {name: place for name, (_, place) in entries.items()}
    return LoraHeader(path, {name: shape for name, (shape, _) in entries.items()}, texts, places)


def _place(path: Path, name: str, entry: Any, base: int, size: int) -> tuple[tuple[int, ...], tuple[str, int, int]]:
    kind, shape = entry["dtype"], tuple(int(axis) for axis in entry["shape"])
    begin, end = (int(offset) for offset in entry["data_offsets"])
    if kind not in _ITEM_BYTES:
        raise LoraFileError(path, f"{name}: type {kind}; served are {', '.join(_ITEM_BYTES)}")
    if min(shape, default=1) < 0 or begin < 0 or end - begin != math.prod(shape) * _ITEM_BYTES[kind]:
        raise LoraFileError(path, f"{name}: {end - begin} bytes stored for {kind} of shape {list(shape)}")
    if base + end > size:
        raise LoraFileError(path, f"{name}: ends beyond the file, which is an incomplete copy")
    return shape, (kind, base + begin, end - begin)
