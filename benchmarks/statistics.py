"""What is said of a list of durations: percentiles, and how sure we are of a figure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
RESAMPLES = 2000


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % confidence interval."""

    value: float
    low: float
    high: float

    def as_dict(self) -> dict[str, float]:
        """For JSON, rounded to what is worth reading."""
        return {name: round(value, 4) for name, value in asdict(self).items()}

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True, slots=True)
class Latencies:
    """Percentiles of durations in seconds."""

    count: int
    mean: float
    p50: float
    p90: float
    p99: float
    max: float

    @classmethod
    def of(cls, seconds: Sequence[float] | Floats) -> Latencies:
        """Raises ValueError when there is nothing to describe."""
        values = np.asarray(seconds, np.float64)
        if not len(values):
            raise ValueError("no duration was measured")
        p50, p90, p99 = (float(np.percentile(values, q)) for q in (50, 90, 99))
        return cls(len(values), float(values.mean()), p50, p90, p99, float(values.max()))

    def as_dict(self) -> dict[str, Any]:
        """For JSON, in milliseconds."""
        return {"count": self.count} | {
            f"{name}_ms": round(getattr(self, name) * 1e3, 2) for name in ("mean", "p50", "p90", "p99", "max")
        }


def median(values: Sequence[float] | Floats) -> Interval:
    """The median with a bootstrap interval (Efron's percentile method)."""
    return bootstrap(lambda sample: float(np.median(sample)), np.asarray(values, np.float64))


def p99(values: Sequence[float] | Floats) -> float:
    """The 99th percentile."""
    return float(np.percentile(np.asarray(values, np.float64), 99))


def bootstrap(figure: Callable[..., float], *samples: Floats, seed: int = 0) -> Interval:
    """`figure` of the samples, and its 95 % interval when each is redrawn with replacement, apart from the others."""
    random = np.random.default_rng(seed)
    redrawn = [
        figure(*(sample[random.integers(0, len(sample), len(sample))] for sample in samples)) for _ in range(RESAMPLES)
    ]
    low, high = np.percentile(redrawn, [2.5, 97.5])
    return Interval(figure(*samples), float(low), float(high))
