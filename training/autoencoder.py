"""Stage 2: the AutoencoderKL, trained on all drawings of the base sets, those of the base concepts most often."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from diffusers import AutoencoderKL
from numpy.typing import NDArray
from torch import Tensor, nn

from training import config, data, grid, loop, networks, workers
from training.checkpoint import Average
from training.recolour import Picture

SHIFT_PX = 4
SHOWN = 24


def to_tensor(pictures: Picture, device: torch.device) -> Tensor:
    """uint8 [N, H, W, 3] -> float [N, 3, H, W] in -1..1."""
    x = torch.from_numpy(np.ascontiguousarray(pictures)).to(device).permute(0, 3, 1, 2).float() / 127.5 - 1
    return x.contiguous(memory_format=torch.channels_last)


def to_pictures(x: Tensor) -> Picture:
    """float [N, 3, H, W] in -1..1 -> uint8 [N, H, W, 3]."""
    pixels = ((x.float().clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1)
    return np.asarray(pixels.cpu().numpy(), dtype=np.uint8)


def gradient_distance(a: Tensor, b: Tensor) -> Tensor:
    """L1 between the pictures' horizontal and vertical differences: keeps edges sharp."""
    return F.l1_loss(a.diff(dim=2), b.diff(dim=2)) + F.l1_loss(a.diff(dim=3), b.diff(dim=3))


def psnr(a: Tensor, b: Tensor) -> float:
    """Peak signal-to-noise ratio in dB of pictures in -1..1."""
    return float(10 * torch.log10(4 / F.mse_loss(a.clamp(-1, 1), b)))


class AutoencoderTraining(loop.Trainee):
    """L1 + MSE + gradient L1 + a little KL; flips and shifts."""

    def __init__(
        self, cfg: config.Config, device: torch.device, batch: int | None = None, start: Path | None = None
    ) -> None:
        self.cfg, self.device = cfg.autoencoder, device
        self.samples_per_step = batch or self.cfg.batch
        records, pictures = data.load(cfg.work_dir)
        wanted = [i for i, r in enumerate(records) if r.part in (data.BASE, data.RECOLOURED, data.EXTRA)]
        self.pictures = pictures[wanted]
        self.weights = self._weights([records[i] for i in wanted])
        base = [i for i, r in enumerate(records) if r.part == data.BASE]
        shown = np.random.default_rng(5).choice(base, min(SHOWN, len(base)), replace=False)
        self.shown = to_tensor(pictures[shown], device)
        torch.manual_seed(cfg.seed)
        self.vae: Any = networks.make_autoencoder(cfg.data.picture_px)
        if start is not None:
            self.vae.load_state_dict(AutoencoderKL.from_pretrained(start / "vae").state_dict())
        self.model: nn.Module = networks.prepare(self.vae, device)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), betas=(0.9, 0.99), weight_decay=1e-3, fused=True)
        self.average: Average = Average(self.model, self.cfg.ema)

    def _weights(self, records: list[data.Record]) -> NDArray[np.float64]:
        is_base = np.array([r.part == data.BASE for r in records])
        share = np.where(is_base, self.cfg.base_share / is_base.sum(), (1 - self.cfg.base_share) / (~is_base).sum())
        return np.asarray(share / share.sum())

    def step(self, rng: np.random.Generator, progress: float) -> dict[str, float]:
        """One step on flipped and shifted drawings."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.cfg.learning_rate * min(1.0, 0.02 + progress * 60) * loop.cosine(progress) + 1e-5
        x = to_tensor(self._batch(rng), self.device)
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            posterior = self.vae.encode(x).latent_dist
            mean, logvar = posterior.mean.float(), posterior.logvar.float()
            z = mean + torch.randn_like(mean) * (0.5 * logvar).exp()
            y = self.vae.decode(z).sample.float()
        pixel = F.l1_loss(y, x) + F.mse_loss(y, x)
        edges = gradient_distance(y, x)
        kl = 0.5 * (mean.square() + logvar.exp() - 1 - logvar).mean()
        loss = pixel + self.cfg.gradient_weight * edges + self.cfg.kl_weight * kl
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        return {"pixel": pixel.item(), "edges": edges.item(), "kl": kl.item()}

    def _batch(self, rng: np.random.Generator) -> Picture:
        picked = rng.choice(len(self.pictures), self.samples_per_step, p=self.weights)
        batch = np.empty((len(picked), *self.pictures.shape[1:]), np.uint8)
        for k, i in enumerate(picked):
            moved = np.roll(self.pictures[i], rng.integers(-SHIFT_PX, SHIFT_PX + 1, 2), (0, 1))
            batch[k] = moved[:, ::-1] if rng.random() < 0.5 else moved
        return batch

    def report(self, folder: Path) -> dict[str, float]:
        """PSNR of the averaged weights on shown pictures of the training set, with a sheet of them."""
        self.average.swap(self.model)
        with torch.no_grad(), torch.autocast(self.device.type, dtype=torch.bfloat16):
            y = self.vae.decode(self.vae.encode(self.shown).latent_dist.mode()).sample.float()
        self.average.swap(self.model)
        both = np.concatenate([to_pictures(self.shown), to_pictures(y)], 1)
        grid.save_grid(folder / "reconstructions.png", both, [""] * len(both), columns=12)
        return {"psnr_db": psnr(y, self.shown)}


def main() -> None:
    """Train, then write the averaged weights to `<work_dir>/autoencoder/model`."""
    parser = loop.arguments(__doc__)
    loop.add_start_argument(parser)
    args = parser.parse_args()
    if loop.start_workers(args):
        return
    cfg = config.load(args.config)
    device = workers.pick_device(args.device)
    worker = workers.join(device)
    trainee = AutoencoderTraining(cfg, device, args.batch, args.start_from)
    folder = cfg.work_dir / "autoencoder"
    plan = loop.Plan(
        "autoencoder", folder, args.samples or cfg.autoencoder.samples, cfg.seed, cfg.checkpoint_s, cfg.report_s,
        finish_s=args.finish_s,
    )  # fmt: skip
    run = loop.Run(plan, trainee, worker)
    run.go()
    if worker.is_first and not run.asked_to_stop:
        trainee.average.swap(trainee.model)
        trainee.vae.save_pretrained(folder / "model")


if __name__ == "__main__":
    main()
