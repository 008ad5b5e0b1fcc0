"""apply_rows: a mixed batch equals diffusers' own loops with the same seeds, and rows do not touch one another."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from diffusion.noise import NoiseGenerator
from diffusion.solvers.base import NoiseSchedule, PredictionType, SolverTable
from diffusion.solvers.registry import SOLVERS, build_table
from diffusion.solvers.update import apply_rows

SHAPE = (4, 8, 8)
DEMO = NoiseSchedule(
    beta_start=0.00085,
    beta_end=0.020,
    beta_schedule="scaled_linear",
    steps_offset=1,
    set_alpha_to_one=False,
    timestep_spacing="trailing",
    prediction_type=PredictionType.V_PREDICTION,
)
WEIGHTS = np.random.default_rng(5).normal(size=(256, 256)).astype(np.float32) / 16.0


def network(latents: np.ndarray, timesteps: np.ndarray) -> np.ndarray:
    """A stand-in for the UNet: bounded, and dependent on every latent and on the timestep. [R, 4, 8, 8], [R]."""
    mixed = latents.reshape(len(latents), -1) @ WEIGHTS + np.sin(timesteps.astype(np.float32) / 100.0)[:, None]
    outputs: np.ndarray = np.tanh(mixed).reshape(latents.shape)
    return outputs.astype(np.float32)


@dataclass
class Request:
    """The state that belongs to a request, as the engine keeps it."""

    table: SolverTable
    seed: int
    k: int = 0
    history: list[np.ndarray] = field(default_factory=list)
    trajectory: list[np.ndarray] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.generator = NoiseGenerator(self.seed)
        self.latents = self.generator.normal(SHAPE) * np.float32(self.table.init_noise_sigma)

    @property
    def finished(self) -> bool:
        return self.k == self.table.num_evaluations


def step(requests: list[Request], model: Callable[[np.ndarray, np.ndarray], np.ndarray] = network) -> None:
    """One evaluation of all requests in one batch."""
    latents = np.stack([request.latents for request in requests])
    scale = np.array([r.table.input_scale[r.k] for r in requests], dtype=np.float32)[:, None, None, None]
    outputs = model(latents * scale, np.array([r.table.timesteps[r.k] for r in requests]))
    noise = [r.generator.normal(SHAPE) if r.table.draws_noise[r.k] else None for r in requests]
    following, converted = apply_rows(
        [(r.table, r.k) for r in requests], latents, outputs, [r.history for r in requests], noise
    )
    for row, request in enumerate(requests):
        request.latents = following[row]
        request.history = [converted[row], *request.history][: request.table.history]
        request.trajectory.append(following[row])
        request.k += 1


def run(requests: list[Request], admitted_per_step: int = 10**9) -> list[Request]:
    """Run to the end; requests join the batch a few at a time, so that they are at different steps."""
    waiting = list(requests)
    running: list[Request] = []
    while waiting or running:
        running += waiting[:admitted_per_step]
        waiting = waiting[admitted_per_step:]
        step(running)
        running = [request for request in running if not request.finished]
    return requests


def diffusers_loop(scheduler: Any, seed: int) -> list[np.ndarray]:
    import torch

    from tests.diffusion.solvers.diffusers_oracle import quiet

    generator = torch.Generator("cpu").manual_seed(seed)
    trajectory = []
    if hasattr(scheduler, "set_begin_index"):
        # Without it diffusers starts at the second of two equal first timesteps, and ends with an IndexError.
        scheduler.set_begin_index(0)
    with quiet():
        latents = torch.randn((1, *SHAPE), generator=generator) * scheduler.init_noise_sigma
        for timestep in scheduler.timesteps:
            scaled = scheduler.scale_model_input(latents, timestep)
            output = torch.from_numpy(network(scaled.numpy(), np.array([float(timestep)])))
            try:
                latents = scheduler.step(output, timestep, latents, generator=generator, return_dict=False)[0]
            except TypeError:
                latents = scheduler.step(output, timestep, latents, return_dict=False)[0]
            trajectory.append(latents[0].numpy())
    return trajectory


def test_a_mixed_batch_equals_diffusers_loops() -> None:
    from tests.diffusion.solvers.diffusers_oracle import COUNTERPARTS, reference

    cases = [
        (solver, schedule, 6 + 3 * number % 25)
        for number, (solver, counterpart) in enumerate(COUNTERPARTS.items())
        for schedule in counterpart.schedules[number % 3 :: 3]
    ]
    requests = [
        Request(build_table(solver, schedule, DEMO, steps), seed)
        for seed, (solver, schedule, steps) in enumerate(cases)
    ]
    run(requests, admitted_per_step=5)
    for (solver, schedule, steps), request in zip(cases, requests, strict=True):
        expected = diffusers_loop(reference(solver, schedule, DEMO, steps), request.seed)
        assert len(expected) == len(request.trajectory)
        for k, (ours, theirs) in enumerate(zip(request.trajectory, expected, strict=True)):
            worst = np.abs(ours - theirs).max() / max(1.0, np.abs(theirs).max())
            assert worst < COUNTERPARTS[solver].rtol, (
                f"{solver}, {schedule}, {steps} steps: evaluation {k} differs by {worst:.1e}"
            )


def mixed_requests() -> list[Request]:
    return [
        Request(build_table(solver, info.schedules[-1], DEMO, 4 + number), seed=number)
        for number, (solver, info) in enumerate(SOLVERS.items())
        if PredictionType.V_PREDICTION in info.predictions
    ]


def test_a_row_does_not_depend_on_its_batch() -> None:
    """Bit for bit: the network here treats rows one by one, so what is compared is the solver alone."""

    def row_by_row(latents: np.ndarray, timesteps: np.ndarray) -> np.ndarray:
        return np.concatenate([network(latents[i : i + 1], timesteps[i : i + 1]) for i in range(len(latents))])

    alone, together = mixed_requests(), mixed_requests()
    for request in alone:
        while not request.finished:
            step([request], row_by_row)
    while remaining := [request for request in together if not request.finished]:
        step(remaining, row_by_row)
    for single, batched in zip(alone, together, strict=True):
        np.testing.assert_array_equal(single.latents, batched.latents)


def test_a_row_that_is_not_finite_spoils_no_other() -> None:
    healthy, poisoned = mixed_requests(), mixed_requests()
    poisoned[1].latents[:] = np.nan
    poisoned[2].latents[0, 0, 0] = np.inf
    with np.errstate(invalid="ignore"):
        for _ in range(3):
            step(healthy, lambda x, _: np.ones_like(x))
            step(poisoned, lambda x, _: np.ones_like(x))
    for row, (fine, mixed) in enumerate(zip(healthy, poisoned, strict=True)):
        if row not in (1, 2):
            np.testing.assert_array_equal(fine.latents, mixed.latents)
    assert np.isnan(poisoned[1].latents).all()


def test_inputs_are_left_alone_and_half_precision_outputs_are_accepted() -> None:
    table = build_table("dpmpp_2m_sde", "karras", DEMO, 8)
    rng = np.random.default_rng(0)
    latents, history = rng.normal(size=(1, *SHAPE)).astype(np.float32), [rng.normal(size=SHAPE).astype(np.float32)]
    outputs, noise = rng.normal(size=(1, *SHAPE)).astype(np.float16), rng.normal(size=SHAPE).astype(np.float32)
    before = [array.copy() for array in (latents, outputs, history[0], noise)]
    following, converted = apply_rows([(table, 3)], latents, outputs, [history], [noise])
    assert following.dtype == converted.dtype == np.float32
    for array, copy in zip((latents, outputs, history[0], noise), before, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_missing_history_and_noise_are_errors() -> None:
    table = build_table("dpmpp_2m_sde", "karras", DEMO, 8)
    latents = np.zeros((1, *SHAPE), np.float32)
    with pytest.raises(ValueError, match="1 earlier outputs; the history has 0"):
        apply_rows([(table, 3)], latents, latents, [[]], [latents[0]])
    with pytest.raises(ValueError, match="adds noise"):
        apply_rows([(table, 3)], latents, latents, [[latents[0]]], [None])
    with pytest.raises(ValueError, match="2 rows"):
        apply_rows([(table, 3)] * 2, latents, latents, [[latents[0]]], [None])


def test_the_estimate_of_x0_at_the_last_evaluation_is_the_result() -> None:
    """Previews: where the last step goes to zero noise, x0 estimated there is what the step gives."""
    for solver in ("euler", "euler_a", "dpmpp_2m", "dpmpp_2m_sde"):
        request = run([Request(build_table(solver, "trailing", DEMO, 7), seed=3)])[0]
        before_last, table = request.trajectory[-2], request.table
        scaled = (before_last * table.input_scale[-1])[None].astype(np.float32)
        output = network(scaled, table.timesteps[-1:])[0]
        estimate = table.x0_sample_coef[-1] * before_last + table.x0_output_coef[-1] * output
        np.testing.assert_allclose(estimate, request.latents, atol=1e-5)


def test_latents_of_other_ranks() -> None:
    table = build_table("euler", "default", DEMO, 4)
    tokens = np.ones((2, 16, 64), np.float32)
    following, _ = apply_rows([(table, 0), (table, 1)], tokens, tokens, [[], []], [None, None])
    assert following.shape == tokens.shape
