"""Pseudo linear multistep method (PLMS; Liu et al. 2022, arXiv 2202.09778), without Runge-Kutta warm-up.

diffusers: PNDMScheduler with skip_prk_steps, as Stable Diffusion sets it. The first step is evaluated twice. A run that
starts in the middle (image-to-image) begins so too; diffusers begins one list entry off there, so that the latents lag
its timesteps by one step, and is not followed.
"""

import numpy as np
import numpy.typing as npt

from diffusion.solvers.base import Converted, Evaluations, Recurrence, SolverTable, TableRequest, assemble
from diffusion.solvers.ddim import alpha_bar_at
from diffusion.solvers.noise_schedule import SMALLEST_ALPHA_BAR, NoiseSchedule, PredictionType
from diffusion.solvers.schedules import whole_timesteps

Float64Array = npt.NDArray[np.float64]
Int64Array = npt.NDArray[np.int64]

# Adams-Bashforth weights by number of outputs known.
_WEIGHTS = ((1.0,), (1.5, -0.5), (23 / 12, -16 / 12, 5 / 12), (55 / 24, -59 / 24, 37 / 24, -9 / 24))
_HISTORY = 5


def build(request: TableRequest) -> SolverTable:
    """x' = P · x + Q · (weighted outputs), the weights being those of the outputs but the one of the repetition."""
    noise = request.noise_schedule
    timesteps = whole_timesteps(request.schedule, noise, request.num_steps)[request.start :]
    stride = noise.num_train_timesteps // request.num_steps
    starts, repeated = timesteps, len(timesteps) > 1
    if repeated:
        # Evaluation 1, at the second timestep, makes the first step again with the mean of both outputs.
        starts = np.concatenate([timesteps[:1], timesteps[1:2] + stride, timesteps[1:]])
        timesteps = np.concatenate([timesteps[:2], timesteps[1:]])
    kept, weight = _transfer(noise, starts, starts - stride)
    a, b = kept.copy(), np.zeros((len(timesteps), _HISTORY))
    known: list[int] = []
    for k in range(len(timesteps)):
        if k == 1 and repeated:
            a[1] = kept[1] / kept[0]
            b[1, :2] = weight[1] / 2, weight[1] / 2 - weight[0] * a[1]
            continue
        known = [k, *known][: len(_WEIGHTS)]
        b[k, [k - j for j in known]] = weight[k] * np.array(_WEIGHTS[len(known) - 1])
    update = Recurrence.without_noise(Converted.RAW, a, b)
    return assemble(_points(noise, timesteps, repeated=repeated), update, noise.prediction_type)


def _points(noise: NoiseSchedule, timesteps: Int64Array, *, repeated: bool) -> Evaluations:
    alpha_bars = np.maximum(noise.alphas_cumprod[timesteps], SMALLEST_ALPHA_BAR)
    steps = np.arange(len(timesteps))
    if repeated:
        steps = np.maximum(steps - 1, 0)
    return Evaluations(timesteps.astype(np.float64), np.sqrt(alpha_bars), np.sqrt(1.0 - alpha_bars), steps, 1.0)


def _transfer(noise: NoiseSchedule, timesteps: Int64Array, following: Int64Array) -> tuple[Float64Array, Float64Array]:
    """(P, Q) of the paper's transfer from timesteps to the following ones (equation 11), for raw network outputs."""
    bars = np.maximum(noise.alphas_cumprod[timesteps], SMALLEST_ALPHA_BAR)
    next_bars = alpha_bar_at(noise, following, set_alpha_to_one=False)
    kept = np.sqrt(next_bars / bars)
    weight = (bars - next_bars) / (bars * np.sqrt(1.0 - next_bars) + np.sqrt(bars * (1.0 - bars) * next_bars))
    if noise.prediction_type is PredictionType.V_PREDICTION:
        return kept + weight * np.sqrt(1.0 - bars), weight * np.sqrt(bars)
    return kept, weight
