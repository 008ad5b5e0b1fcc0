"""Stage 6: UNet and text encoder together, by v-prediction on the cached latents.

The loss is unweighted and t leans to high noise: weightings such as min-SNR all but remove the steps where the caption
decides the layout, and with them nothing recognisable came out in the same time.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers import UNet2DConditionModel
from torch import Tensor, nn
from transformers import CLIPTokenizer

from training import config, data, loop, networks, tokenizer, workers
from training.captions import caption
from training.checkpoint import Average

BINS = 5  # the loss is also reported for each fifth of the noise levels


class Stream:
    """Draws without replacement, over and over: every picture equally often."""

    def __init__(self, indices: list[int]) -> None:
        self.indices, self.left = np.array(indices), np.array([], int)

    def take(self, count: int, rng: np.random.Generator) -> list[int]:
        """The next `count` indices."""
        while len(self.left) < count:
            self.left = np.concatenate([self.left, rng.permutation(self.indices)])
        taken, self.left = self.left[:count], self.left[count:]
        return [int(i) for i in taken]


class Noiser:
    """Noise levels that lean to high noise, stratified over the batch, and the v-prediction target."""

    def __init__(self, power: float) -> None:
        self.power, self.process = power, networks.training_noise()

    def levels(self, count: int) -> Tensor:
        """`count` timesteps in 0..999, t = 1000 u^power with stratified u, shuffled."""
        u = (torch.arange(count) + torch.rand(count)) / count
        return (u**self.power * 1000).long().clamp(max=999)[torch.randperm(count)]

    def noised(self, latents: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        """(noisy latents, v) of latents [N, 4, h, w] at timesteps [N]."""
        noise = torch.randn_like(latents)
        return self.process.add_noise(latents, noise, t), self.process.get_velocity(latents, noise, t)


def tokenize(tokenizer_: CLIPTokenizer, captions: list[str]) -> Tensor:
    """Token ids [N, model_max_length]."""
    ids: Tensor = tokenizer_(captions, padding="max_length", truncation=True, return_tensors="pt").input_ids
    return ids


class UnetTraining(loop.Trainee):
    """AdamW with a slower text encoder, caption dropout, an average for sampling."""

    def __init__(
        self, cfg: config.Config, device: torch.device, batch: int | None = None, start: Path | None = None
    ) -> None:
        self.cfg, self.mix, self.device = cfg.unet, cfg.captions, device
        self.samples_per_step = batch or self.cfg.batch
        cached = torch.load(cfg.work_dir / "latents.pt")
        records, _ = data.load(cfg.work_dir)
        self.records = [records[i] for i in cached["index"]]
        self.latents = cached["latents"].float().to(device)
        self.base = Stream([i for i, r in enumerate(self.records) if r.part == data.BASE])
        self.recoloured = Stream([i for i, r in enumerate(self.records) if r.part == data.RECOLOURED])
        self.noiser = Noiser(self.cfg.noise_power)
        self.tokenizer = tokenizer.load(cfg.work_dir, cfg.tokenizer.tokens)
        torch.manual_seed(cfg.seed)
        self.unet: Any = networks.make_unet()
        if start is not None:
            self.unet.load_state_dict(UNet2DConditionModel.from_pretrained(start / "unet").state_dict())
        networks.prepare(self.unet, device)
        self.text: Any = networks.make_text_encoder(self.tokenizer).to(device)
        self.text.load_state_dict(torch.load(cfg.work_dir / "text" / "model.pt", map_location=device))
        self.model: nn.Module = nn.ModuleDict({"unet": self.unet, "text": self.text})
        groups = [
            {"params": list(self.unet.parameters()), "peak": self.cfg.learning_rate},
            {"params": list(self.text.parameters()), "peak": self.cfg.text_learning_rate},
        ]
        self.optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.99), weight_decay=0.01, fused=True)
        self.average = Average(self.model, self.cfg.ema)
        self.steps = 0

    def step(self, rng: np.random.Generator, progress: float) -> dict[str, float]:
        """One step on a batch; the loss also by fifths of the noise levels."""
        self.steps += 1
        rate = min(1.0, self.steps / self.cfg.warmup_steps) * loop.cosine(progress, self.cfg.final_rate)
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * rate
        picked = self._pick(rng)
        ids = tokenize(self.tokenizer, [self._caption(i, rng) for i in picked]).to(self.device)
        t = self.noiser.levels(len(picked))
        noisy, v = self.noiser.noised(self.latents[picked], t.to(self.device))
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            context = self.text(ids).last_hidden_state
            noisy = noisy.contiguous(memory_format=torch.channels_last)
            predicted = self.unet(noisy, t.to(self.device), context).sample
        losses = (predicted.float() - v).square().mean((1, 2, 3))
        self.optimizer.zero_grad(set_to_none=True)
        losses.mean().backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        return self._figures(losses.detach().cpu(), t)

    def _pick(self, rng: np.random.Generator) -> list[int]:
        share = self.cfg.recoloured_share if len(self.recoloured.indices) else 0.0
        recoloured = int(rng.binomial(self.samples_per_step, share))
        base = self.base.take(self.samples_per_step - recoloured, rng)
        return base + self.recoloured.take(recoloured, rng)

    def _caption(self, index: int, rng: np.random.Generator) -> str:
        return "" if rng.random() < self.cfg.caption_dropout else caption(self.records[index], rng, self.mix)

    def _figures(self, losses: Tensor, t: Tensor) -> dict[str, float]:
        figures = {"loss": losses.mean().item()}
        for k in range(BINS):
            inside = (t * BINS // 1000) == k
            # NaN where a batch has no such level, so that a mean over the steps leaves it out
            figures[f"t{k * 1000 // BINS}"] = losses[inside].mean().item() if inside.any() else float("nan")
        return figures

    def position(self) -> dict[str, Any]:
        """Steps taken and the rest of each permutation."""
        return {"steps": self.steps, "base": self.base.left, "recoloured": self.recoloured.left}

    def go_to(self, position: dict[str, Any]) -> None:
        """Go on from a `position`."""
        self.steps, self.base.left, self.recoloured.left = (position[key] for key in ("steps", "base", "recoloured"))


def main() -> None:
    """Train; the checkpoints stay in `<work_dir>/unet`, from where training.package takes the average."""
    parser = loop.arguments(__doc__)
    loop.add_start_argument(parser)
    args = parser.parse_args()
    if loop.start_workers(args):
        return
    cfg = config.load(args.config)
    device = workers.pick_device(args.device)
    worker = workers.join(device)
    trainee = UnetTraining(cfg, device, args.batch, args.start_from)
    plan = loop.Plan(
        "unet", cfg.work_dir / "unet", args.samples or cfg.unet.samples, cfg.seed,
        cfg.checkpoint_s, cfg.report_s, cfg.unet.average_every,
        args.finish_s,
    )  # fmt: skip
    loop.Run(plan, trainee, worker).go()


if __name__ == "__main__":
    main()
