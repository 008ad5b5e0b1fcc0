"""`<lora:name:0.8>` in a prompt, as AUTOMATIC1111 writes it: taken out of the text before anything else reads it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from diffusion.errors import InvalidFieldError
from diffusion.request import Lora

_TAG = re.compile(r"<lora:([^:<>]*)(?::([^<>]*))?>")
EXAMPLE = "<lora:name> or <lora:name:weight>, such as <lora:lineart:0.8>"


def take_loras(prompt: str) -> tuple[str, tuple[Lora, ...]]:
    """The prompt without its tags, and what they ask for.

    Raises:
        InvalidFieldError: a tag without a name, or whose weight is no number.
    """
    found: list[Lora] = []

    def take(tag: re.Match[str]) -> str:
        name, weight = tag[1].strip(), tag[2]
        try:
            number = 1.0 if weight is None else float(weight)
        except ValueError:
            number = None
        if not name or number is None:
            raise InvalidFieldError("prompt", tag[0], EXAMPLE)
        found.append(Lora(name, number))
        return ""

    text = _TAG.sub(take, prompt)
    return (text.strip() if found else prompt), tuple(found)


def with_loras(prompt: str, loras: Sequence[Lora]) -> str:
    """The inverse, for texts that other programs read."""
    return "".join([prompt, *(f" <lora:{lora.name}:{lora.weight:g}>" for lora in loras)])
