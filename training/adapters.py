"""What the two adapter stages share: the frozen base pipeline and one v-prediction loss."""

from pathlib import Path
from typing import Any

import torch
from diffusers import StableDiffusionPipeline
from torch import Tensor, nn

from training import unet
from training.evaluate import load_pipeline


class FrozenBase:
    """The packaged pipeline, none of whose weights change."""

    def __init__(self, folder: Path, noise_power: float, device: torch.device) -> None:
        self.pipeline: StableDiffusionPipeline = load_pipeline(folder)
        self.pipeline.to(device)
        for part in (self.pipeline.unet, self.pipeline.text_encoder, self.pipeline.vae):
            part.requires_grad_(False).eval()
        self.noiser = unet.Noiser(noise_power)
        self.device = device

    @torch.no_grad()
    def context(self, captions: list[str]) -> Tensor:
        """The text encoder's states [N, tokens, width]."""
        ids = unet.tokenize(self.pipeline.tokenizer, captions).to(self.device)
        states: Tensor = self.pipeline.text_encoder(ids).last_hidden_state
        return states

    def noised(self, latents: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(timesteps, noisy latents, v) of latents [N, 4, h, w]."""
        t = self.noiser.levels(len(latents)).to(self.device)
        return t, *self.noiser.noised(latents, t)


def descend(optimizer: torch.optim.Optimizer, loss: Tensor, parameters: list[nn.Parameter], rate: float) -> float:
    """One optimizer step at this learning rate; returns the loss."""
    for group in optimizer.param_groups:
        group["lr"] = rate
    optimizer.zero_grad(set_to_none=True)
    torch.autograd.backward(loss)
    nn.utils.clip_grad_norm_(parameters, 1.0)
    optimizer.step()
    return float(loss.detach())


def add_model_argument(parser: Any) -> None:
    """`--model`, the base an adapter is trained on."""
    parser.add_argument("--model", type=Path, default=Path("models/avila-demo"))
