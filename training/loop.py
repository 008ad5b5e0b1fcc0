"""The training loop every stage shares: budget in samples, averaging, progress, metrics, checkpoints, resume."""

import argparse
import csv
import math
import os
import signal
import time
from abc import ABC, abstractmethod
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from training import checkpoint, config, workers
from training.checkpoint import Average
from training.workers import Worker


class Trainee(ABC):
    """What a stage gives to the loop."""

    model: nn.Module  # everything that is trained
    optimizer: torch.optim.Optimizer
    average: Average | None
    samples_per_step: int  # of one worker

    @abstractmethod
    def step(self, rng: np.random.Generator, progress: float) -> dict[str, float]:
        """One optimizer step; `progress` goes from 0 to 1. Returns figures to report (averaged between reports)."""

    def report(self, folder: Path) -> dict[str, float]:
        """Called on the first worker before each line of progress; may draw sample grids into the folder."""
        return {}

    def position(self) -> dict[str, Any]:
        """Whatever else a checkpoint must hold to go on exactly."""
        return {}

    def go_to(self, position: dict[str, Any]) -> None:  # noqa: B027
        """Go on from a `position`."""


@dataclass(frozen=True)
class Plan:
    """How long a stage runs and how often it writes."""

    name: str
    folder: Path
    samples: int
    seed: int
    checkpoint_s: float
    report_s: float
    average_every: int = 8
    finish_s: float | None = None  # spread what is left of the schedule over this time instead of over samples


def arguments(about: str | None) -> argparse.ArgumentParser:
    """The options all training stages share."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--config", type=Path, default=config.DEFAULT)
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("--workers", type=int, default=2, help="one-thread processes on a CPU (CUDA uses one)")
    parser.add_argument("--samples", type=int, help="another budget than the configuration's; may change at a resume")
    parser.add_argument(
        "--finish-in", dest="finish_s", type=_seconds_of, metavar="MINUTES", help="end the schedule then, however slow"
    )
    parser.add_argument("--batch", type=int, help="another batch per worker than the configuration's")
    return parser


def add_start_argument(parser: argparse.ArgumentParser) -> None:
    """The option of the stages that can go on from trained weights."""
    parser.add_argument("--start-from", type=Path, metavar="FOLDER", help="begin with this model's weights")


def _seconds_of(text: str) -> float:
    """Seconds of so many minutes."""
    return float(text) * 60


def start_workers(args: argparse.Namespace) -> bool:
    """True in the launching process, after its workers ended; False in a worker, which then trains."""
    if args.workers < 2 or workers.pick_device(args.device).type == "cuda" or "RANK" in os.environ:
        return False
    if status := workers.launch(args.workers):
        raise SystemExit(status)
    return True


def cosine(progress: float, final: float = 0.0) -> float:
    """From 1 down to `final`."""
    return final + (1 - final) * 0.5 * (1 + math.cos(math.pi * min(1.0, progress)))


class Run:
    """One stage's training, from its newest checkpoint to its budget of samples."""

    def __init__(self, plan: Plan, trainee: Trainee, worker: Worker) -> None:
        self.plan, self.trainee, self.worker = plan, trainee, worker
        plan.folder.mkdir(parents=True, exist_ok=True)
        self.rng = np.random.default_rng([plan.seed, worker.rank])
        torch.manual_seed(plan.seed * 1000 + worker.rank)
        self.seen = self.steps = 0
        self.train_s = self.start = 0.0
        self.asked_to_stop = False
        if place := checkpoint.latest(plan.folder):
            self._resume(checkpoint.read(place, worker))

    def go(self) -> None:
        """Train until the budget is spent, or until SIGTERM or SIGINT, which save first."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._stop)
        self.started = self.clock = self.saved = self.reported = time.monotonic()
        self.seen_before = self.seen
        self.sums: defaultdict[str, list[float]] = defaultdict(list)
        while True:
            if self.steps % self.plan.average_every == 0 and self._meet():
                return
            if (progress := self.progress) < 1:
                for key, value in self.trainee.step(self.rng, progress).items():
                    self.sums[key].append(value)
                if self.trainee.average is not None and self.worker.is_first:
                    self.trainee.average.update(self.trainee.model)
                self.seen += self.trainee.samples_per_step * self.worker.world
            self.steps += 1

    @property
    def progress(self) -> float:
        """The schedule's place, 0 to 1: by samples, or by the clock where the plan has an end."""
        if self.plan.finish_s is None:
            return self.seen / self.plan.samples
        return self.start + (1 - self.start) * (time.monotonic() - self.started) / self.plan.finish_s

    def _meet(self) -> bool:
        """Average, report and save where it is time; True when the stage ends."""
        self.worker.average(self.trainee.model)
        now = time.monotonic()
        ends = self.asked_to_stop or self.progress >= 1
        ends, saves = self.worker.agree(ends, ends or now - self.saved >= self.plan.checkpoint_s)
        if self.worker.is_first and self.sums and (ends or now - self.reported >= self.plan.report_s):
            self._report(now)
        if saves:
            self.train_s += now - self.clock
            self.clock = self.saved = now
            checkpoint.save(self.plan.folder, self.steps, self.worker, self._state())
        return ends

    def _report(self, now: float) -> None:
        speed = (self.seen - self.seen_before) / max(1e-9, now - self.reported)
        figures = {key: float(np.nanmean(values)) for key, values in self.sums.items()}
        figures |= self.trainee.report(self.plan.folder)
        left_s = (self.plan.samples - self.seen) / max(1e-9, speed)
        if self.plan.finish_s is not None:
            left_s = self.plan.finish_s - (now - self.started)
        seconds = self.train_s + now - self.clock
        row = {"seconds": round(seconds), "samples": self.seen, "per_second": round(speed, 1), **figures}
        path = self.plan.folder / "metrics.csv"
        is_new = not path.exists()
        with path.open("a", newline="") as file:
            writer = csv.DictWriter(file, list(row), extrasaction="ignore")
            if is_new:
                writer.writeheader()
            writer.writerow(row)
        text = " ".join(f"{key} {value:.4f}" for key, value in figures.items())
        share = 100 * self.progress
        print(
            f"{self.plan.name}: {self.seen} samples ({share:.1f} %) {speed:.1f}/s, {left_s / 60:.0f} min left | {text}",
            flush=True,
        )
        self.sums.clear()
        self.reported, self.seen_before = time.monotonic(), self.seen

    def _state(self) -> dict[str, Any]:
        average, first = self.trainee.average, self.worker.is_first
        return {
            "steps": self.steps,
            "seen": self.seen,
            "train_s": self.train_s,
            "progress": self.progress,
            "random": checkpoint.random_state(self.rng),
            "optimizer": self.trainee.optimizer.state_dict(),
            "model": self.trainee.model.state_dict(),
            "average": average.values if average is not None and first else None,
            "position": self.trainee.position(),
            "updates": average.updates if average is not None else 0,
        }

    def _resume(self, state: dict[str, Any]) -> None:
        self.steps, self.seen, self.train_s = state["steps"], state["seen"], state["train_s"]
        self.start = state["progress"]
        self.trainee.model.load_state_dict(state["model"])
        self.trainee.optimizer.load_state_dict(state["optimizer"])
        checkpoint.set_random_state(self.rng, state["random"])
        self.trainee.go_to(state["position"])
        average = self.trainee.average
        if average is not None and state["average"] is not None:
            average.updates = state["updates"]
            for kept, value in zip(average.values, state["average"], strict=True):
                kept.copy_(value)
        if self.worker.is_first:
            print(f"{self.plan.name}: goes on at {self.seen} samples", flush=True)

    def _stop(self, *_: object) -> None:
        self.asked_to_stop = True
