"""What tiled decoding is for: the memory of the shipped decoder at 1024 × 1024, whole and in tiles, measured."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from avila.shipped import SHIPPED
from export.repository import install_pipeline

pytestmark = pytest.mark.slow

SIDE = 1024
DECODE = """
import dataclasses, resource, sys
from pathlib import Path
import numpy as np
from diffusion.components import Component
from diffusion.pipeline import PipelineSpec, component_specs
from diffusion.tiles import Tiling
from gateway.backend.onnx_runner import OnnxRunner

repository, tile, side = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
spec = PipelineSpec.load(repository / "demo" / "1" / "pipeline.json")
limits = dataclasses.replace(spec.limits, max_size=side, decode_tile=tile)
spec = dataclasses.replace(spec, limits=limits, max_rows={**spec.max_rows, "vae_decoder": 1})
runner = OnnxRunner({Component.VAE_DECODER: component_specs(spec)[Component.VAE_DECODER]})
runner.load(repository, "demo", 1)
cells = side // spec.latent.pixels
latents = np.random.default_rng(0).standard_normal((spec.latent.channels, cells, cells)).astype(np.float32)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
tiling = Tiling.of(cells, cells, tile // spec.latent.pixels)
tiles = [runner.run(Component.VAE_DECODER, {"latent_sample": cut[None]})["sample"][0] for cut in tiling.cut(latents)]
assert tiling.joined(tiles, spec.latent.pixels).shape == (3, side, side)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def mebibytes(repository: Path, tile: int) -> float:
    command = [sys.executable, "-c", DECODE, str(repository), str(tile), str(SIDE)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True, timeout=300).stdout) / 1024


def test_a_quarter_of_the_side_needs_a_fraction_of_the_memory(tmp_path: Path) -> None:
    install_pipeline(SHIPPED, tmp_path / "models", "demo")
    whole, tiled = mebibytes(tmp_path / "models", SIDE), mebibytes(tmp_path / "models", SIDE // 4)
    assert tiled < whole / 4, (whole, tiled)
