"""Stage 4: latents of all trained pictures, and the autoencoder with the latents' normalisation folded in.

Stable Diffusion pipelines know one `scaling_factor` and no shift, so each channel's mean and deviation go into
`quant_conv` and `post_quant_conv` (exact for both): latents are then N(0, 1) with scaling_factor 1.
"""

import argparse
from pathlib import Path

import torch
from diffusers import AutoencoderKL
from torch import Tensor

from training import autoencoder, config, data, workers
from training.recolour import Picture


@torch.no_grad()
def encode(model: AutoencoderKL, pictures: Picture, device: torch.device) -> Tensor:
    """Posterior means of uint8 pictures [N, H, W, 3]: float [N, 4, H/4, W/4]."""
    parts = [autoencoder.to_tensor(pictures[i : i + 32], device) for i in range(0, len(pictures), 32)]
    return torch.cat([model.encode(part).latent_dist.mean.float().cpu() for part in parts])


@torch.no_grad()
def fold_normalisation(model: AutoencoderKL, latents: Tensor) -> None:
    """Change the model so that these latents get mean 0 and deviation 1 per channel, and decode as before."""
    mean, deviation = latents.mean((0, 2, 3)), latents.std((0, 2, 3))
    first, last, n = model.quant_conv, model.post_quant_conv, latents.shape[1]
    mean, deviation = mean.to(first.weight.device), deviation.to(first.weight.device)
    first.weight[:n] /= deviation.view(n, 1, 1, 1)
    first.bias[:n] = (first.bias[:n] - mean) / deviation
    first.bias[n:] -= 2 * deviation.log()  # the log-variance's half of the output
    last.bias += last.weight[:, :, 0, 0] @ mean
    last.weight *= deviation.view(1, n, 1, 1)


def main() -> None:
    """Write `<work_dir>/vae` (diffusers layout) and `<work_dir>/latents.pt` for the parts the UNet trains on."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, default=config.DEFAULT)
    parser.add_argument("--device", default="auto")
    args = parser.parse_args()
    cfg, device = config.load(args.config), workers.pick_device(args.device)
    records, pictures = data.load(cfg.work_dir)
    wanted = [i for i, r in enumerate(records) if r.part in (data.BASE, data.RECOLOURED)]
    model = AutoencoderKL.from_pretrained(cfg.work_dir / "autoencoder" / "model").to(device).eval()
    base = [i for i, r in enumerate(records) if r.part == data.BASE]
    fold_normalisation(model, encode(model, pictures[base], device))
    model.save_pretrained(cfg.work_dir / "vae")
    latents = encode(model, pictures[wanted], device)
    torch.save({"index": wanted, "latents": latents.half()}, cfg.work_dir / "latents.pt")
    print(
        f"{len(latents)} latents, mean {latents.mean((0, 2, 3)).tolist()}, deviation {latents.std((0, 2, 3)).tolist()}"
    )


if __name__ == "__main__":
    main()
