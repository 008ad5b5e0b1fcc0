"""Where diffusers has no counterpart: the papers' and k-diffusion's formulas, written out step by step in float64.

Samples are vectors of coefficients in the basis (start, outputs, noises), as in diffusers_oracle.py, in the space
x = x0 + sigma · noise, and networks predict the noise.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal, localcontext

import numpy as np
import pytest

from diffusion.solvers.base import NoiseSchedule, PredictionType, SolverTable
from diffusion.solvers.registry import SOLVERS, build_table
from diffusion.solvers.schedules import GridStyle, sigma_grid, sigma_to_timestep

PLAIN = NoiseSchedule(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear")
COSINE = NoiseSchedule(beta_schedule="squaredcos_cap_v2")
Vector = np.ndarray
Denoiser = Callable[[Vector, float], Vector]


def expand_exploding(table: SolverTable) -> Vector:
    """Our samples as coefficients, scaled back to x = x0 + sigma · noise. Rows: before each evaluation, and the end."""
    count = table.num_evaluations
    basis = np.eye(1 + 3 * count)
    scale = np.append(table.alpha[:-1], 1.0)
    samples, converted, noises = [scale[0] * basis[0]], [], 0
    for k in range(count):
        converted.append(table.sample_coef[k] * samples[k] + table.output_coef[k] * basis[1 + k])
        following = table.a[k] * samples[k]
        for age in range(min(table.history, k + 1)):
            following = following + table.b[k, age] * converted[k - age]
        if table.draws_noise[k]:
            noises += 1
            following = following + table.c[k] * basis[count + noises]
        samples.append(following)
    exploding: Vector = np.array(samples) / scale[:, None]
    return exploding


class Run:
    """Hands out unit vectors for network outputs and noise draws, and notes where the network was evaluated."""

    def __init__(self, evaluations: int) -> None:
        self.basis = np.eye(1 + 3 * evaluations)
        self.evaluations, self.sigmas, self.samples = evaluations, list[float](), list[Vector]()
        self.draws = 0

    def denoise(self, x: Vector, sigma: float) -> Vector:
        self.samples.append(x)
        self.sigmas.append(sigma)
        denoised: Vector = x - sigma * self.basis[len(self.samples)]
        return denoised

    def noise(self) -> Vector:
        self.draws += 1
        vector: Vector = self.basis[self.evaluations + self.draws]
        return vector


def ancestral_step(sigma: float, following: float, eta: float) -> tuple[float, float]:
    """k-diffusion's get_ancestral_step, with digits to spare: it subtracts near squares."""
    with localcontext() as context:
        context.prec = 60
        s, f, e = Decimal(sigma), Decimal(following), Decimal(eta)
        up = min(f, e * (f**2 * (s**2 - f**2) / s**2).sqrt())
        return float((f**2 - up**2).sqrt()), float(up)


def euler_ancestral(run: Run, x: Vector, sigmas: np.ndarray, eta: float) -> Vector:
    for sigma, following in pairs(sigmas):
        down, up = ancestral_step(sigma, following, eta)
        x = x + (x - run.denoise(x, sigma)) / sigma * (down - sigma) + up * run.noise()
    return x


def dpm_2_ancestral(run: Run, x: Vector, sigmas: np.ndarray, eta: float) -> Vector:
    for sigma, following in pairs(sigmas):
        down, up = ancestral_step(sigma, following, eta)
        slope = (x - run.denoise(x, sigma)) / sigma
        if down == 0.0:
            end: Vector = x - slope * sigma
            return end
        middle = np.exp((np.log(sigma) + np.log(down)) / 2)
        half = x + slope * (middle - sigma)
        x = x + (half - run.denoise(half, middle)) / middle * (down - sigma) + up * run.noise()
    return x


def dpmpp_2s_ancestral(run: Run, x: Vector, sigmas: np.ndarray, eta: float) -> Vector:
    for sigma, following in pairs(sigmas):
        down, up = ancestral_step(sigma, following, eta)
        denoised = run.denoise(x, sigma)
        if down == 0.0:
            return denoised
        t, t_next = -np.log(sigma), -np.log(down)
        h = t_next - t
        middle = np.exp(-(t + h / 2))
        half = middle / sigma * x - np.expm1(-h / 2) * denoised
        x = down / sigma * x - np.expm1(-h) * run.denoise(half, middle) + up * run.noise()
    return x


def dpmpp_2m_sde(run: Run, x: Vector, sigmas: np.ndarray, eta: float) -> Vector:
    earlier, h_last = None, 0.0
    for sigma, following in pairs(sigmas):
        denoised = run.denoise(x, sigma)
        if following == 0.0:
            return denoised
        h = np.log(sigma) - np.log(following)
        x = following / sigma * np.exp(-eta * h) * x - np.expm1(-h - eta * h) * denoised
        if earlier is not None:
            x = x + 0.5 * -np.expm1(-h - eta * h) / (h_last / h) * (denoised - earlier)
        x = x + following * np.sqrt(-np.expm1(-2 * eta * h)) * run.noise()
        earlier, h_last = denoised, h
    return x


def pairs(sigmas: np.ndarray) -> Iterator[tuple[float, float]]:
    return zip(sigmas.tolist(), sigmas.tolist()[1:], strict=False)


@pytest.mark.parametrize("eta", [0.4, 1.0])
@pytest.mark.parametrize("num_steps", [2, 3, 12])
@pytest.mark.parametrize("schedule", ["linspace", "karras", "exponential", "beta", "sgm_uniform"])
@pytest.mark.parametrize(
    ("solver", "formula"),
    [
        ("euler_a", euler_ancestral),
        ("dpm2_a", dpm_2_ancestral),
        ("dpmpp_2s_a", dpmpp_2s_ancestral),
        ("dpmpp_2m_sde", dpmpp_2m_sde),
    ],
)
def test_formulas_of_k_diffusion(
    solver: str, formula: Callable[[Run, Vector, np.ndarray, float], Vector], schedule: str, num_steps: int, eta: float
) -> None:
    for noise in (PLAIN, COSINE):
        table = build_table(solver, schedule, noise, num_steps, eta=eta)
        stage = SOLVERS[solver].evaluations_per_step
        sigmas = (table.sigma[:-1] / table.alpha[:-1])[::stage]
        run = Run(table.num_evaluations)
        end = formula(run, run.basis[0], np.append(sigmas, 0.0), eta)
        np.testing.assert_allclose(table.sigma[:-1] / table.alpha[:-1], run.sigmas, rtol=1e-9)
        expected = np.array([*run.samples, end])
        ours = expand_exploding(table)
        np.testing.assert_allclose(ours, expected, rtol=1e-7, atol=1e-9 * np.abs(expected).max())


@pytest.mark.parametrize("eta", [0.4, 1.0])
@pytest.mark.parametrize("schedule", ["linspace", "karras"])
def test_dpmpp_sde_adds_the_noise_of_its_ancestral_steps(schedule: str, eta: float) -> None:
    """Given the outputs, x' has the variance of one ancestral step from x, whatever the half step drew."""
    table = build_table("dpmpp_sde", schedule, PLAIN, 12, eta=eta)
    sigmas = np.append(table.sigma[:-1:2], 0.0)
    for step, (sigma, following) in enumerate(list(pairs(sigmas))[:-1]):
        _, half_up = ancestral_step(sigma, float(np.sqrt(sigma * following)), eta)
        down, up = ancestral_step(sigma, following, eta)
        first, second = 2 * step, 2 * step + 1
        assert table.c[first] == pytest.approx(half_up)
        assert np.hypot(table.a[second] * table.c[first], table.c[second]) == pytest.approx(up)
        assert table.a[second] * table.a[first] == pytest.approx(down / sigma)


@pytest.mark.parametrize("num_steps", [1, 7, 20])
def test_sgm_uniform_and_simple(num_steps: int) -> None:
    uniform = build_table("euler", "sgm_uniform", PLAIN, num_steps)
    np.testing.assert_allclose(uniform.timesteps, [999 - 999 * i / num_steps for i in range(num_steps)])
    simple = build_table("euler", "simple", PLAIN, num_steps)
    np.testing.assert_array_equal(simple.timesteps, [999 - int(i * 1000 / num_steps) for i in range(num_steps)])
    np.testing.assert_allclose(simple.sigma[:-1], PLAIN.sigmas[simple.timesteps.astype(int)], rtol=1e-7)
    whole = build_table("dpmpp_2m", "sgm_uniform", PLAIN, num_steps)
    np.testing.assert_array_equal(whole.timesteps, np.round(uniform.timesteps))


def test_align_your_steps_for_other_numbers_of_steps() -> None:
    """Twice the intervals visit the table's own levels, and between them the geometric mean."""
    table, finer = (sigma_grid("align_your_steps", PLAIN, n, GridStyle()) for n in (10, 19))
    np.testing.assert_allclose(finer.sigmas[:-1:2], table.sigmas[:-1], rtol=1e-5)
    np.testing.assert_allclose(finer.sigmas[1:-1:2], np.sqrt(table.sigmas[:-2] * table.sigmas[1:-1]), rtol=2e-4)


def test_sigma_to_timestep_inverts_the_training_schedule() -> None:
    for noise in (PLAIN, COSINE):
        timesteps = np.array([0.0, 1.0, 17.0, 500.0, 998.0, 999.0])
        sigmas = noise.sigmas[timesteps.astype(int)].astype(np.float64)
        np.testing.assert_allclose(sigma_to_timestep(sigmas, noise), timesteps, atol=1e-3)
    outside = sigma_to_timestep(np.array([1e-9, 1e9]), PLAIN)
    np.testing.assert_array_equal(outside, [0.0, 999.0])


@pytest.mark.parametrize("num_steps", [61, 103, 121, 122, 150])
def test_trailing_spacing_has_the_number_of_steps_asked_for(num_steps: int) -> None:
    """diffusers gives one more, at timestep -1, for the first four (rounding of its float stride)."""
    for solver, info in SOLVERS.items():
        if "trailing" in info.schedules:
            table = build_table(solver, "trailing", PLAIN, num_steps)
            assert table.num_steps == num_steps
            assert table.timesteps.min() >= 0


ALL_COMBINATIONS = [
    (solver, schedule)
    for solver, info in SOLVERS.items()
    for schedule in info.schedules
    if PredictionType.V_PREDICTION in info.predictions
]


@pytest.mark.parametrize(("solver", "schedule"), ALL_COMBINATIONS)
def test_zero_terminal_snr_starts_at_pure_noise_and_ends_at_the_image(solver: str, schedule: str) -> None:
    noise = replace(
        PLAIN, rescale_betas_zero_snr=True, prediction_type=PredictionType.V_PREDICTION, timestep_spacing="trailing"
    )
    for num_steps in (8, 25):
        table = build_table(solver, schedule, noise, num_steps)
        if schedule in {"default", "trailing", "karras", "sgm_uniform", "simple"}:
            assert table.alpha[0] / np.hypot(table.alpha[0], table.sigma[0]) < 3e-4
        assert walk_velocity(table) == pytest.approx(1.0, abs=0.1)


def walk_velocity(table: SolverTable) -> float:
    """Follow a network that knows the one image, 1, and predicts the velocity."""
    rng = np.random.default_rng(2)
    x = table.init_noise_sigma * rng.normal()
    history: list[float] = []
    for k in range(table.num_evaluations):
        norm = np.hypot(table.alpha[k], table.sigma[k])
        noise = (x - table.alpha[k]) / table.sigma[k]
        velocity = (table.alpha[k] * noise - table.sigma[k]) / norm
        history.insert(0, table.sample_coef[k] * x + table.output_coef[k] * velocity)
        depth = min(len(history), table.history)
        x = table.a[k] * x + table.b[k, :depth] @ np.array(history[:depth]) + table.c[k] * rng.normal()
    return float(x)
