"""Reads where each tensor lies in a .safetensors file, without loading one.

The format (github.com/huggingface/safetensors): 8 bytes, the header's length, little-endian; the header, JSON; the
tensors' bytes, end to end. Weights by reference needs exactly this: name, type, shape, offset and length.
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from export.errors import DamagedFileError, PickledCheckpointError

MAX_HEADER_BYTES = 100_000_000  # the format's own limit
ITEM_BYTES = {
    "F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2, "I16": 2, "U16": 2,
    "F8_E4M3": 1, "F8_E5M2": 1, "I8": 1, "U8": 1, "BOOL": 1,
}  # fmt: skip
PICKLE_SUFFIXES = {".bin", ".ckpt", ".pt", ".pth", ".pkl", ".pickle"}


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """One tensor of a file. `offset` counts from the file's first byte.

    `shape` is the one that the network has; with `transposed`, the bytes are those of the matrix with its axes swapped.
    """

    dtype: str
    shape: tuple[int, ...]
    offset: int
    length: int
    transposed: bool = False


def read_header(path: Path) -> dict[str, StoredTensor]:
    """The tensors of the file at `path` by name.

    Raises:
        PickledCheckpointError: for a file that is, or is named like, a pickle.
        DamagedFileError: when the header or an offset does not fit the file.
    """
    if path.suffix.lower() in PICKLE_SUFFIXES:
        raise PickledCheckpointError(path)
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(8)
        if start[:2] in (b"PK", b"\x80\x02", b"\x80\x03", b"\x80\x04"):
            raise PickledCheckpointError(path)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else MAX_HEADER_BYTES + 1
        if length > min(MAX_HEADER_BYTES, size - 8):
            raise DamagedFileError(path, "not a safetensors file, or truncated in its header")
        try:
            header = json.loads(file.read(length))
        except ValueError as error:
            raise DamagedFileError(path, f"its header is not JSON ({error})") from None
    if not isinstance(header, dict):
        raise DamagedFileError(path, "its header is not a JSON object")
    header.pop("__metadata__", None)
    tensors = {name: _stored(path, name, entry, 8 + length) for name, entry in header.items()}
    _check_extent(path, tensors, 8 + length, size)
    return tensors


def file_sha256(path: Path) -> str:
    """Hash of a whole file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _stored(path: Path, name: str, entry: Any, base: int) -> StoredTensor:
    try:
        dtype, shape, (begin, end) = entry["dtype"], tuple(map(int, entry["shape"])), entry["data_offsets"]
        expected = math.prod(shape) * ITEM_BYTES[dtype]
    except (KeyError, TypeError, ValueError):
        raise DamagedFileError(path, f"the header's entry for {name!r} is malformed") from None
    if min(shape, default=0) < 0 or begin < 0 or end - begin != expected:
        raise DamagedFileError(path, f"{name}: {end - begin} bytes stored for a {dtype} of shape {list(shape)}")
    return StoredTensor(dtype, shape, base + begin, end - begin)


def _check_extent(path: Path, tensors: dict[str, StoredTensor], base: int, size: int) -> None:
    position = base
    for name, tensor in sorted(tensors.items(), key=lambda item: (item[1].offset, item[1].length)):
        if tensor.offset != position:
            raise DamagedFileError(path, f"{name}: its bytes overlap another tensor's or leave a gap")
        position += tensor.length
    if position != size:
        raise DamagedFileError(path, f"{size} bytes long where its header describes {position}: an incomplete copy?")
