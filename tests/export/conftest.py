from __future__ import annotations

import hashlib
import json
import os
import shutil
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from diffusion.components import Component, ComponentSpec
from diffusion.pipeline import PipelineSpec, component_specs
from diffusion.variants import controlnet_specs
from export import build, step
from export.checkpoint import Checkpoint
from export.controlnets import declared_controlnets
from export.latent_rgb import LatentRgb
from export.plan import tool_versions
from export.precision import Precision
from export.serving import pipeline_spec
from tests.export.tiny import (
    make_tiny,
    make_tiny_2,
    make_tiny_3,
    make_tiny_controlnet,
    make_tiny_xl,
    rewrite_json,
)

ROOT = Path(__file__).parents[2]
GRAPHS = ROOT / ".pytest_cache" / "graphs"
TRACING = (  # what has a part in a graph
    "diffusion/components.py", "diffusion/pipeline.py", "export/architecture.py", "export/checkpoint.py",
    "export/families.py", "export/graph_file.py", "export/interface.py", "export/networks.py", "export/onnx_export.py",
    "export/precision.py",
)  # fmt: skip


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
    return exported(make_tiny, tmp_path_factory.mktemp("tiny") / "pipeline")


@pytest.fixture(scope="session")
def xl(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Stable Diffusion XL with its graphs. Its autoencoder is of the tiny pipeline's architecture."""
    return exported(make_tiny_xl, tmp_path_factory.mktemp("xl") / "pipeline", tiny)


@pytest.fixture(scope="session")
def refiner(xl: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny refiner of Stable Diffusion XL with its graphs."""
    return exported(partial(make_tiny_xl, seed=1, refiner=True), tmp_path_factory.mktemp("refiner") / "pipeline", xl)


@pytest.fixture(scope="session")
def turbo(xl: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny Stable Diffusion XL as its Turbo is published, with what `serving.json` says of it."""
    folder = Path(shutil.copytree(xl, tmp_path_factory.mktemp("turbo") / "pipeline"))
    scheduler = {"_class_name": "EulerAncestralDiscreteScheduler", "timestep_spacing": "trailing"}
    rewrite_json(folder / "scheduler" / "scheduler_config.json", **scheduler)
    (folder / "serving.json").write_text('{"defaults": {"num_inference_steps": 1, "guidance_scale": 0.0}}')
    return folder


@pytest.fixture(scope="session")
def sd2(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Stable Diffusion 2 with its graphs."""
    return exported(make_tiny_2, tmp_path_factory.mktemp("sd2") / "pipeline", tiny)


@pytest.fixture(scope="session")
def zero_snr(sd2: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, with betas rescaled to a last timestep of noise alone."""
    folder = Path(shutil.copytree(sd2, tmp_path_factory.mktemp("zero_snr") / "pipeline"))
    rescaled = {"rescale_betas_zero_snr": True, "timestep_spacing": "trailing"}
    rewrite_json(folder / "scheduler" / "scheduler_config.json", **rescaled)
    return folder


@pytest.fixture(scope="session")
def sd3(tmp_path_factory: pytest.TempPathFactory, one_thread: None) -> Path:
    """A tiny Stable Diffusion 3.5 with its graphs."""
    return exported(make_tiny_3, tmp_path_factory.mktemp("sd3") / "pipeline")


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
    folder = tmp_path_factory.mktemp("controlled")
    pipeline = Path(shutil.copytree(tiny, folder / "pipeline"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        nets = {name: make_tiny_controlnet(folder / name, seed) for seed, name in enumerate(("lines", "shapes"), 1)}
        checkpoint = Checkpoint.read(pipeline, controlnets=nets)
        component, spec = next(iter(controlnet_specs(declared_controlnets(spec_of(checkpoint), checkpoint)).items()))
        shutil.copyfile(_traced_before(checkpoint, spec), pipeline / "graphs" / f"{component}.onnx")
    return Controlled(pipeline, nets)


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps run in this process, which has torch loaded already."""

    def run(job: dict[str, Any], title: str, memory_bytes: int | None) -> dict[str, Any]:
        return {"result": step.STEPS[job["step"]](job), "peak_bytes": 0}

    monkeypatch.setattr(build, "run_job", run)


def exported(make: Callable[[Path], Path], folder: Path, known: Path | None = None) -> Path:
    """Make a pipeline and export what has no graph in `known`."""
    from export.recipe import find_graph

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        make(folder)
        (folder / "graphs").mkdir()
        for graph in (known / "graphs").iterdir() if known else ():
            shutil.copyfile(graph, folder / "graphs" / graph.name)
        checkpoint = Checkpoint.read(folder)
        for component, spec in component_specs(spec_of(checkpoint)).items():
            if find_graph(checkpoint, folder, component, Precision.FP32) is None:
                graph = _traced_before(checkpoint, spec)
                shutil.copyfile(graph, folder / "graphs" / f"{component}.onnx")
    return folder


def _traced_before(checkpoint: Checkpoint, spec: ComponentSpec) -> Path:
    """The architecture's graph, traced once for as long as nothing changes that has a part in it."""
    from export.onnx_export import export_architecture

    sources = [(ROOT / name).read_text() for name in TRACING]
    made_by = [tool_versions(), sources, checkpoint.architecture(spec.component), repr(spec)]
    graph = GRAPHS / f"{spec.component}-{hashlib.sha256(json.dumps(made_by).encode()).hexdigest()[:32]}.onnx"
    if not graph.is_file():
        GRAPHS.mkdir(parents=True, exist_ok=True)
        draft = graph.with_suffix(f".{os.getpid()}.draft")
        export_architecture(checkpoint, spec, draft)
        draft.replace(graph)
    return graph


@pytest.fixture(scope="session")
def second(tmp_path_factory: pytest.TempPathFactory, one_thread: None) -> Path:
    """Another checkpoint of the tiny architecture, without graphs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return make_tiny(tmp_path_factory.mktemp("second") / "pipeline", seed=1)


def spec_of(checkpoint: Checkpoint) -> PipelineSpec:
    """Its PipelineSpec with a colour map of zeros."""
    black, channels = (0.0, 0.0, 0.0), checkpoint.setting(Component.VAE_DECODER, "latent_channels")
    return pipeline_spec(checkpoint, "tiny", "0" * 64, LatentRgb((black,) * channels, black, 0.0))
