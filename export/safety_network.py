"""The safety checker as the exporter traces it. Imported only where one is exported or verified; it needs torch."""

from __future__ import annotations

from typing import Any

import torch

from export.networks import Network, without_initialisation
from export.safety_checker import CheckerFiles


class SafetyChecker(Network):
    """Pictures to the scores of the special concepts and of the others: each a cosine less its concept's threshold.

    What diffusers' own class goes on to do with them is `diffusion.safety.shown_concepts`.
    """

    def forward(self, clip_input: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """[batch, 3, side, side] to [batch, special] and [batch, concepts]."""
        inner = self.network
        embedded = inner.visual_projection(inner.vision_model(clip_input.to(self.dtype)).pooler_output)
        special = _cosines(embedded, inner.special_care_embeds) - inner.special_care_embeds_weights
        concepts = _cosines(embedded, inner.concept_embeds) - inner.concept_embeds_weights
        return special.float(), concepts.float()


def _cosines(pictures: torch.Tensor, concepts: torch.Tensor) -> torch.Tensor:
    normalize = torch.nn.functional.normalize
    return normalize(pictures) @ normalize(concepts).T


def empty_checker(files: CheckerFiles) -> SafetyChecker:
    """The network by its config alone."""
    from diffusers.pipelines.stable_diffusion.safety_checker import StableDiffusionSafetyChecker
    from transformers import CLIPConfig

    with without_initialisation(torch.float32):
        config = CLIPConfig.from_pretrained(files.folder, local_files_only=True)
        config.dtype = torch.float32
        network: Any = StableDiffusionSafetyChecker(config)
    return SafetyChecker(network.eval().requires_grad_(False))
