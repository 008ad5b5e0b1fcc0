"""A tiny pipeline with seeded random weights, as real ONNX files: right tensors, meaningless pictures, fast steps.

`write_toy_graphs` needs only `onnx`, so the end-to-end tests of the runtime depend on no checkpoint and no torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers

from diffusion.components import Component, ComponentSpec, TensorSpec
from diffusion.pipeline import Defaults, LatentSpec, Limits, PipelineSpec, TextSpec, component_specs

OPSET = 18
IR_VERSION = 9
BOS, EOS, VOCABULARY = 256, 257, 258
POISON = "~"  # a prompt that holds it makes the networks answer with NaN, for its own rows only
POISON_TOKEN = sorted(pre_tokenizers.ByteLevel.alphabet()).index(POISON)
DTYPES = {"float32": TensorProto.FLOAT, "int32": TensorProto.INT32}


def toy_spec(name: str = "toy") -> PipelineSpec:
    """The toy's declaration; sizes 64 … 512 pixels."""
    return PipelineSpec(
        name=name,
        family="sd1",
        fingerprint="toy",
        text=TextSpec(chunk_tokens=77, width=8, bos=BOS, eos=EOS, pad=EOS),
        latent=LatentSpec(
            channels=4,
            pixels=8,
            scaling_factor=1.0,
            unet_halvings=1,
            rgb=((0.3, 0.2, 0.2), (0.2, 0.3, 0.2), (0.2, 0.2, 0.3), (0.1, 0.1, 0.1)),
            rgb_bias=(0.5, 0.5, 0.5),
        ),
        limits=Limits(min_size=64, max_size=512, size_multiple=16),
        defaults=Defaults(128, 128, 8, 5.0, "euler", "default"),
        noise_schedule={
            "num_train_timesteps": 1000,
            "beta_start": 0.00085,
            "beta_end": 0.012,
            "beta_schedule": "scaled_linear",
            "prediction_type": "epsilon",
            "steps_offset": 1,
            "clip_sample": False,
            "set_alpha_to_one": False,
            "timestep_spacing": "leading",
        },
        max_rows={Component.TEXT_ENCODER: 16, Component.UNET: 16, Component.VAE_DECODER: 8, Component.VAE_ENCODER: 8},
    )


@dataclass
class _Graph:
    """Nodes and weights under construction."""

    random: np.random.Generator

    def __post_init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def weight(self, name: str, *shape: int) -> str:
        scale = 1 / np.sqrt(np.prod(shape[1:]) or 1)
        return self.constant(name, (self.random.standard_normal(shape) * scale).astype(np.float32))

    def constant(self, name: str, array: NDArray[np.generic]) -> str:
        self.weights.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def node(self, op: str, inputs: list[str], output: str, **attributes: object) -> str:
        self.nodes.append(helper.make_node(op, inputs, [output], **attributes))
        return output


def _conv(graph: _Graph, source: str, name: str, channels: tuple[int, int], stride: int = 1) -> str:
    weight = graph.weight(f"{name}.weight", channels[1], channels[0], 3, 3)
    out = graph.node("Conv", [source, weight], f"{name}.conv", pads=[1, 1, 1, 1], strides=[stride, stride])
    return graph.node("Tanh", [out], f"{name}.out")


def _text_encoder(graph: _Graph, spec: PipelineSpec) -> None:
    width, tokens = spec.text.width, spec.text.chunk_tokens
    table = graph.weight("embedding", VOCABULARY, width)
    poisoned = numpy_helper.to_array(graph.weights[-1]).copy()
    poisoned[POISON_TOKEN] = np.nan
    graph.weights[-1].CopyFrom(numpy_helper.from_array(poisoned, table))
    position = graph.weight("position", 1, tokens, width)
    graph.node("Gather", [table, "input_ids"], "embedded", axis=0)
    graph.node("Add", ["embedded", position], "last_hidden_state")


def _unet(graph: _Graph, spec: PipelineSpec, hidden: int) -> None:
    channels = spec.latent.channels
    body = _conv(graph, _conv(graph, "sample", "in", (channels, hidden)), "body", (hidden, hidden))
    graph.node(
        "ReduceMean", ["encoder_hidden_states", graph.constant("axis", np.array([1], np.int64))], "text", keepdims=0
    )
    graph.node("MatMul", ["text", graph.weight("text.weight", spec.text.width, hidden)], "text.out")
    graph.node("Mul", ["timestep", graph.constant("per_step", np.array(0.001, np.float32))], "time")
    graph.node("Unsqueeze", ["time", graph.constant("time.axes", np.array([1], np.int64))], "time.column")
    graph.node("Add", ["text.out", "time.column"], "condition")
    graph.node("Unsqueeze", ["condition", graph.constant("axes", np.array([2, 3], np.int64))], "condition.map")
    graph.node("Add", [body, "condition.map"], "conditioned")
    weight = graph.weight("out.weight", channels, hidden, 3, 3)
    graph.node("Conv", ["conditioned", weight], "out_sample", pads=[1, 1, 1, 1])


def _vae_decoder(graph: _Graph, spec: PipelineSpec) -> None:
    factor = spec.latent.pixels
    scales = graph.constant("scales", np.array([1, 1, factor, factor], np.float32))
    picture = _conv(graph, "latent_sample", "to_rgb", (spec.latent.channels, 3))
    graph.node("Resize", [picture, "", scales], "sample", mode="nearest")


def _vae_encoder(graph: _Graph, spec: PipelineSpec) -> None:
    factor = spec.latent.pixels
    graph.node("AveragePool", ["sample"], "small", kernel_shape=[factor, factor], strides=[factor, factor])
    for name in ("latent_mean", "latent_logvar"):
        weight = graph.weight(f"{name}.weight", spec.latent.channels, 3, 3, 3)
        graph.node("Conv", ["small", weight], name, pads=[1, 1, 1, 1])


def _value_info(tensor: TensorSpec) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(tensor.name, DTYPES[tensor.dtype], list(tensor.shape))


def write_graph(path: Path, graph: _Graph, spec: ComponentSpec) -> None:
    """Check and write one component's `model.onnx`."""
    inputs = [_value_info(tensor) for tensor in spec.inputs]
    outputs = [_value_info(tensor) for tensor in spec.outputs]
    proto = helper.make_graph(graph.nodes, str(spec.component), inputs, outputs, graph.weights)
    model = helper.make_model(proto, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())


def write_toy_tokenizer(path: Path) -> None:
    """Write a `tokenizer.json` whose tokens are the bytes of the lower-cased text."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {symbol: number for number, symbol in enumerate(alphabet)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.save(str(path))


def write_toy_graphs(folder: Path, spec: PipelineSpec, hidden: int = 8) -> None:
    """Write `<component>/model.onnx` of every component under `folder`.

    Args:
        folder: made where it is missing.
        spec: the declaration, usually `toy_spec()`.
        hidden: channels inside the UNet; 8 costs about a millisecond a row, 256 some tens.
    """
    for number, (component, component_spec) in enumerate(component_specs(spec).items()):
        graph = _Graph(np.random.default_rng(number))
        if component is Component.UNET:
            _unet(graph, spec, hidden)
        else:
            build = {"text_encoder": _text_encoder, "vae_decoder": _vae_decoder, "vae_encoder": _vae_encoder}[component]
            build(graph, spec)
        target = folder / component / "model.onnx"
        target.parent.mkdir(parents=True, exist_ok=True)
        write_graph(target, graph, component_spec)
