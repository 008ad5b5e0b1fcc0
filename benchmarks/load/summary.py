"""From records to figures."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.load.records import Outcome, Record
from benchmarks.statistics import Interval, Latencies, bootstrap, median, p99

BATCH_S = 5.0  # length of the stretches whose counts give the throughput's interval


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of one run, without its warm-up.

    Attributes:
        outcomes: requests by how they ended.
        reasons: of the rejected and the failed.
        throughput: pictures per second, with the interval over stretches of `BATCH_S`.
        latency, first_event: of the finished requests; None when there are none.
        p50, p99: of the latency, with bootstrap intervals.
        users: finished requests and median latency per user.
        fairness: Jain's index of the users' median latencies: 1 is equal, 1/users the worst.
        max_lag: how late the generator itself sent a request, at worst, in seconds.
    """

    outcomes: dict[str, int]
    reasons: dict[str, int]
    throughput: Interval
    latency: Latencies | None
    first_event: Latencies | None
    p50: Interval | None
    p99: Interval | None
    users: dict[str, tuple[int, float]]
    fairness: float | None
    max_lag: float

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "outcomes": self.outcomes,
            "reasons": self.reasons,
            "images_per_s": self.throughput.as_dict(),
            "latency": self.latency.as_dict() if self.latency else None,
            "first_event": self.first_event.as_dict() if self.first_event else None,
            "latency_p50_s": self.p50.as_dict() if self.p50 else None,
            "latency_p99_s": self.p99.as_dict() if self.p99 else None,
            "users": {
                user: {"done": count, "latency_p50_ms": round(seconds * 1e3, 2)}
                for user, (count, seconds) in self.users.items()
            },
            "fairness_jain": None if self.fairness is None else round(self.fairness, 4),
            "max_send_lag_ms": round(self.max_lag * 1e3, 2),
        }


def summarise(records: Sequence[Record], warm_up_s: float) -> Summary:
    """The figures of the requests that were due after the warm-up."""
    counted = [record for record in records if record.due >= warm_up_s]
    done = [record for record in counted if record.outcome is Outcome.DONE]
    latencies = np.array([record.latency for record in done])
    by_user: dict[str, list[float]] = defaultdict(list)
    for record in done:
        by_user[record.user].append(record.latency)
    users = {user: (len(values), float(np.median(values))) for user, values in sorted(by_user.items())}
    counts = Counter(record.outcome.value for record in counted)
    return Summary(
        outcomes={outcome.value: counts[outcome.value] for outcome in Outcome},
        reasons=dict(Counter(record.reason for record in counted if record.reason)),
        throughput=_throughput(done),
        latency=Latencies.of(latencies) if done else None,
        first_event=Latencies.of([record.first_event for record in done]) if done else None,
        p50=median(latencies) if done else None,
        p99=bootstrap(p99, latencies) if done else None,
        users=users,
        fairness=_jain([seconds for _, seconds in users.values()]) if users else None,
        max_lag=max((record.sent - record.due for record in counted), default=0.0),
    )


def _throughput(done: Sequence[Record]) -> Interval:
    """Pictures per second between the first request's due time and the last answer."""
    if not done:
        return Interval(0.0, 0.0, 0.0)
    first, last = min(record.due for record in done), max(record.done for record in done)
    rate = len(done) / (last - first)
    edges = np.arange(first, last + 1e-9, BATCH_S)
    if len(edges) < 4:
        return Interval(rate, rate, rate)  # too short for an interval
    rates = np.histogram([record.done for record in done], edges)[0] / BATCH_S
    spread = bootstrap(lambda sample: float(np.mean(sample)), rates)
    return Interval(rate, min(rate, spread.low), max(rate, spread.high))


def _jain(values: Sequence[float]) -> float:
    """Jain, Chiu, Hawe 1984: (sum x)^2 / (n sum x^2)."""
    x = np.asarray(values)
    return float(x.sum() ** 2 / (len(x) * (x**2).sum()))
