import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs torch")
pytest.importorskip("diffusers", reason="training needs the export extra")

import torch

from training import autoencoder, encode, networks


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return networks.make_autoencoder(64).eval()


def test_folding_gives_normal_latents_and_leaves_the_pictures_alone(model):
    pictures = np.random.default_rng(0).integers(0, 256, (6, 64, 64, 3), dtype=np.uint8)
    device = torch.device("cpu")
    before = encode.encode(model, pictures, device)
    x = autoencoder.to_tensor(pictures, device)
    with torch.no_grad():
        drawn = model.decode(before).sample
        spread = model.encode(x).latent_dist.std / before.std((0, 2, 3)).view(1, 4, 1, 1)
    encode.fold_normalisation(model, before)
    after = encode.encode(model, pictures, device)
    with torch.no_grad():
        assert torch.allclose(model.decode(after).sample, drawn, atol=1e-4)
        assert torch.allclose(model.encode(x).latent_dist.std, spread, rtol=1e-3)
    assert torch.allclose(after.mean((0, 2, 3)), torch.zeros(4), atol=1e-4)
    assert torch.allclose(after.std((0, 2, 3)), torch.ones(4), atol=1e-3)


def test_pixels_survive_the_conversion_both_ways():
    pictures = np.arange(2 * 4 * 4 * 3, dtype=np.uint8).reshape(2, 4, 4, 3)
    assert (autoencoder.to_pictures(autoencoder.to_tensor(pictures, torch.device("cpu"))) == pictures).all()


def test_float32_group_norm_equals_torchs():
    plain = torch.nn.GroupNorm(4, 8)
    x = torch.randn(2, 8, 5, 5)
    expected = plain(x)
    plain.__class__ = networks.Float32GroupNorm
    assert torch.equal(plain(x), expected)
    assert plain(x.bfloat16()).dtype == torch.bfloat16
