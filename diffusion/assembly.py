"""Puts an engine together from a pipeline's files, in Triton's orchestrator and in the gateway alike."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from diffusion.components import Component
from diffusion.engine import BatchReport, Engine
from diffusion.loop import EngineLoop
from diffusion.pipeline import PipelineSpec
from diffusion.runner import Runner
from diffusion.scheduling.scheduler import Scheduler, SchedulerConfig
from diffusion.tokenizer import Tokenizer


def make_loop(
    spec: PipelineSpec,
    tokenizer: Path,
    runner: Runner,
    *,
    max_waiting: int,
    clock: Callable[[], float],
    on_batch: Callable[[BatchReport], None] = lambda _: None,
) -> EngineLoop:
    """An engine on its thread, not yet started.

    Args:
        spec: the pipeline.
        tokenizer: path of its `tokenizer.json`.
        runner: reaches its networks.
        max_waiting: requests that may wait for their first step.
        clock: seconds that never go back.
        on_batch: told of every batch that ran, on the engine's thread.
    """
    config = SchedulerConfig(
        max_waiting=max_waiting,
        row_cap=lambda _: spec.max_rows[Component.UNET],
        encode_cap=spec.max_rows[Component.TEXT_ENCODER],
        decode_cap=spec.max_rows[Component.VAE_DECODER],
    )
    engine = Engine(spec, Scheduler(config, clock), runner, Tokenizer(tokenizer, spec.text), clock, on_batch)
    return EngineLoop(engine, clock)
