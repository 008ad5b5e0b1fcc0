"""How far a run is."""

from __future__ import annotations

from typing import Any

from diffusion.events import StepDone


class Progress:
    """Steps done of all images."""

    def __init__(self, images: int, steps: int) -> None:
        self._done = dict.fromkeys(range(images), 0)
        self._steps = steps

    @property
    def fraction(self) -> float:
        """0 … 1."""
        return min(1.0, sum(self._done.values()) / (len(self._done) * self._steps))

    def after(self, event: StepDone) -> dict[str, Any]:
        """What to tell after a step."""
        self._steps = event.num_steps
        self._done[event.image] = event.step
        return {
            "image": event.image,
            "step": event.step,
            "num_steps": event.num_steps,
            "progress": round(self.fraction, 4),
        }
