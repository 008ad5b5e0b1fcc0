"""The UNet's parts: together they are the whole network, and each has what depends on its inputs alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avila.shipped import SHIPPED
from diffusion.parts import LATENTS, PROMPT, REST, open_network
from diffusion.rows import Graph
from export.graph_file import GraphFile
from export.repository import install_pipeline
from export.sessions import open_session
from export.split_graph import write_parts

PARTS = (PROMPT, LATENTS, REST)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    repository = tmp_path_factory.mktemp("parts") / "models"
    install_pipeline(SHIPPED, repository, "demo")
    return repository / "demo__unet" / "1"


def opened(path: Path) -> Graph:
    session = open_session(path)
    inputs, outputs = ([tensor.name for tensor in some] for some in (session.get_inputs(), session.get_outputs()))
    return Graph(tuple(inputs), tuple(outputs), lambda given: session.run(outputs, dict(given)))


def asked(side: int = 16, width: int = 192) -> dict[str, Any]:
    """Two pictures at different moments, both rows of guidance each."""
    made = np.random.default_rng(3)
    sample, times = made.standard_normal((2, 4, side, side + 4)), made.uniform(0, 999, 2)
    arrays = {
        "sample": sample[[0, 1, 0, 1]],
        "timestep": times[[0, 1, 0, 1]],
        "encoder_hidden_states": made.standard_normal((4, 77, width)),
    }
    return {name: array.astype(np.float32) for name, array in arrays.items()}


def test_the_parts_give_what_the_whole_network_gives(folder: Path) -> None:
    inputs = asked()
    (whole,) = opened(folder / "model.onnx").call(inputs)
    network = open_network(folder / "model.onnx", opened)
    for _ in range(2):  # the second time with the prompts that are known
        (found,) = network.call(inputs)
        np.testing.assert_allclose(found, whole, rtol=0, atol=5e-6)
    assert set(network.inputs) == set(inputs)


def test_each_part_takes_its_own_inputs_and_has_all_that_depends_on_them(folder: Path) -> None:
    prompt, latents, rest = (GraphFile.read(folder / name) for name in PARTS)
    assert [tensor.name for tensor in prompt.inputs] == ["encoder_hidden_states"]
    assert {tensor.name for tensor in latents.inputs} == {"sample", "timestep"}
    given = {tensor.name for part in (prompt, latents) for tensor in part.outputs}
    assert given <= {tensor.name for tensor in rest.inputs} <= given | {"sample"}
    assert len(prompt.outputs) == 14, "keys and values of seven attentions to the prompt"
    convolutions = [sum(node.op_type == "Conv" for node in part.graph.node) for part in (latents, rest)]
    whole = GraphFile.read(folder / "model.onnx")
    assert sum(convolutions) == sum(node.op_type == "Conv" for node in whole.graph.node), "none is computed twice"
    assert convolutions[0] >= 4


def test_weights_are_read_by_the_part_that_computes_with_them(folder: Path) -> None:
    whole = GraphFile.read(folder / "model.onnx").parameters
    parts = [set(GraphFile.read(folder / name).parameters) for name in PARTS]
    assert set().union(*parts) == set(whole)
    assert sum(map(len, parts)) == len(whole)
    convolution = "down_blocks.0.resnets.0.conv1.weight"
    assert [convolution in part for part in parts] == [False, True, False]


def test_the_same_graph_has_the_same_parts(folder: Path, tmp_path: Path) -> None:
    for name in ("model.onnx", "weights.safetensors"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    write_parts(tmp_path / "model.onnx")
    for name in PARTS:
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()
