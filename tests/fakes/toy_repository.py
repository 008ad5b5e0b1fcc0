"""A model repository with the toy pipeline in it, laid out as the exporter lays out a real one."""

from __future__ import annotations

import shutil
from pathlib import Path

from diffusion.components import ComponentSpec, TensorSpec
from diffusion.pipeline import component_specs
from diffusion.wire import INPUTS, OUTPUTS
from tests.fakes.toy_pipeline import toy_spec, write_toy_graphs, write_toy_tokenizer

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "model_repository"
TYPES = {"float32": "TYPE_FP32", "int32": "TYPE_INT32"}


def _tensors(kind: str, tensors: tuple[TensorSpec, ...]) -> str:
    lines = []
    for tensor in tensors:
        dims = ", ".join(str(axis) if isinstance(axis, int) else "-1" for axis in tensor.shape[1:])
        reshape = "" if dims else " reshape: { shape: [ ] }"
        lines.append(
            f'{kind} {{ name: "{tensor.name}" data_type: {TYPES[tensor.dtype]} dims: [ {dims or 1} ]{reshape} }}'
        )
    return "\n".join(lines) + "\n"


def component_config(name: str, spec: ComponentSpec) -> str:
    return (
        f'name: "{name}"\nbackend: "python"\nmax_batch_size: {spec.max_rows}\n'
        + _tensors("input", spec.inputs)
        + _tensors("output", spec.outputs)
        + "instance_group { kind: KIND_CPU count: 1 }\n"
    )


def orchestrator_config(name: str) -> str:
    lines = [f'name: "{name}"', 'backend: "python"', "max_batch_size: 0"]
    for kind, tensors in (("input", INPUTS), ("output", OUTPUTS)):
        for tensor in tensors:
            dims = ", ".join(map(str, tensor.dims))
            optional = " optional: true" if kind == "input" and tensor.is_optional else ""
            lines.append(
                f'{kind} {{ name: "{tensor.name}" data_type: {tensor.triton_type} dims: [ {dims} ]{optional} }}'
            )
    lines.append("instance_group { kind: KIND_CPU count: 1 }")
    lines.append("model_transaction_policy { decoupled: true }")
    return "\n".join(lines) + "\n"


def write_toy_repository(repository: Path, name: str = "toy", hidden: int = 8) -> None:
    """Write the pipeline `name` and its components into `repository`."""
    spec = toy_spec(name)
    graphs = repository.parent / f"{name}-graphs"
    write_toy_graphs(graphs, spec, hidden)
    for component, component_spec in component_specs(spec).items():
        model = repository / f"{name}__{component}"
        (model / "1").mkdir(parents=True)
        shutil.copy(SOURCE / f"avila-demo__{component}" / "1" / "model.py", model / "1" / "model.py")
        shutil.copy(graphs / component / "model.onnx", model / "1" / "model.onnx")
        (model / "config.pbtxt").write_text(component_config(model.name, component_spec))
    orchestrator = repository / name
    shutil.copytree(SOURCE / "avila-demo" / "1", orchestrator / "1", ignore=shutil.ignore_patterns("__pycache__"))
    (orchestrator / "1" / "pipeline.json").write_text(spec.to_json())
    write_toy_tokenizer(orchestrator / "1" / "tokenizer.json")
    (orchestrator / "config.pbtxt").write_text(orchestrator_config(name))
