from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from diffusion.execution import Executor
from diffusion.pipeline import component_specs
from export.latent_rgb import fit, solve
from export.repository import install_pipeline
from gateway.backend.onnx_runner import OnnxRunner


def test_a_linear_relation_is_found_again() -> None:
    generator = np.random.default_rng(0)
    latents = generator.standard_normal((500, 4)).astype(np.float32)
    matrix = generator.uniform(-0.3, 0.3, (4, 3))
    fitted = solve(latents, (latents @ matrix + 0.5).astype(np.float32))
    np.testing.assert_allclose(fitted.matrix, matrix, atol=1e-4)
    np.testing.assert_allclose(fitted.bias, [0.5] * 3, atol=1e-4)
    assert fitted.share > 0.9999


def test_unrelated_colours_are_explained_by_nothing() -> None:
    generator = np.random.default_rng(0)
    latents = generator.standard_normal((2000, 4)).astype(np.float32)
    assert solve(latents, generator.uniform(0, 1, (2000, 3)).astype(np.float32)).share < 0.05


def test_previews_read_latents_in_the_scale_that_the_map_was_fitted_in(sd3: Path, tmp_path: Path) -> None:
    """This autoencoder has a scale and a shift."""
    spec = install_pipeline(sd3, tmp_path / "models", "sd3")
    halves = (tmp_path / "models" / f"sd3__vae_{half}" / "1" / "model.onnx" for half in ("encoder", "decoder"))
    latent = spec.latent
    fitted = fit(*halves, latent.pixels, latent.scaling_factor, latent.shift_factor)
    assert (latent.rgb, latent.rgb_bias) == (fitted.matrix, fitted.bias)
    executor = Executor(spec, OnnxRunner(component_specs(spec)))
    latents = np.random.default_rng(0).normal(size=(16, 4, 4)).astype(np.float32) * 0.1
    image: Any = SimpleNamespace(latents=latents, predicted=None)
    colours = np.tensordot(latents, np.array(fitted.matrix), axes=(0, 0)) + fitted.bias
    assert 0.0 < colours.min() < colours.max() < 1.0, "nothing is cut off"
    np.testing.assert_allclose(executor.preview(image), colours * 255, atol=0.51)
