"""The recipe of a picture in our own versioned form: what a client would send to get the same picture again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from diffusion.request import MAX_SEED
from gateway import VERSION
from gateway.storage.data_urls import without_data

FORMAT = 1
KEYWORD = "avila"
"""Of the PNG text chunk that holds it."""

SOFTWARE = f"avila-{VERSION}"
FIELDS = (
    "prompt",
    "negative_prompt",
    "width",
    "height",
    "num_inference_steps",
    "guidance_scale",
    "sampler",
    "schedule",
    "strength",
    "resize_mode",
    "mask_blur",
    "mask_content",
    "invert_mask",
    "only_masked",
    "only_masked_padding",
    "outpaint",
    "variation_seed",
    "variation_strength",
    "hires",
    "eta",
    "guidance_rescale",
    "guidance_end",
    "cache_interval",
    "clip_skip",
    "emphasis",
    "loras",
    "controls",
)
"""Fields of a request that belong to a recipe; pictures that went in are named by id or hash (`sources`) only."""


def recipe_of(made_of: Mapping[str, Any], model: str, fingerprint: str, seed: int, image: int = 0) -> dict[str, Any]:
    """The recipe of one picture.

    Args:
        made_of: the job's stored input.
        model, fingerprint: whose weights made it.
        seed: of this picture, not of the job's first.
        image: its number among the job's, from 0; variations count their other seed up by it.
    """
    told = without_data(dict(made_of))
    fields = {name: told[name] for name in FIELDS if told.get(name) not in (None, [], ())}
    if fields.get("variation_strength") and "variation_seed" in fields:
        fields["variation_seed"] = (fields["variation_seed"] + image) % (MAX_SEED + 1)
    if made_of.get("sources"):
        fields["sources"] = dict(made_of["sources"])
    return {
        "format": FORMAT,
        "software": SOFTWARE,
        "model": model,
        "model_fingerprint": fingerprint,
        "seed": seed,
        **fields,
    }
