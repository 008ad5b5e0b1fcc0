"""The passes of a request: each is one run of its solver over latents of one size. High-resolution fix has two."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from diffusion.errors import InvalidFieldError
from diffusion.pipeline import PipelineSpec
from diffusion.request import Control, GenerationRequest
from diffusion.solvers.base import SolverTable
from diffusion.solvers.noise_schedule import NoiseSchedule, PredictionType
from diffusion.solvers.registry import build_table


@dataclass(frozen=True, slots=True)
class Pass:
    """One run of a solver.

    Attributes:
        shape: of the latents, (channels, height, width).
        guided: evaluations with guidance by rows; those after it have none.
        controls: of each of the request's ControlNets, the evaluations in which it acts.
        interval: evaluations from one whole one to the next; see `diffusion.reuse`.
    """

    table: SolverTable
    shape: tuple[int, int, int]
    guided: int
    controls: tuple[range, ...] = ()
    interval: int = 1

    def reuses(self, evaluation: int) -> bool:
        """Whether an evaluation uses the deep features of an earlier one."""
        return evaluation % self.interval != 0

    def acting(self, evaluation: int) -> tuple[int, ...]:
        """Numbers of the ControlNets that act in an evaluation."""
        return tuple(number for number, acts in enumerate(self.controls) if evaluation in acts)


def plan_passes(request: GenerationRequest, spec: PipelineSpec, noise: NoiseSchedule) -> tuple[Pass, ...]:
    """The passes of a checked request, one or two."""
    steps, rounds_up = request.num_inference_steps, noise.prediction_type is PredictionType.FLOW
    first = 0 if request.strength is None else first_step("strength", steps, request.strength, rounds_up=rounds_up)
    passes = [_pass(request, spec, noise, steps, first, (request.width, request.height))]
    if request.hires is not None:
        hires = request.hires
        start = first_step("hires.strength", hires.num_inference_steps, hires.strength, rounds_up=rounds_up)
        size = (request.output_width, request.output_height)
        passes.append(_pass(request, spec, noise, hires.num_inference_steps, start, size))
    return tuple(passes)


def first_step(field: str, steps: int, strength: float, *, rounds_up: bool = False) -> int:
    """Number of the first of `steps` steps that is run when the image is changed with `strength` (as in diffusers).

    `rounds_up`: whether a fraction of a step is run whole, as in the pipelines of flow matching, or left out.

    Raises:
        InvalidFieldError: no step would be left.
    """
    run = steps - int(steps - steps * strength) if rounds_up else int(steps * strength)
    if run < 1:
        least = "above 0" if rounds_up else f"at least {1 / steps:.4g}"
        raise InvalidFieldError(field, strength, f"{least}, so that one of {steps} steps is run")
    return steps - run


def _pass(
    request: GenerationRequest,
    spec: PipelineSpec,
    noise: NoiseSchedule,
    steps: int,
    start: int,
    size: tuple[int, int],
) -> Pass:
    table = build_table(request.sampler, request.schedule, noise, steps, eta=request.eta, start=start)
    # the tolerance keeps a fraction such as 0.7 of 10 steps from falling below 7
    has_rows = request.uses_guidance and not spec.guidance_width
    guided_steps = int(request.guidance_end * table.num_steps + 1e-6) if has_rows else 0
    guided = int(np.count_nonzero(table.step_of_evaluation < guided_steps))
    controls = tuple(_acting(control, table) for control in request.controls)
    shape = (spec.latent.channels, *spec.latent_size(*size))
    return Pass(table, shape, guided, controls, request.cache_interval)


def _acting(control: Control, table: SolverTable) -> range:
    """As in diffusers: in the steps that lie between start and end as a whole. A weight of 0 acts never."""
    steps = table.num_steps
    acts = [control.weight != 0 and i / steps >= control.start and (i + 1) / steps <= control.end for i in range(steps)]
    evaluations = [number for number, step in enumerate(table.step_of_evaluation) if acts[int(step)]]
    return range(evaluations[0], evaluations[-1] + 1) if evaluations else range(0)
