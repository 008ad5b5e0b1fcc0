"""Puts an engine together from a pipeline's files, in Triton's orchestrator and in the gateway alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from diffusion.components import Component
from diffusion.embeddings import EmbeddingTokenizer
from diffusion.engine import BatchReport, Engine
from diffusion.loader import Loader
from diffusion.loop import EngineLoop
from diffusion.loras.library import LoraLibrary
from diffusion.measuring import Measurement, Measurer
from diffusion.messenger import Messenger, NotifyingRunner
from diffusion.pipeline import PipelineSpec
from diffusion.runner import Runner
from diffusion.scheduling.costs import CostModel
from diffusion.scheduling.profile import load_profile
from diffusion.scheduling.scheduler import Scheduler, SchedulerConfig
from diffusion.tokenizer import Tokenizer


@dataclass(frozen=True, slots=True)
class Files:
    """The pipeline's `tokenizer.json`, the folders of embeddings and of LoRA files in the order of search, and its
    `profile.json`, which need not be there."""

    tokenizer: Path
    embeddings: Sequence[Path] = ()
    loras: Sequence[Path] = ()
    profile: Path | None = None


def make_loop(
    spec: PipelineSpec,
    files: Files,
    runner: Runner,
    *,
    max_waiting: int,
    clock: Callable[[], float],
    on_batch: Callable[[BatchReport], None] = lambda _: None,
) -> EngineLoop:
    """An engine on its thread, not yet started. Without a profile it measures one while it has nothing else to do.

    Args:
        spec: the pipeline.
        files: what it reads besides its networks.
        runner: reaches its networks.
        max_waiting: requests that may wait for their first step.
        clock: seconds that never go back.
        on_batch: told of every batch that ran, on the engine's thread.
    """
    profile = load_profile(files.profile, spec.fingerprint) if files.profile else None
    costs = CostModel(spec.max_rows, profile)
    config = SchedulerConfig(
        max_waiting=max_waiting,
        row_cap=costs.row_cap,
        encode_cap=spec.max_rows[Component.TEXT_ENCODER],
        decode_cap=spec.max_rows[Component.VAE_DECODER],
        costs=costs,
    )
    messenger = Messenger(clock)
    library = LoraLibrary(files.loras)
    notifying = NotifyingRunner(runner, messenger.flush)
    words = EmbeddingTokenizer(Tokenizer(files.tokenizer), files.embeddings, spec.text)
    engine = Engine(spec, Scheduler(config, clock), notifying, words, clock, on_batch)
    engine.loras = library
    measurer = Measurer(lambda: Measurement(spec, runner, clock), clock, costs.adopt, at_once=profile is None)
    return EngineLoop(engine, messenger, clock, Loader(library, spec, runner), measurer)
