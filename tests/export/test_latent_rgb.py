from __future__ import annotations

import numpy as np

from export.latent_rgb import solve


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
