"""What CPUs run: the same as the whole graphs give, with nothing computed twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avila.shipped import SHIPPED
from diffusion.components import Component
from diffusion.parts import FOLDED, LATENTS, PROMPT, REST, open_network
from diffusion.rows import Graph
from export.cpu_graphs import write_cpu_graphs
from export.folded_upsampling import fold_upsampling
from export.graph_file import GraphFile
from export.repository import install_pipeline
from export.sessions import open_session

PARTS = (PROMPT, LATENTS, REST)
NAMES = ("model.onnx", FOLDED)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    repository = tmp_path_factory.mktemp("parts") / "models"
    install_pipeline(SHIPPED, repository, "demo")
    return repository / "demo__unet" / "1"


def opened(path: Path) -> Graph:
    return Graph.of_session(open_session(path))


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
    whole = GraphFile.read(folder / FOLDED)
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
    write_cpu_graphs(tmp_path / "model.onnx", Component.UNET)
    for name in (FOLDED, *PARTS):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


@pytest.mark.parametrize(("network", "doublings"), [("unet", 2), ("vae_decoder", 2)])
def test_upsampling_is_folded_into_what_follows(folder: Path, network: str, doublings: int) -> None:
    model = folder.parents[1] / f"demo__{network}" / "1" / "model.onnx"
    counts = [Counter(node.op_type for node in GraphFile.read(model.with_name(name)).graph.node) for name in NAMES]
    assert [count["Resize"] for count in counts] == [doublings, 0]
    assert counts[1]["Conv"] == counts[0]["Conv"] + 3 * doublings
    inputs = asked() if network == "unet" else {"latent_sample": asked()["sample"]}
    (whole,), (folded,) = (opened(model.with_name(name)).call(inputs) for name in NAMES)
    np.testing.assert_allclose(folded, whole, rtol=0, atol=5e-6)


@pytest.mark.parametrize("change", ["mode", "scales", "kernel", "users"])
def test_what_is_no_plain_doubling_stays(folder: Path, change: str) -> None:
    graph = GraphFile.read(folder.parents[1] / "demo__vae_decoder" / "1" / "model.onnx")
    nodes, constants = graph.graph.node, {tensor.name: tensor for tensor in graph.graph.initializer}
    for doubling in [node for node in nodes if node.op_type == "Resize"]:
        (user,) = [node for node in nodes if doubling.output[0] in node.input]
        if change == "mode":
            next(one for one in doubling.attribute if one.name == "mode").s = b"linear"
        elif change == "scales":
            constants[doubling.input[2]].raw_data = np.array([1, 1, 2, 3], "<f4").tobytes()
        elif change == "kernel":
            next(one for one in user.attribute if one.name == "pads").ints[:] = [0, 0, 1, 1]
        else:
            nodes.add(op_type="Identity", input=[doubling.output[0]], output=[f"{doubling.output[0]}::again"])
            graph.graph.output.add(name=f"{doubling.output[0]}::again")
    before = len(nodes)
    assert fold_upsampling(graph) == 0
    assert len(graph.graph.node) == before
