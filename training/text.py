"""Stage 5: the text encoder learns what pictures look like, before the UNet listens to it.

From the mean of the last hidden state, a linear map must predict the picture's leading principal components, and a
contrastive loss must find the picture among the batch. A caption costs a sixteenth of a UNet sample, so this start is
nearly free.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn
from transformers import CLIPTextModel

from training import config, data, loop, networks, tokenizer, workers
from training.captions import caption
from training.recolour import Picture


def principal_components(pictures: Picture, count: int) -> Tensor:
    """The first `count` principal components [N, count] of the pictures at a quarter of their size, unit deviation."""
    n, side = len(pictures), pictures.shape[1] // 4
    small = pictures.reshape(n, side, 4, side, 4, 3).mean((2, 4)).reshape(n, -1) / 127.5 - 1
    left, strength, _ = np.linalg.svd(small - small.mean(0), full_matrices=False)
    scores = torch.from_numpy(left[:, :count] * strength[:count]).float()
    return scores / scores.std()


class TextTraining(loop.Trainee):
    """Regression on the principal components + InfoNCE."""

    def __init__(
        self, cfg: config.Config, device: torch.device, batch: int | None = None, start: Path | None = None
    ) -> None:
        self.cfg, self.mix, self.device = cfg.text, cfg.captions, device
        records, pictures = data.load(cfg.work_dir)
        wanted = [i for i, r in enumerate(records) if r.part in (data.BASE, data.RECOLOURED)]
        self.records = [records[i] for i in wanted]
        self.samples_per_step = min(batch or self.cfg.batch, len(wanted))
        is_recoloured = np.array([r.part == data.RECOLOURED for r in self.records])
        self.weights = np.where(is_recoloured, 0.5, 1.0) / np.where(is_recoloured, 0.5, 1.0).sum()
        self.targets = principal_components(pictures[wanted], self.cfg.components).to(device)
        self.spread = self.targets.square().sum(1).mean()
        self.tokenizer = tokenizer.load(cfg.work_dir, cfg.tokenizer.tokens)
        torch.manual_seed(cfg.seed)
        width, components = networks.TEXT_WIDTH, self.targets.shape[1]
        self.text: Any = networks.make_text_encoder(self.tokenizer)
        if start is not None:
            self.text.load_state_dict(CLIPTextModel.from_pretrained(start / "text_encoder").state_dict())
        self.regress, self.from_text = nn.Linear(width, components), nn.Linear(width, 128)
        self.from_picture = nn.Linear(components, 128)
        heads = {"regress": self.regress, "from_text": self.from_text, "from_picture": self.from_picture}
        self.model: nn.Module = nn.ModuleDict({"text": self.text, **heads}).to(device)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), betas=(0.9, 0.98), weight_decay=0.01, fused=True)
        self.average = None

    def step(self, rng: np.random.Generator, progress: float) -> dict[str, float]:
        """One step on a batch of different pictures."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.cfg.learning_rate * min(1.0, 0.02 + progress * 30) * loop.cosine(progress, 0.05)
        picked = rng.choice(len(self.records), self.samples_per_step, replace=False, p=self.weights)
        ids = self.tokenizer(
            [caption(self.records[i], rng, self.mix) for i in picked],
            padding="max_length", truncation=True, return_tensors="pt",
        ).input_ids.to(self.device)  # fmt: skip
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            hidden = self.text(ids).last_hidden_state.mean(1)
        hidden, target = hidden.float(), self.targets[picked]
        error = (self.regress(hidden) - target).square().sum(1).mean() / self.spread
        contrast = self._contrast(hidden, target)
        loss = error + self.cfg.contrastive_weight * contrast
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        return {"unexplained": error.item(), "contrast": contrast.item()}

    def _contrast(self, hidden: Tensor, target: Tensor) -> Tensor:
        text = F.normalize(self.from_text(hidden), dim=-1)
        picture = F.normalize(self.from_picture(target), dim=-1)
        logits = text @ picture.T * 12
        own = torch.arange(len(logits), device=logits.device)
        return (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2


def main() -> None:
    """Train, then write the text encoder's weights to `<work_dir>/text/model.pt`."""
    parser = loop.arguments(__doc__)
    loop.add_start_argument(parser)
    args = parser.parse_args()
    if loop.start_workers(args):
        return
    cfg = config.load(args.config)
    device = workers.pick_device(args.device)
    worker = workers.join(device)
    trainee = TextTraining(cfg, device, args.batch, args.start_from)
    folder = cfg.work_dir / "text"
    plan = loop.Plan(
        "text", folder, args.samples or cfg.text.captions, cfg.seed, cfg.checkpoint_s, cfg.report_s,
        finish_s=args.finish_s,
    )  # fmt: skip
    run = loop.Run(plan, trainee, worker)
    run.go()
    if worker.is_first and not run.asked_to_stop:
        torch.save(trainee.text.state_dict(), folder / "model.pt")


if __name__ == "__main__":
    main()
