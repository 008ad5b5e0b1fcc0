"""Traces one network into an architecture graph: ONNX without weights, for every checkpoint of its architecture.

Each weight is an external tensor under the checkpoint's own name, followed by a Cast into the type the graph computes
in; `GraphFile.bind` fills in file, offset, length and stored type at installation.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diffusion.components import STANDALONE, TEXT_ENCODERS, Component, ComponentSpec, ControlNet, Part, TensorSpec
from export.architecture import GRAPH_FORMAT, kind_of
from export.checkpoint import Checkpoint
from export.errors import UnsupportedOperatorError
from export.graph_file import EXTERNAL, PROPERTY_PREFIX, UNUSED
from export.interface import OPSETS
from export.precision import Precision
from export.recipe import compare_tensors

if TYPE_CHECKING:
    import torch

    from export.networks import Network

OPSET = OPSETS[0]
WEIGHTS_FILE = "weights.safetensors"
CAST_SUFFIX = "::cast"
TRACED_ROWS = 2  # 1 would be baked in as a constant


def export_architecture(
    checkpoint: Checkpoint, spec: ComponentSpec, target: Path, precision: Precision = Precision.FP32
) -> None:
    """Trace `spec`'s network of `checkpoint` and write its architecture graph to `target`.

    Raises:
        UnsupportedArchitectureError: for a config that no network can be built from.
        WeightsMismatchError: naming the tensors that the network and the checkpoint do not share.
        UnsupportedOperatorError: naming the operation and its layer.
    """
    from export.networks import empty_network

    network = empty_network(spec.component, checkpoint, precision)
    expected = parameters_of(network)
    compare_tensors(checkpoint.weights_path(spec.component), expected, checkpoint.tensors(spec.component))
    target.write_bytes(traced(network, spec, checkpoint.architecture(spec.component), precision))


def parameters_of(network: Network) -> dict[str, tuple[int, ...]]:
    """The shapes of a network's weights, by their names in a checkpoint."""
    return {name: tuple(tensor.shape) for name, tensor in network.network.state_dict().items()}


def traced(network: Network, spec: ComponentSpec, architecture: str, precision: Precision = Precision.FP32) -> bytes:
    """The architecture graph of `network`, whose weights need no values. Raises UnsupportedOperatorError."""
    expected = parameters_of(network)
    parameters = {network.PREFIX + name: shape for name, shape in expected.items()}
    model = _fold_shapes(_trace(network, spec, parameters), set(parameters))
    _refer_to_weights(model, set(parameters), len(network.PREFIX))
    _strip(model)
    _shorten_value_names(model)
    _describe(model, spec, architecture, precision)
    _note_unused(model, spec.component, expected)
    return bytes(model.SerializeToString(deterministic=True))


def example_inputs(spec: ComponentSpec, rows: int, seed: int = 0) -> dict[str, torch.Tensor]:
    """Seeded random inputs of `spec` with its symbolic axes at typical, unequal sizes."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    sizes = {axis: bounds.opt for axis, bounds in spec.bounds.items()} | {"batch": rows}
    for axis in ("width", "image_width"):  # equal sizes could be mistaken for one axis
        if axis in spec.bounds:
            sizes[axis] = spec.bounds[axis].opt + spec.bounds[axis.replace("width", "height")].multiple
    if spec.component is Component.VAE_ENCODER:
        sizes["image_width"] = 2 * sizes["image_height"]
    if isinstance(spec.component, ControlNet):  # the map covers the latents
        sizes["image_width"] = sizes["width"] * (sizes["image_height"] // sizes["height"])
    return {tensor.name: _example(tensor, sizes, generator) for tensor in spec.inputs}


def _example(tensor: TensorSpec, sizes: dict[str, int], generator: torch.Generator) -> torch.Tensor:
    import torch

    shape = [axis if isinstance(axis, int) else sizes[axis] for axis in tensor.shape]
    if tensor.dtype == "int32":
        return torch.randint(0, 256, shape, generator=generator, dtype=torch.int32)
    if tensor.name == "time_ids":
        return torch.rand(shape, generator=generator).mul(1024).round()
    if tensor.name == "timestep":
        return torch.rand(shape, generator=generator) * 999
    return torch.randn(shape, generator=generator)


def _trace(network: torch.nn.Module, spec: ComponentSpec, expected: Mapping[str, tuple[int, ...]]) -> Any:
    """The exporter's ModelProto, its weights replaced by references to nothing before it is serialised."""
    import onnx_ir
    import torch

    examples = example_inputs(spec, TRACED_ROWS)
    axes: dict[str, Any] = {tensor.name: _free_axes(spec.component, tensor) for tensor in spec.inputs}
    with _quiet(), torch.no_grad():
        try:
            program = torch.onnx.export(
                network,
                tuple(examples.values()),
                dynamo=True,
                optimize=False,
                opset_version=OPSET,
                input_names=[tensor.name for tensor in spec.inputs],
                output_names=[tensor.name for tensor in spec.outputs],
                dynamic_shapes=axes,
                verbose=False,
            )
        except torch.onnx.OnnxExporterError as error:
            raise _explained(spec, network, error) from error
    assert program is not None  # noqa: S101 by the exporter's contract: it was given no file to write
    for name, value in program.model.graph.initializers.items():
        if name in expected and value.const_value is not None:
            stored = value.const_value
            value.const_value = onnx_ir.ExternalTensor(
                WEIGHTS_FILE, 0, 0, stored.dtype, shape=onnx_ir.Shape(expected[name]), name=name, base_dir=""
            )
    return onnx_ir.to_proto(program.model)


def _free_axes(component: Part, tensor: TensorSpec) -> dict[int, str]:
    free = {index: axis for index, axis in enumerate(tensor.shape) if isinstance(axis, str)}
    if component in TEXT_ENCODERS and len(tensor.shape) > 1 and tensor.name != "text_embeds":
        free[1] = "tokens"  # the chunk length belongs to the tokenizer, not to the architecture
    return free


def _explained(spec: ComponentSpec, network: torch.nn.Module, error: BaseException) -> UnsupportedOperatorError:
    """The operation out of the exporter's chain of errors, and the layer that uses it."""
    texts: list[str] = []
    current: BaseException | None = error
    while current is not None:
        texts.append(str(current))
        current = current.__cause__
    found = re.search(r"No ONNX function found for <OpOverload\(op='([\w.]+)'", "\n".join(texts))
    if found is None:
        return UnsupportedOperatorError(spec.component, texts[-1].strip().splitlines()[0][:200], "unknown")
    return UnsupportedOperatorError(spec.component, found[1], _layer_using(found[1], spec, network))


def _layer_using(operator: str, spec: ComponentSpec, network: torch.nn.Module) -> str:
    """Name of the first layer that runs `operator`; the exporter's error does not say it."""
    import torch

    program = torch.export.export(network, tuple(example_inputs(spec, TRACED_ROWS).values()), strict=False)
    for node in program.run_decompositions().graph.nodes:
        if str(node.target).startswith(operator):
            path = list(node.meta["nn_module_stack"].values())[-1][0]
            return str(path).rpartition("self'].")[2].removeprefix("network.")
    return "unknown"


def _fold_shapes(model: Any, parameters: set[str]) -> Any:
    """Run the exporter's optimiser with the weights as inputs, so that it folds shape arithmetic and cannot touch them.

    On its own it would rename, transpose and merge weights; left out, a UNet has twice the nodes.
    """
    from onnx import helper
    from onnxscript import optimizer

    graph = model.graph
    weights = {tensor.name: tensor for tensor in graph.initializer if tensor.name in parameters}
    constants = [tensor for tensor in graph.initializer if tensor.name not in parameters]
    for tensor in weights.values():
        graph.input.append(helper.make_tensor_value_info(tensor.name, tensor.data_type, list(tensor.dims)))
    del graph.initializer[:]
    graph.initializer.extend(constants)
    folded = optimizer.optimize(model)
    inputs = [value for value in folded.graph.input if value.name not in weights]
    del folded.graph.input[:]
    folded.graph.input.extend(inputs)
    folded.graph.initializer.extend(weights.values())
    return folded


def _refer_to_weights(model: Any, parameters: set[str], prefix_length: int) -> None:
    """Empty every weight of its data, give it its checkpoint name back, and cast it in front of its users."""
    from onnx import helper

    graph, replaced, casts, kept = model.graph, {}, [], []
    for tensor in graph.initializer:
        if tensor.name not in parameters:
            kept.append(tensor)  # a constant of the architecture, such as position ids
            continue
        name = tensor.name[prefix_length:]
        casts.append(helper.make_node("Cast", [name], [name + CAST_SUFFIX], to=tensor.data_type))
        replaced[tensor.name] = name + CAST_SUFFIX
        kept.append(_external(name, tensor))
    _check_constants(kept)
    del graph.initializer[:]
    graph.initializer.extend(kept)
    _rename_inputs(graph, replaced)
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def _external(name: str, tensor: Any) -> Any:
    reference = type(tensor)(name=name, data_type=tensor.data_type, dims=tensor.dims, data_location=EXTERNAL)
    reference.external_data.add(key="location", value=WEIGHTS_FILE)
    return reference


def _check_constants(tensors: list[Any]) -> None:
    for tensor in tensors:
        if tensor.data_location != EXTERNAL and len(tensor.raw_data) > 1_000_000:
            raise UnsupportedOperatorError("exporter", f"a constant of {len(tensor.raw_data)} bytes", tensor.name)


def _rename_inputs(graph: Any, replaced: dict[str, str]) -> None:
    for node in graph.node:
        for index, name in enumerate(node.input):
            if name in replaced:
                node.input[index] = replaced[name]


def _strip(model: Any) -> None:
    """Remove what only a debugger of the exporter reads: nine tenths of the file."""
    model.producer_name, model.producer_version, model.doc_string = "avila", "", ""
    graph = model.graph
    graph.name, graph.doc_string = "", ""
    del model.metadata_props[:], graph.metadata_props[:], graph.value_info[:]
    for item in (*graph.node, *graph.input, *graph.output, *graph.initializer):
        del item.metadata_props[:]
        item.doc_string = ""
    for node in graph.node:
        node.name = ""


def _shorten_value_names(model: Any) -> None:
    """Number the intermediate values; names that mean something (weights, inputs, outputs) stay."""
    graph = model.graph
    fixed = {item.name for item in (*graph.input, *graph.output, *graph.initializer)}
    short: dict[str, str] = {}
    for node in graph.node:
        for index, name in enumerate(node.output):
            if name and name not in fixed and not name.endswith(CAST_SUFFIX):
                short[name] = node.output[index] = f"v{len(short)}"
    _rename_inputs(graph, short)


def _describe(model: Any, spec: ComponentSpec, architecture: str, precision: Precision) -> None:
    properties = {
        "component": kind_of(spec.component),
        "architecture": architecture,
        "precision": precision.value,
        "format": str(GRAPH_FORMAT),
    }
    for key, value in properties.items():
        model.metadata_props.add(key=PROPERTY_PREFIX + key, value=value)
    for tensor, output in zip(spec.outputs, model.graph.output, strict=True):
        free = _free_axes(spec.component, tensor)
        for index, dim in enumerate(output.type.tensor_type.shape.dim):
            if index in free and dim.dim_param:  # the exporter writes expressions such as 4*height
                dim.dim_param = free[index]


def _note_unused(model: Any, component: Part, expected: Mapping[str, tuple[int, ...]]) -> None:
    """Keep the weights that a network has and its graph does not use, so that they count as its own.

    The two halves of an autoencoder share one file; there the other half uses what one leaves.
    """
    used = {tensor.name for tensor in model.graph.initializer if tensor.data_location == EXTERNAL}
    unused = {name: list(shape) for name, shape in expected.items() if name not in used}
    if unused and component in (*TEXT_ENCODERS, *STANDALONE):
        model.metadata_props.add(key=PROPERTY_PREFIX + UNUSED, value=json.dumps(unused, sort_keys=True))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The exporter warns of packages this project does not use and of its own deprecations."""
    logger = logging.getLogger("torch.onnx")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)
