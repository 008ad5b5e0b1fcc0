"""Names, bounds and the invariants of every table."""

import time

import numpy as np
import pytest

from diffusion.solvers.base import NoiseSchedule, PredictionType, SolverTable
from diffusion.solvers.errors import (
    InvalidSolverOptionError,
    NoiseScheduleError,
    SolverError,
    UnknownSolverError,
    UnsupportedPredictionError,
    UnsupportedScheduleError,
)
from diffusion.solvers.registry import SCHEDULES, SOLVERS, build_table, resolve_sampler_name

PLAIN = NoiseSchedule(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
FLOW = NoiseSchedule(prediction_type=PredictionType.FLOW)


def checkpoint_of(solver: str) -> NoiseSchedule:
    return PLAIN if PredictionType.EPSILON in SOLVERS[solver].predictions else FLOW


ALL_COMBINATIONS = [(solver, schedule) for solver, info in SOLVERS.items() for schedule in info.schedules]


@pytest.mark.parametrize("start", [0, 2])
@pytest.mark.parametrize("num_steps", [3, 4, 20])
@pytest.mark.parametrize(("solver", "schedule"), ALL_COMBINATIONS)
def test_every_table_is_well_formed(solver: str, schedule: str, num_steps: int, start: int) -> None:
    table, info = build_table(solver, schedule, checkpoint_of(solver), num_steps, start=start), SOLVERS[solver]
    count = table.num_evaluations
    for name in (
        "timesteps",
        "input_scale",
        "sample_coef",
        "output_coef",
        "a",
        "c",
        "x0_sample_coef",
        "x0_output_coef",
    ):
        array = getattr(table, name)
        assert array.shape == (count,), name
        assert array.dtype == np.float64, name
        assert np.isfinite(array).all(), name
    assert table.b.shape == (count, table.history)
    assert np.isfinite(table.b).all()
    for k in range(min(table.history - 1, count)):
        assert not table.b[k, k + 1 :].any(), "looks back before the first evaluation"
    assert table.alpha.shape == table.sigma.shape == (count + 1,)
    assert (np.diff(table.step_of_evaluation) >= 0).all()
    assert table.num_steps == num_steps - start
    assert count <= info.evaluations_per_step * table.num_steps + 1
    assert not table.c[~table.draws_noise].any(), "adds noise that it does not draw"
    assert bool(table.draws_noise.any()) == info.draws_noise or num_steps - start == 1
    assert all(not getattr(table, name).flags.writeable for name in ("a", "b", "c", "timesteps", "alpha"))


@pytest.mark.parametrize(("solver", "schedule"), ALL_COMBINATIONS)
def test_a_perfect_network_gives_the_image_whatever_the_noise(solver: str, schedule: str) -> None:
    """A closed form for every solver and schedule, with or without a counterpart in diffusers.

    The network knows the one image there is, x0 = 1, and answers with the noise in its input. Every consistent solver
    then stays on the ray from the noise to the image, and ends at the image up to the noise of its last level.
    """
    noise_schedule = checkpoint_of(solver)
    for num_steps in (10, 30):
        table = build_table(solver, schedule, noise_schedule, num_steps)
        assert walk(table, noise_schedule.prediction_type) == pytest.approx(1.0, abs=0.06)


def walk(table: SolverTable, prediction: PredictionType) -> float:
    rng = np.random.default_rng(1)
    x = table.init_noise_sigma * rng.normal()
    history: list[float] = []
    for k in range(table.num_evaluations):
        noise = (x - table.alpha[k]) / table.sigma[k]
        output = noise - 1.0 if prediction is PredictionType.FLOW else noise
        history.insert(0, table.sample_coef[k] * x + table.output_coef[k] * output)
        depth = min(len(history), table.history)
        x = table.a[k] * x + table.b[k, :depth] @ np.array(history[:depth]) + table.c[k] * rng.normal()
    return float(x)


def test_unknown_solver_names_the_near_ones() -> None:
    with pytest.raises(UnknownSolverError) as caught:
        build_table("dpmpp2m", "karras", PLAIN, 20)
    assert caught.value.given == "dpmpp2m"
    assert "dpmpp_2m" in caught.value.near
    assert set(caught.value.allowed) == set(SOLVERS)
    assert "did you mean" in str(caught.value)


def test_unsupported_combinations() -> None:
    with pytest.raises(UnsupportedScheduleError) as caught:
        build_table("euler", "karas", PLAIN, 20)
    assert caught.value.near[0] == "karras"
    with pytest.raises(UnsupportedScheduleError, match="for DDIM, schedule 'karras'"):
        build_table("ddim", "karras", PLAIN, 20)
    with pytest.raises(UnsupportedPredictionError, match="flow_prediction"):
        build_table("euler", "default", FLOW, 20)
    zero_snr = NoiseSchedule(rescale_betas_zero_snr=True, timestep_spacing="trailing")
    with pytest.raises(UnsupportedPredictionError, match="zero-terminal-SNR"):
        build_table("ddim", "default", zero_snr, 20)


@pytest.mark.parametrize(
    ("solver", "num_steps", "options", "message"),
    [
        ("euler", 0, {}, "num_steps '0'"),
        ("euler", 1001, {}, "from 1 to 1000"),
        ("euler", 20, {"start": 20}, "from 0 to 19"),
        ("euler", 20, {"start": -1}, "start '-1'"),
        ("euler", 20, {"eta": 0.5}, "takes no eta"),
        ("ddim", 20, {"eta": 1.5}, "eta '1.5'"),
        ("ddim", 20, {"eta": float("nan")}, "eta 'nan'"),
        ("lcm", 51, {}, "1 to 50"),
        ("dpmpp_2m", 1000, {}, "at most 999 steps"),
    ],
)
def test_options_outside_their_range(solver: str, num_steps: int, options: dict[str, float], message: str) -> None:
    leading = NoiseSchedule(timestep_spacing="leading")
    with pytest.raises(InvalidSolverOptionError, match=message) as caught:
        build_table(solver, "default", leading, num_steps, **options)
    assert isinstance(caught.value, SolverError)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({"beta_schedule": "cosine"}, "beta_schedule"),
        ({"prediction_type": "sample"}, "prediction_type"),
        ({"num_train_timesteps": 0}, "num_train_timesteps"),
        ({"num_train_timesteps": True}, "num_train_timesteps"),
        ({"beta_start": -0.1}, "beta_start"),
        ({"beta_start": 0.5, "beta_end": 0.1}, "beta_end"),
        ({"beta_end": "0.02"}, "beta_end"),
        ({"timestep_spacing": "uniform"}, "timestep_spacing"),
        ({"steps_offset": 1.5}, "steps_offset"),
        ({"thresholding": True}, "thresholding"),
        ({"timestep_type": "continuous"}, "timestep_type"),
        ({"interpolation_type": "log_linear"}, "interpolation_type"),
        ({"use_dynamic_shifting": True, "time_shift_type": "cubic"}, "time_shift_type"),
        ({"use_dynamic_shifting": True, "max_image_seq_len": 100}, "max_image_seq_len"),
        ({"shift": 0}, "shift"),
        ({"shift_terminal": 1.0}, "shift_terminal"),
        ({"trained_betas": [0.1, 0.2]}, "trained_betas"),
        ({"trained_betas": "abc"}, "trained_betas"),
        ({"trained_betas": [0.1, None], "num_train_timesteps": 2}, "trained_betas"),
    ],
)
def test_a_configuration_that_cannot_be_served_names_the_field(config: dict[str, object], field: str) -> None:
    with pytest.raises(NoiseScheduleError, match=field):
        NoiseSchedule.from_config(config)


def test_from_config_reads_the_shipped_checkpoint() -> None:
    config = {
        "_class_name": "DDIMScheduler",
        "_diffusers_version": "0.42.1",
        "beta_end": 0.02,
        "beta_schedule": "scaled_linear",
        "beta_start": 0.00085,
        "clip_sample": False,
        "num_train_timesteps": 1000,
        "prediction_type": "v_prediction",
        "rescale_betas_zero_snr": False,
        "set_alpha_to_one": False,
        "steps_offset": 1,
        "thresholding": False,
        "timestep_spacing": "trailing",
        "trained_betas": None,
    }
    assert NoiseSchedule.from_config(config) == NoiseSchedule(
        beta_start=0.00085,
        beta_end=0.02,
        beta_schedule="scaled_linear",
        prediction_type=PredictionType.V_PREDICTION,
        steps_offset=1,
        timestep_spacing="trailing",
        set_alpha_to_one=False,
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Euler a", ("euler_a", None)),
        ("euler_a", ("euler_a", None)),
        ("k_dpmpp_2m", ("dpmpp_2m", None)),
        ("DPM++ 2M Karras", ("dpmpp_2m", "karras")),
        ("dpm++ 2m sde exponential", ("dpmpp_2m_sde", "exponential")),
        ("Euler SGM Uniform", ("euler", "sgm_uniform")),
    ],
)
def test_sampler_names(name: str, expected: tuple[str, str | None]) -> None:
    assert resolve_sampler_name(name) == expected


@pytest.mark.parametrize("name", ["DPM adaptive", "Restart", "", "Euler a Karas"])
def test_unmapped_sampler_names_are_refused(name: str) -> None:
    with pytest.raises(UnknownSolverError):
        resolve_sampler_name(name)


def test_every_schedule_is_used_and_every_default_exists() -> None:
    used = {schedule for info in SOLVERS.values() for schedule in info.schedules}
    assert used == set(SCHEDULES)
    for info in SOLVERS.values():
        assert info.default_schedule in info.schedules
        assert "default" in info.schedules


def test_names_are_unambiguous() -> None:
    names = [name.casefold() for info in SOLVERS.values() for name in (info.key, info.name, *info.aliases)]
    duplicates = {name for name in names if names.count(name) > 1}
    assert all(SOLVERS[name].name.casefold() == name for name in duplicates), duplicates


def test_equal_requests_share_a_table_and_building_one_is_quick() -> None:
    assert build_table("euler", "karras", PLAIN, 20) is build_table("euler", "karras", PLAIN, 20)
    for solver in SOLVERS:
        fastest = min(timed(solver, num_steps) for num_steps in range(40, 51))
        # The aim is 2 ms on an idle core; a shared one may be several times slower.
        assert fastest < 0.010, f"{solver}: {fastest * 1e3:.1f} ms"


def timed(solver: str, num_steps: int) -> float:
    begin = time.perf_counter()
    build_table.__wrapped__(solver, "default", checkpoint_of(solver), num_steps)
    return time.perf_counter() - begin
