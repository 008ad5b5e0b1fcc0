"""What a request's prompts ask for and will not get, or probably not as it was meant."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from diffusion.prompt.emphasis import Emphasis, read_emphasis
from diffusion.prompt.plan import PromptPlan, make_plan
from diffusion.prompt.schedule import no_schedules

SHOWN_CHARS = 40
_WILDCARD = re.compile(r"__[\w*?\-/]+?__")


def advice_on(fields: Mapping[str, Any], *, is_guided_by_rows: bool = True) -> tuple[str, ...]:
    """Warnings on a valid request with these fields, each beginning with its field; it runs all the same.

    `is_guided_by_rows`: whether the pipeline has unconditional rows at all.
    """
    prompts = {field: fields[field] for field in ("prompt", "negative_prompt")}
    plan = make_plan(prompts["prompt"], prompts["negative_prompt"], fields["num_inference_steps"])
    emphasis = Emphasis(fields.get("emphasis", Emphasis.ORIGINAL))
    found = []
    for field, text in zip(plan.fields, plan.texts, strict=True):
        found += [f"{field}: {warning}" for warning in read_emphasis(text, emphasis).warnings]
        if emphasis is Emphasis.IGNORE and any(piece.weight != 1.0 for piece in read_emphasis(text).pieces):
            found.append(f"{field}: its weights have no effect with emphasis 'ignore'")
    for field, text in prompts.items():
        for bracket in no_schedules(text):
            shown = bracket if len(bracket) <= SHOWN_CHARS else f"{bracket[:SHOWN_CHARS]}…"
            found.append(f"{field}: {shown!r} is no schedule: [from:to:when] ends with a number")
        found += [f"{field}: {name} is no wildcard here" for name in _WILDCARD.findall(text)]
    scale = fields["guidance_scale"] if is_guided_by_rows else 1.0
    if prompts["negative_prompt"].strip() and not _uses_negative(plan, scale):
        found.append(
            f"negative_prompt: has no effect at guidance_scale {scale:g}"
            if is_guided_by_rows
            else "negative_prompt: has no effect: the pipeline guides itself"
        )
    return tuple(dict.fromkeys(found))


def _uses_negative(plan: PromptPlan, guidance_scale: float) -> bool:
    return guidance_scale > 1.0 or sum(track.weight for track in plan.positive) != 1.0
