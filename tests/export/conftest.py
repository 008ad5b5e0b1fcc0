from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from diffusion.pipeline import PipelineSpec, component_specs
from export.checkpoint import Checkpoint
from export.latent_rgb import LatentRgb
from export.serving import pipeline_spec
from tests.export.tiny import make_tiny


@pytest.fixture(autouse=True)
def _quiet_libraries() -> Iterator[None]:
    """diffusers and transformers warn of their own deprecations."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


@pytest.fixture(scope="session")
def one_thread() -> None:
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory, one_thread: None) -> Path:
    """A tiny pipeline with its architecture graphs in `graphs/`. Read only: copy it to change it."""
    from export.onnx_export import export_architecture

    folder = tmp_path_factory.mktemp("tiny") / "pipeline"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        make_tiny(folder)
        checkpoint = Checkpoint.read(folder)
        (folder / "graphs").mkdir()
        for component, spec in component_specs(spec_of(checkpoint)).items():
            export_architecture(checkpoint, spec, folder / "graphs" / f"{component}.onnx")
    return folder


@pytest.fixture(scope="session")
def second(tmp_path_factory: pytest.TempPathFactory, one_thread: None) -> Path:
    """Another checkpoint of the tiny architecture, without graphs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return make_tiny(tmp_path_factory.mktemp("second") / "pipeline", seed=1)


def spec_of(checkpoint: Checkpoint) -> PipelineSpec:
    """Its PipelineSpec with a colour map of zeros."""
    black = (0.0, 0.0, 0.0)
    return pipeline_spec(checkpoint, "tiny", "0" * 64, LatentRgb((black,) * 4, black, 0.0))
