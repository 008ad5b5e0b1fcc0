"""One solver step of a batch in which every row has its own solver, schedule and step."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from diffusion.solvers.base import SolverTable

Float32Array = npt.NDArray[np.float32]
Row = tuple[SolverTable, int]


def apply_rows(
    rows: Sequence[Row],
    latents: Float32Array,
    outputs: npt.NDArray[np.floating],
    history: Sequence[Sequence[Float32Array]],
    noise: Sequence[Float32Array | None],
) -> tuple[Float32Array, Float32Array]:
    """Advance R rows by one network evaluation each.

    Rows do not touch one another: the result of a row is the same, bit for bit, whatever rows share the batch, and a
    row that is not finite spoils no other.

    Args:
        rows: the table of each row, and the number k of the evaluation that was just made.
        latents: float32[R, ...], x_k of each row. Not changed.
        outputs: floating[R, ...], what the network gave for each row, after guidance. Not changed.
        history: per row its earlier converted outputs m_{k-1}, m_{k-2} …, newest first, each of a row's shape. The
            `table.history - 1` newest are enough (fewer exist where k is smaller); more do no harm.
        noise: per row standard normal noise of a row's shape, or None; needed where `table.c[k]` is not 0. (Where
            `table.draws_noise[k]` is set it must be drawn from the request's generator in any case.)

    Returns:
        (x_{k+1}, m_k), new arrays, both float32[R, ...]. m_k of a row belongs in front of its history.

    Raises:
        ValueError: arrays of different length or shape, or a row without history or noise that its table asks for.
    """
    if not len(rows) == len(latents) == len(outputs) == len(history) == len(noise) or latents.shape != outputs.shape:
        shapes = f"{latents.shape}, {outputs.shape}, {len(history)} and {len(noise)}"
        raise ValueError(f"{len(rows)} rows, but latents, outputs, history and noise are of {shapes}")
    column = (len(rows),) + (1,) * (latents.ndim - 1)
    sample_coef = np.array([table.sample_coef[k] for table, k in rows], dtype=np.float32).reshape(column)
    output_coef = np.array([table.output_coef[k] for table, k in rows], dtype=np.float32).reshape(column)
    kept = np.array([table.a[k] for table, k in rows], dtype=np.float32).reshape(column)
    newest = np.array([table.b[k, 0] for table, k in rows], dtype=np.float32).reshape(column)
    converted: Float32Array = output_coef * outputs.astype(np.float32, copy=False)
    converted += sample_coef * latents
    following: Float32Array = kept * latents
    following += newest * converted
    for row, (table, k) in enumerate(rows):
        _add_history(following[row], table.b[k], history[row])
        if table.c[k] != 0.0:
            _add_noise(following[row], float(table.c[k]), noise[row])
    return following, converted


def _add_history(target: Float32Array, weights: npt.NDArray[np.float64], history: Sequence[Float32Array]) -> None:
    for age in range(1, len(weights)):
        if weights[age] == 0.0:
            continue
        if age > len(history):
            raise ValueError(f"the step looks back at {age} earlier outputs; the history has {len(history)}")
        target += np.float32(weights[age]) * history[age - 1]


def _add_noise(target: Float32Array, weight: float, noise: Float32Array | None) -> None:
    if noise is None:
        raise ValueError("the step adds noise, and none was given")
    target += np.float32(weight) * noise
