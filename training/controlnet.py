"""Stage 10: a ControlNet that follows edges, on the frozen base.

Captions are dropped for almost a third of the samples, so that the edges must be read; edges come from the drawings
themselves, by a Sobel filter with a threshold, thin enough to look like canny's.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from training import adapters, autoencoder, captions, config, data, loop, networks, workers
from training.recolour import Picture

EDGE_THRESHOLD = 0.8
CAPTION_DROPOUT = 0.3


def edges(pictures: Picture) -> Tensor:
    """Edge maps (0 or 1) of uint8 pictures [N, H, W, 3]: float [N, 3, H, W]; the border is empty."""
    grey = autoencoder.to_tensor(pictures, torch.device("cpu")).mean(1, keepdim=True)
    kernel = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])[None, None]
    across, down = (F.conv2d(grey, k, padding=1) for k in (kernel, kernel.transpose(2, 3)))
    strength = torch.hypot(across, down)
    inner = torch.zeros_like(strength)
    inner[..., 1:-1, 1:-1] = strength[..., 1:-1, 1:-1]
    return (inner > EDGE_THRESHOLD).float().expand(-1, 3, -1, -1).contiguous()


class ControlnetTraining(loop.Trainee):
    """The copy of the UNet's encoder half learns; base weights are its start."""

    def __init__(self, cfg: config.Config, folder: Path, device: torch.device) -> None:
        self.cfg, self.mix, self.device = cfg.controlnet, cfg.captions, device
        self.samples_per_step = cfg.controlnet.batch
        self.base = adapters.FrozenBase(folder, cfg.unet.noise_power, device)
        cached = torch.load(cfg.work_dir / "latents.pt")
        records, pictures = data.load(cfg.work_dir)
        self.records = [records[i] for i in cached["index"]]
        self.latents = cached["latents"].float().to(device)
        self.edges = edges(pictures[cached["index"]]).to(device)
        torch.manual_seed(cfg.seed)
        self.net: Any = networks.make_controlnet()
        missing, _ = self.net.load_state_dict(self.base.pipeline.unet.state_dict(), strict=False)
        if any(not key.startswith("controlnet_") for key in missing):
            raise ValueError(f"{folder}: its UNet has another architecture than the ControlNet")
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
            down, middle = self.net(noisy, t, context, controlnet_cond=self.edges[picked], return_dict=False)
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
    args = parser.parse_args()
    if loop.start_workers(args):
        return
    cfg, device = config.load(args.config), workers.pick_device(args.device)
    worker = workers.join(device)
    trainee = ControlnetTraining(cfg, args.model, device)
    folder = cfg.work_dir / "controlnet"
    samples = args.samples or cfg.controlnet.samples
    plan = loop.Plan("controlnet", folder, samples, cfg.seed, cfg.checkpoint_s, cfg.report_s)
    run = loop.Run(plan, trainee, worker)
    run.go()
    if worker.is_first and not run.asked_to_stop:
        trainee.net.half().save_pretrained(folder / "model")


if __name__ == "__main__":
    main()
