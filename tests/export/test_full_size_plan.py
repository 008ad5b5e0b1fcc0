"""The plan of Stable Diffusion 1.5's UNet, built without a GPU: `make plans`."""

from __future__ import annotations

import json
import resource
from pathlib import Path

import pytest

from benchmarks.gpu.checkpoint import make_checkpoint
from benchmarks.gpu.shapes import SHAPES
from diffusion.components import Component
from diffusion.pipeline import component_specs
from export.checkpoint import Checkpoint
from export.onnx_export import export_architecture
from export.plan import available_memory
from export.precision import Precision
from export.step import bind_for_verification, described
from export.tensorrt import build_plan, make_profiles
from tests.export.test_tensorrt import RTX, needs_rtx

NEEDED_BYTES = 9_000_000_000


@pytest.mark.slow
@needs_rtx
@pytest.mark.timeout(3600)
@pytest.mark.skipif(available_memory() < NEEDED_BYTES, reason="needs 9 GB of free memory")
def test_the_unet_builds_in_half_precision_for_ada_and_blackwell(tmp_path: Path) -> None:
    checkpoint = Checkpoint.read(make_checkpoint(SHAPES["sd15"], tmp_path / "sd15"))
    pipeline = described(checkpoint)
    spec = component_specs(pipeline)[Component.UNET]
    export_architecture(checkpoint, spec, tmp_path / "graph.onnx", Precision.FP16)
    model = bind_for_verification(checkpoint, Component.UNET, tmp_path)
    profiles = make_profiles(spec, (512,), pipeline.latent.pixels)
    built = build_plan(model, profiles, RTX, tmp_path / "unet.plan")
    figures = {
        "parse_s": round(built.parse_s, 1),
        "build_s": round(built.build_s, 1),
        "megabytes": built.size_bytes // 10**6,
        "peak_gigabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 1),
    }
    print(json.dumps(figures))
    assert built.profiles == 2
    assert built.size_bytes > 1_600_000_000
