"""A model repository with the toy pipeline in it, laid out as the exporter lays out a real one."""

from __future__ import annotations

import shutil
from pathlib import Path

from diffusion.pipeline import component_specs
from export.cpu_graphs import CPU_GRAPHS, write_cpu_graphs
from export.triton_config import pipeline_configs
from tests.fakes.toy_pipeline import toy_spec, write_toy_graphs, write_toy_tokenizer

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "model_repository"


def write_toy_repository(repository: Path, name: str = "toy", hidden: int = 8) -> None:
    """Write the pipeline `name` and its components into `repository`; `hidden` makes its UNet heavier."""
    spec = toy_spec(name)
    graphs = repository.parent / f"{name}-graphs"
    write_toy_graphs(graphs, spec, hidden)
    for component in component_specs(spec):
        model = repository / f"{name}__{component}" / "1"
        _copy_code(f"avila-demo__{component}", model)
        (graphs / component / "model.onnx").rename(model / "model.onnx")
        if component in CPU_GRAPHS:
            write_cpu_graphs(model / "model.onnx", component)
    orchestrator = repository / name / "1"
    _copy_code("avila-demo", orchestrator)
    (orchestrator / "pipeline.json").write_text(spec.to_json())
    write_toy_tokenizer(orchestrator / "tokenizer.json")
    for path, text in pipeline_configs(spec).items():
        (repository / path).parent.mkdir(parents=True, exist_ok=True)
        (repository / path).write_text(text)


def _copy_code(model: str, target: Path) -> None:
    target.mkdir(parents=True)
    for file in (SOURCE / model / "1").glob("*.py"):
        shutil.copy(file, target / file.name)
