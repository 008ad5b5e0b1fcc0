"""Rows side by side: the same outputs in the same order, whoever computes them."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from diffusion import rows
from diffusion.components import Tensor
from diffusion.rows import Graph, SideBySide, is_small, opened


def doubled(inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
    sample = inputs["sample"].astype(np.float32)
    return [sample * 2, sample.sum(axis=1)]


def never(inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
    raise AssertionError(f"called with {len(inputs['sample'])} rows")


@pytest.mark.parametrize("count", [2, 4, 5, 8])
def test_the_outputs_are_those_of_one_call(count: int) -> None:
    inputs = {"sample": np.arange(count * 5, dtype=np.float32).reshape(count, 5)}
    for found, expected in zip(SideBySide(doubled, never)(inputs), doubled(inputs), strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("count", [1, 3])
def test_one_row_and_three_are_computed_with_all_threads(count: int) -> None:
    inputs = {"sample": np.ones((count, 5), np.float32)}
    assert SideBySide(never, doubled)(inputs)[0].shape == (count, 5)


def test_both_parts_are_under_way_at_once() -> None:
    both = threading.Barrier(2, timeout=10)

    def part(inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
        both.wait()
        return doubled(inputs)

    assert len(SideBySide(part, never)({"sample": np.ones((4, 5), np.float32)})[0]) == 4


def test_what_rows_share_is_given_to_both() -> None:
    factors = np.arange(6, dtype=np.float32).reshape(3, 2)

    def part(inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
        return [inputs["factors"][inputs["set"]]]

    (found,) = SideBySide(part, never, {"factors"})({"factors": factors, "set": np.array([2, 0, 1, 2])})
    np.testing.assert_array_equal(found, factors[[2, 0, 1, 2]])


@pytest.mark.parametrize("failing", [0, 1])
def test_a_failure_of_either_part_is_the_calls_and_nothing_runs_on(failing: int) -> None:
    done = []

    def part(inputs: Mapping[str, Tensor]) -> Sequence[Tensor]:
        number = int(inputs["sample"][0, 0])
        if number == failing:
            raise RuntimeError("no memory")
        done.append(number)
        return doubled(inputs)

    split = SideBySide(part, never)
    with pytest.raises(RuntimeError, match="no memory"):
        split({"sample": np.array([[0.0], [1.0]], np.float32)})
    assert done == [1 - failing]


def test_a_network_is_small_by_what_is_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "SMALL_BYTES", 10)
    graph = tmp_path / "model.onnx"
    graph.write_bytes(b"12345")
    assert is_small(graph)
    (tmp_path / "weights.safetensors").write_bytes(b"123456")
    assert not is_small(graph)


@pytest.mark.parametrize(("threads", "most_bytes", "given"), [(3, 10, [3, 2]), (1, 10, [1]), (3, 4, [3])])
def test_a_small_network_is_opened_again_for_half_of_several_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, threads: int, most_bytes: int, given: list[int]
) -> None:
    monkeypatch.setattr(rows, "SMALL_BYTES", most_bytes)
    (tmp_path / "model.onnx").write_bytes(b"12345")
    asked = []

    asked = []

    def open_graph(path: Path, threads: int) -> Graph:
        asked.append(threads)
        return Graph(("sample",), ("doubled", "sums"), doubled)

    graph = opened(tmp_path / "model.onnx", threads, open_graph, ())
    assert (graph.inputs, graph.outputs) == (("sample",), ("doubled", "sums"))
    assert len(graph.call({"sample": np.ones((3, 5), np.float32)})[0]) == 3
    assert asked == given
