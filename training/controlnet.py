"""Stage 10: a ControlNet that follows edges, on the frozen base.

The base knows each drawing by heart, so the edges of the drawing itself would tell it nothing: every drawing is shown
shifted, scaled and mirrored, which only the edges can say. Captions are dropped for half of the samples. Edges are from
the same canny as the server's preprocessor.
"""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from diffusers import ControlNetModel
from torch import Tensor, nn

from training import adapters, captions, config, data, encode, judge, loop, networks, workers
from training.recolour import Picture

CANNY = (100, 200)  # weak and strong threshold, the usual ones of canny ControlNets
CAPTION_DROPOUT = 0.5
VARIANTS = 8  # of each drawing


def edges(pictures: Picture) -> Tensor:
    """Edge maps (0 or 1) of uint8 pictures [N, H, W, 3]: float [N, 3, H, W]."""
    maps = np.stack([cv2.Canny(picture, *CANNY) for picture in pictures])
    return torch.from_numpy(maps > 0).float()[:, None].expand(-1, 3, -1, -1).contiguous()


class ControlnetTraining(loop.Trainee):
    """The copy of the UNet's encoder half learns; base weights are its start."""

    def __init__(self, cfg: config.Config, folder: Path, device: torch.device, start: Path | None = None) -> None:
        self.cfg, self.mix, self.device = cfg.controlnet, cfg.captions, device
        self.samples_per_step = cfg.controlnet.batch
        self.base = adapters.FrozenBase(folder, cfg.unet.noise_power, device)
        records, pictures = data.load(cfg.work_dir)
        wanted = [i for i, r in enumerate(records) if r.part in (data.BASE, data.RECOLOURED)] * VARIANTS
        self.records = [records[i] for i in wanted]
        rng = np.random.default_rng(cfg.seed)
        moved = np.stack([judge.varied(pictures[i], rng) for i in wanted])
        self.latents = encode.encode(self.base.pipeline.vae, moved, device).to(device)
        self.edges = edges(moved)
        torch.manual_seed(cfg.seed)
        self.net: Any = networks.make_controlnet()
        missing, _ = self.net.load_state_dict(self.base.pipeline.unet.state_dict(), strict=False)
        if any(not key.startswith("controlnet_") for key in missing):
            raise ValueError(f"{folder}: its UNet has another architecture than the ControlNet")
        if start is not None:
            self.net.load_state_dict(ControlNetModel.from_pretrained(start).state_dict())
        self.model: nn.Module = networks.prepare(self.net, device)
        networks.prepare(self.base.pipeline.unet, device)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), betas=(0.9, 0.99), weight_decay=1e-3)
        self.average = None

    def step(self, rng: np.random.Generator, progress: float) -> dict[str, float]:
        """One step; the base sees the ControlNet's residuals."""
        picked = rng.choice(len(self.records), self.samples_per_step)
        texts = [
            "" if rng.random() < CAPTION_DROPOUT else captions.caption(self.records[i], rng, self.mix) for i in picked
        ]
        t, noisy, v = self.base.noised(self.latents[picked])
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            context = self.base.context(texts)
            down, middle = self.net(
                noisy, t, context, controlnet_cond=self.edges[picked].to(self.device), return_dict=False
            )
            predicted = self.base.pipeline.unet(
                noisy, t, context, down_block_additional_residuals=down, mid_block_additional_residual=middle
            ).sample
        loss = (predicted.float() - v).square().mean()
        rate = self.cfg.learning_rate * min(1.0, 0.02 + progress * 30) * loop.cosine(progress)
        return {"loss": adapters.descend(self.optimizer, loss, list(self.model.parameters()), rate)}


def main() -> None:
    """Train on the packaged base, then write `<work_dir>/controlnet/model`."""
    parser = loop.arguments(__doc__)
    adapters.add_model_argument(parser)
    loop.add_start_argument(parser)
    args = parser.parse_args()
    if loop.start_workers(args):
        return
    cfg, device = config.load(args.config), workers.pick_device(args.device)
    worker = workers.join(device)
    trainee = ControlnetTraining(cfg, args.model, device, args.start_from)
    folder = cfg.work_dir / "controlnet"
    samples = args.samples or cfg.controlnet.samples
    plan = loop.Plan("controlnet", folder, samples, cfg.seed, cfg.checkpoint_s, cfg.report_s, finish_s=args.finish_s)
    run = loop.Run(plan, trainee, worker)
    run.go()
    if worker.is_first and not run.asked_to_stop:
        trainee.net.half().save_pretrained(folder / "model")


if __name__ == "__main__":
    main()
