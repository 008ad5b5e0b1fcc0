"""A network in parts: the outputs of the whole, and each prompt and picture computed once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from diffusion.components import Tensor
from diffusion.parts import LATENTS, PROMPT, REST, InParts, open_network
from diffusion.rows import Graph

Arrays = Mapping[str, Tensor]


def whole(inputs: Arrays) -> Tensor:
    keys = inputs["encoder_hidden_states"].sum(axis=2) * 2
    look = inputs["sample"] + inputs["timestep"][:, None]
    return np.asarray(look * keys.sum(axis=1)[:, None] + inputs["sample"])


class Bench:
    """The parts of `whole`, which tell how many rows they were called with."""

    def __init__(self) -> None:
        self.prompts: list[int] = []
        self.images: list[int] = []
        prompt = Graph(("encoder_hidden_states",), ("keys",), self._prompt)
        latents = Graph(("timestep", "sample"), ("look",), self._latents)
        rest = Graph(("sample", "keys", "look"), ("out_sample",), self._rest)
        self.network = InParts(prompt, latents, rest)

    def _prompt(self, inputs: Arrays) -> Sequence[Tensor]:
        self.prompts.append(len(inputs["encoder_hidden_states"]))
        return [inputs["encoder_hidden_states"].sum(axis=2) * 2]

    def _latents(self, inputs: Arrays) -> Sequence[Tensor]:
        self.images.append(len(inputs["sample"]))
        return [inputs["sample"] + inputs["timestep"][:, None]]

    def _rest(self, inputs: Arrays) -> Sequence[Tensor]:
        assert set(inputs) == {"sample", "keys", "look"}
        return [inputs["look"] * inputs["keys"].sum(axis=1)[:, None] + inputs["sample"]]

    def ask(self, images: Sequence[int], texts: Sequence[int], tokens: int = 3) -> None:
        """One call whose rows have these pictures and prompts; checks what comes out."""
        inputs = {
            "sample": np.array([np.random.default_rng(seed).random(4) for seed in images], np.float32),
            "timestep": np.array([float(seed) for seed in images], np.float32),
            "encoder_hidden_states": np.array(
                [np.random.default_rng(seed).random((tokens, 2)) for seed in texts], np.float32
            ),
        }
        (found,) = self.network(inputs)
        np.testing.assert_array_equal(found, whole(inputs))


def test_both_rows_of_guidance_share_what_depends_on_the_latents() -> None:
    bench = Bench()
    bench.ask(images=[1, 2, 1, 2], texts=[5, 6, 0, 0])
    assert bench.images == [2]


def test_rows_of_their_own_pictures_are_not_put_together() -> None:
    bench = Bench()
    bench.ask(images=[3, 1, 2], texts=[5, 6, 7])
    assert bench.images == [3]


def test_the_same_latents_at_another_moment_are_computed_anew() -> None:
    bench = Bench()
    sample, text = np.ones((2, 4), np.float32), np.ones((2, 3, 2), np.float32)
    inputs = {"sample": sample, "timestep": np.array([1.0, 2.0], np.float32), "encoder_hidden_states": text}
    np.testing.assert_array_equal(bench.network(inputs)[0], whole(inputs))
    assert bench.images == [2]


def test_a_prompt_is_computed_when_its_row_joins_and_not_again() -> None:
    bench = Bench()
    for step in range(3):
        bench.ask(images=[step, step], texts=[5, 0])
    bench.ask(images=[9, 8, 9, 8], texts=[5, 6, 0, 0])  # 6 joins
    bench.ask(images=[8, 8], texts=[6, 0])  # 5 leaves
    bench.ask(images=[8, 8], texts=[5, 0])  # and comes again
    assert bench.prompts == [2, 1, 1]


def test_prompts_of_another_length_are_others() -> None:
    bench = Bench()
    bench.ask(images=[1, 1], texts=[5, 0])
    bench.ask(images=[1, 1], texts=[5, 0], tokens=6)
    assert bench.prompts == [2, 2]


@pytest.mark.parametrize("has_parts", [True, False])
def test_the_parts_are_opened_where_they_are_there(tmp_path: Path, has_parts: bool) -> None:
    asked = []
    for name in ("model.onnx", *([PROMPT, LATENTS, REST] if has_parts else [])):
        (tmp_path / name).write_bytes(b"graph")

    def open_graph(path: Path) -> Graph:
        asked.append(path.name)
        return Graph((f"input of {path.name}",), (f"output of {path.name}",), lambda inputs: [])

    graph = open_network(tmp_path / "model.onnx", open_graph)
    if has_parts:
        assert asked == [PROMPT, LATENTS, REST]
        assert graph.inputs == (f"input of {PROMPT}", f"input of {LATENTS}")
        assert graph.outputs == (f"output of {REST}",)
    else:
        assert asked == ["model.onnx"]
