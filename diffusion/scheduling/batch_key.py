"""When two images may share one call of a network."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BatchKey:
    """Equality is the whole compatibility policy.

    Attributes:
        height, width: of the latents; rows of one tensor have one shape.
        prompt_chunks: length of the text conditioning in chunks, for the same reason.
        variant: of the UNet that the rows need ("", "lora", "control", "control_lora", "keep" or "reuse"): a call is of
            one graph.

    Left out on purpose, since every row carries its own: prompt, seed, solver, schedule, step, step count, guidance,
    LoRAs, ControlNets.
    """

    height: int
    width: int
    prompt_chunks: int
    variant: str = ""

    @property
    def area(self) -> int:
        """Latents of one row; the cost of a row grows with it."""
        return self.height * self.width
