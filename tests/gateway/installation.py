"""The toy pipeline, laid out as an installed one: real ONNX files that ONNX Runtime really runs."""

from __future__ import annotations

from pathlib import Path

from diffusion.pipeline import component_specs
from tests.fakes.toy_pipeline import toy_spec, write_toy_graphs, write_toy_tokenizer


def install_toy(repository: Path, name: str = "toy", hidden: int = 8) -> None:
    """Install the pipeline `name`; `hidden` makes its UNet heavier."""
    spec = toy_spec(name)
    graphs = repository.parent / f"{name}-graphs"
    write_toy_graphs(graphs, spec, hidden)
    for component in component_specs(spec):
        target = repository / f"{name}__{component}" / "1"
        target.mkdir(parents=True)
        (graphs / component / "model.onnx").rename(target / "model.onnx")
    home = repository / name / "1"
    home.mkdir(parents=True)
    (home / "pipeline.json").write_text(spec.to_json())
    write_toy_tokenizer(home / "tokenizer.json")
