from __future__ import annotations

import shutil
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from diffusion.pipeline import PipelineSpec, component_specs
from diffusion.variants import controlnet_specs
from export.checkpoint import Checkpoint
from export.controlnets import declared_controlnets
from export.latent_rgb import LatentRgb
from export.precision import Precision
from export.serving import pipeline_spec
from tests.export.tiny import make_tiny, make_tiny_controlnet, make_tiny_xl


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
def xl(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Stable Diffusion XL with its graphs. Its autoencoder is of the tiny pipeline's architecture."""
    return exported(make_tiny_xl, tmp_path_factory.mktemp("xl") / "pipeline", tiny)


@pytest.fixture(scope="session")
def inpainting(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny pipeline with a UNet that also takes a mask and a masked picture, with its graphs."""
    make = partial(make_tiny, unet={"in_channels": 9}, pipeline_class="StableDiffusionInpaintPipeline")
    return exported(make, tmp_path_factory.mktemp("inpainting") / "pipeline", tiny)


@pytest.fixture(scope="session")
def consistency(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny pipeline with a UNet that is told the guidance scale: a latent consistency model."""
    make = partial(make_tiny, unet={"time_cond_proj_dim": 32}, pipeline_class="LatentConsistencyModelPipeline")
    return exported(make, tmp_path_factory.mktemp("consistency") / "pipeline", tiny)


@dataclass(frozen=True)
class Controlled:
    """A pipeline with the graph of its ControlNets, and their folders by name."""

    pipeline: Path
    controlnets: dict[str, Path]


@pytest.fixture(scope="session")
def controlled(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Controlled:
    """The tiny pipeline with two ControlNets of one architecture."""
    from export.onnx_export import export_architecture

    folder = tmp_path_factory.mktemp("controlled")
    pipeline = Path(shutil.copytree(tiny, folder / "pipeline"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        nets = {name: make_tiny_controlnet(folder / name, seed) for seed, name in enumerate(("lines", "shapes"), 1)}
        checkpoint = Checkpoint.read(pipeline, controlnets=nets)
        component, spec = next(iter(controlnet_specs(declared_controlnets(spec_of(checkpoint), checkpoint)).items()))
        export_architecture(checkpoint, spec, pipeline / "graphs" / f"{component}.onnx")
    return Controlled(pipeline, nets)


def exported(make: Callable[[Path], Path], folder: Path, known: Path) -> Path:
    """Make a pipeline and export what has no graph in `known`."""
    from export.onnx_export import export_architecture
    from export.recipe import find_graph

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        make(folder)
        shutil.copytree(known / "graphs", folder / "graphs")
        checkpoint = Checkpoint.read(folder)
        for component, spec in component_specs(spec_of(checkpoint)).items():
            if find_graph(checkpoint, folder, component, Precision.FP32) is None:
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
