"""Quantiles of the beta distribution, for the "beta" schedule (Lee et al. 2024, arXiv 2407.12173).

scipy has them, but is not a dependency of serving.
"""

import math

import numpy as np
import numpy.typing as npt

Float64Array = npt.NDArray[np.float64]

_NEWTON_STEPS = 6
_TERMS = 60


def beta_quantiles(probabilities: Float64Array, shape: float) -> Float64Array:
    """Quantiles of the symmetric distribution Beta(shape, shape), 0 < shape < 1, at probabilities in [0, 1].

    The distribution function is I_x(s, s) = x^s / (s · B(s, s)) · Σ_n (1-s)_n s / (n! (s+n)) · x^n (DLMF 8.17.7), which
    converges fast for x ≤ 1/2; the upper half follows by symmetry. Newton's method on log x
    inverts it, so that quantiles near 0 are as exact, relative to themselves, as those in the middle.
    """
    upper = probabilities > 0.5
    lower_tail = np.where(upper, 1.0 - probabilities, probabilities)
    quantiles = np.zeros_like(lower_tail)
    inside = lower_tail > 0.0
    quantiles[inside] = _invert(lower_tail[inside], shape)
    return np.where(upper, 1.0 - quantiles, quantiles)


def _invert(probabilities: Float64Array, shape: float) -> Float64Array:
    coefficients = np.empty(_TERMS)
    pochhammer_over_factorial = 1.0
    for n in range(_TERMS):
        coefficients[n] = pochhammer_over_factorial / (shape + n)
        pochhammer_over_factorial *= (1.0 - shape + n) / (n + 1)
    log_beta = 2.0 * math.lgamma(shape) - math.lgamma(2.0 * shape)
    target = np.log(probabilities)
    # The first term of the series alone bounds the quantile from above.
    log_x = np.minimum((target + log_beta + math.log(shape)) / shape, math.log(0.5))
    for _ in range(_NEWTON_STEPS):
        x = np.exp(log_x)
        series = np.polynomial.polynomial.polyval(x, coefficients)
        excess = shape * log_x - log_beta + np.log(series) - target
        slope = (1.0 - x) ** (shape - 1.0) / series
        log_x = np.minimum(log_x - excess / slope, math.log(0.5))
    return np.exp(log_x)
