from __future__ import annotations

import contextlib
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from export.errors import CheckpointError, DamagedFileError, PickledCheckpointError
from export.safetensors_header import read_header


def write(path: Path, header: object, data: bytes = b"") -> Path:
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return path


def test_offsets_and_lengths_find_each_tensor_in_the_file(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    arrays: dict[str, Any] = {
        "a": np.arange(6, dtype=np.float16).reshape(2, 3),
        "b.weight": np.array([1.5], np.float32),
        "s": np.array(2, np.float32),
    }
    path = tmp_path / "x.safetensors"
    save_file(arrays, path, metadata={"format": "pt"})
    found = read_header(path)
    assert found.keys() == arrays.keys()
    for name, array in arrays.items():
        stored = found[name]
        raw = path.read_bytes()[stored.offset : stored.offset + stored.length]
        assert stored.shape == array.shape
        assert raw == array.tobytes()


@pytest.mark.parametrize("cut", [1, 7, 9, 60, 200])
def test_a_truncated_file_is_damaged_wherever_it_was_cut(tmp_path: Path, cut: int) -> None:
    from safetensors.numpy import save_file

    path = tmp_path / "x.safetensors"
    save_file({"a": np.zeros((16, 16), np.float32)}, path)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(DamagedFileError):
        read_header(path)


@pytest.mark.parametrize(
    "header",
    [
        [],
        {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}},
        {"a": {"dtype": "F33", "shape": [1], "data_offsets": [0, 4]}},
        {"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, -4]}},
        {"a": {"dtype": "F32", "shape": [1]}},
        {"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}},
        {"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4, 8]}},
        {"a": 3},
    ],
)
def test_a_header_that_does_not_fit_is_refused(tmp_path: Path, header: object) -> None:
    with pytest.raises(DamagedFileError):
        read_header(write(tmp_path / "x.safetensors", header, b"\0" * 4))


def test_overlapping_tensors_are_refused(tmp_path: Path) -> None:
    entry = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}
    with pytest.raises(DamagedFileError, match="overlap"):
        read_header(write(tmp_path / "x.safetensors", {"a": entry, "b": entry}, b"\0" * 4))


def test_a_huge_header_length_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    path.write_bytes(struct.pack("<Q", 2**63) + b"{}")
    with pytest.raises(DamagedFileError):
        read_header(path)


@pytest.mark.parametrize("name", ["x.bin", "x.ckpt", "x.safetensors"])
def test_a_pickle_is_refused_by_its_name_and_by_its_bytes(tmp_path: Path, name: str) -> None:
    import torch

    path = tmp_path / name
    torch.save({"a": torch.zeros(1)}, path)
    with pytest.raises(PickledCheckpointError):
        read_header(path)


@given(data=st.binary(max_size=200))
def test_no_bytes_raise_anything_but_the_declared_errors(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("fuzz") / "x.safetensors"
    path.write_bytes(struct.pack("<Q", len(data)) + data)
    with contextlib.suppress(CheckpointError):
        read_header(path)
