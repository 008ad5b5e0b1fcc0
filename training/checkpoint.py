"""Checkpoints that survive a kill at any moment: one folder per step, complete or ignored."""

import random
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from training.workers import Worker


class Average:
    """Exponential moving average of a model's parameters, with a warm-up so that the start does not weigh for long."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay, self.updates = decay, 0
        self.values = [p.detach().clone() for p in model.parameters()]

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Move towards the model's present parameters."""
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        torch._foreach_lerp_(self.values, [p.detach() for p in model.parameters()], 1 - decay)

    @torch.no_grad()
    def swap(self, model: nn.Module) -> None:
        """Exchange the average with the model's parameters; call it twice to have them back."""
        for mean, p in zip(self.values, model.parameters(), strict=True):
            kept = p.detach().clone()
            p.copy_(mean)
            mean.copy_(kept)


def random_state(rng: np.random.Generator) -> dict[str, Any]:
    """The state of every generator a stage draws from."""
    return {"numpy": rng.bit_generator.state, "torch": torch.get_rng_state(), "python": random.getstate()}


def set_random_state(rng: np.random.Generator, state: dict[str, Any]) -> None:
    """Go on drawing where `random_state` was taken."""
    rng.bit_generator.state = state["numpy"]
    torch.set_rng_state(state["torch"])
    random.setstate(state["python"])


def save(folder: Path, step: int, worker: Worker, state: dict[str, Any]) -> None:
    """Write this worker's part of a checkpoint; the older ones go when every worker's part is there."""
    place = folder / f"step-{step:08d}"
    place.mkdir(parents=True, exist_ok=True)
    target = place / f"{worker.rank}-of-{worker.world}.pt"
    torch.save(state, target.with_suffix(".tmp"))
    target.with_suffix(".tmp").replace(target)
    worker.wait()
    if worker.is_first:
        for other in folder.glob("step-*"):
            if other != place:
                shutil.rmtree(other)


def latest(folder: Path) -> Path | None:
    """The folder of the newest checkpoint that has all its parts."""
    for place in sorted(folder.glob("step-*"), reverse=True):
        parts = list(place.glob("*.pt"))
        if parts and len(parts) == int(parts[0].stem.rpartition("-")[2]):
            return place
    return None


def read(place: Path, worker: Worker) -> dict[str, Any]:
    """This worker's part of a checkpoint; with another number of workers than before, a peer's part (not exact)."""
    own = place / f"{worker.rank}-of-{worker.world}.pt"
    path = own if own.exists() else sorted(place.glob("0-of-*.pt"))[0]
    return dict(torch.load(path, weights_only=False, map_location="cpu"))
