"""Finds a profile's figures: those with which the model itself gives the latencies of closed loops and of a volley."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from benchmarks.simulation.model import closed_loop, fixed, quantile, simulate
from benchmarks.simulation.profile import ClosedLoop, Profile, Volley
from benchmarks.simulation.traces import Job, Trace

SHARES_MS = (0.0, 2.0, 4.0, 8.0, 12.0, 16.0, 20.0, 25.0, 30.0, 40.0, 50.0, 65.0, 80.0, 100.0, 125.0, 150.0)
ROUNDS = 3


def fitted(points: Sequence[ClosedLoop], frame: Profile, source: str, volleys: Sequence[Volley] = ()) -> Profile:
    """The profile whose latencies come nearest (least squares, relative) to the measured ones; `frame` gives the rest.

    Without a gateway that works on one request at a time, a closed loop of c callers keeps c images in every call and a
    request takes around + steps * (step + row * rows): linear. What queueing adds to that, the model tells; so for each
    possible share of the gateway the linear part is fitted to what is left, and the best share wins. Closed loops tell
    little of that share, since their callers come one by one; a volley of requests at once does.
    """
    tried = [_with_share(points, frame, share / 1e3) for share in SHARES_MS]
    best = min(tried, key=lambda pair: pair[0] + sum(_missed(pair[1], volley) for volley in volleys))
    return replace(best[1], source=source)


def volley_s(profile: Profile, count: int, owners: int, steps: int) -> float:
    """The median latency of so many requests at once."""
    jobs = tuple(Job(0.0, f"user-{number % owners}", steps) for number in range(count))
    return quantile(simulate(profile, Trace("volley", 1.0, jobs), fixed(1)).latencies, 0.5)


def _missed(profile: Profile, volley: Volley) -> float:
    return float((volley_s(profile, volley.count, volley.owners, volley.steps) / volley.latency_s - 1) ** 2)


def _with_share(points: Sequence[ClosedLoop], frame: Profile, gateway_s: float) -> tuple[float, Profile]:
    found = replace(frame, gateway_s=gateway_s)
    excess = np.full(len(points), gateway_s)
    modelled = np.zeros(len(points))
    for _ in range(ROUNDS):
        found = _linear(points, found, excess)
        plain = np.array([_plain_s(found, point) for point in points])
        modelled = np.array([closed_loop(found, point.callers, point.steps) for point in points])
        excess = modelled - plain
    errors = modelled / np.array([point.latency_s for point in points]) - 1
    return float(errors @ errors), found


def _linear(points: Sequence[ClosedLoop], frame: Profile, excess: np.ndarray) -> Profile:
    rows = [[1.0, point.steps, point.steps * point.callers * frame.rows_per_image] for point in points]
    measured = np.array([point.latency_s for point in points])
    weights = 1 / measured
    found, *_ = np.linalg.lstsq(np.array(rows) * weights[:, None], (measured - excess) * weights, rcond=None)
    around, step, row = (max(0.0, float(value)) for value in found)
    return replace(frame, around_s=around, step_s=step, row_s=row)


def _plain_s(profile: Profile, point: ClosedLoop) -> float:
    return profile.around_s + point.steps * profile.call_s(point.callers * profile.rows_per_image)
