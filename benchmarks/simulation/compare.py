"""The model against the real system: calibrated on closed loops, judged on traces that it has not seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from benchmarks.load.records import Outcome, Record
from benchmarks.progress import Progress
from benchmarks.simulation import reality
from benchmarks.simulation.fit import fitted
from benchmarks.simulation.model import fixed, quantile, simulate
from benchmarks.simulation.profile import Profile
from benchmarks.simulation.traces import Trace, burst, daily_wave, greedy, steady

AIM = 0.15
CALLERS = (1, 2, 4, 8)
VOLLEY = 24
STEPS, FEW_STEPS, EVEN_STEPS = 20, 5, (10, 20, 30)
FRAME = Profile(0.0, 0.0, 8, 1, 0.0, 0.0, 32, "")


@dataclass(frozen=True, slots=True)
class Match:
    """One trace, measured and modelled."""

    trace: str
    jobs: int
    failed: int
    real_p50_s: float
    model_p50_s: float
    real_p95_s: float
    model_p95_s: float

    @property
    def errors(self) -> tuple[float, float]:
        """Relative errors of the model's p50 and p95."""
        return self.model_p50_s / self.real_p50_s - 1, self.model_p95_s / self.real_p95_s - 1

    @property
    def holds(self) -> bool:
        """Whether both are within the aim."""
        return all(abs(error) <= AIM for error in self.errors)


def measure(progress: Progress, seconds: float) -> tuple[Profile, list[Match]]:
    """Calibrate, then replay each trace on both; `seconds` is the length of each measurement."""
    with reality.running() as address:
        reality.closed_loop(address, 2, STEPS, 3.0, progress)  # warm up
        points = [reality.closed_loop(address, callers, STEPS, seconds / 2, progress) for callers in CALLERS]
        # a short one too: with one number of steps, they and what is around them look alike
        points += [reality.closed_loop(address, callers, FEW_STEPS, seconds / 2, progress) for callers in (1, 8)]
        volleys = [reality.volley(address, VOLLEY, FEW_STEPS, progress) for _ in range(3)]
        figures = ", ".join(f"{one.callers} x {one.steps} steps {one.latency_s * 1e3:.0f} ms" for one in points)
        figures += f"; {VOLLEY} at once x {FEW_STEPS} steps " + ", ".join(
            f"{v.latency_s * 1e3:.0f} ms" for v in volleys
        )
        profile = fitted(points, FRAME, f"measured here in closed loops and volleys: {figures}", volleys)
        progress.result(
            f"a call takes {profile.step_s * 1e3:.1f} ms + {profile.row_s * 1e3:.2f} ms a row, around it "
            f"{profile.around_s * 1e3:.0f} ms a request and {profile.gateway_s * 1e3:.0f} ms of the gateway's process"
        )
        matches = []
        for trace in traces(profile, seconds):
            match = matched(trace, reality.replay(address, trace, progress), profile)
            progress.result(
                f"{match.trace}: p50 {match.real_p50_s:.2f} s, model {match.model_p50_s:.2f}; "
                f"p95 {match.real_p95_s:.2f} s, model {match.model_p95_s:.2f}"
            )
            matches.append(match)
    return profile, matches


def traces(profile: Profile, seconds: float) -> list[Trace]:
    """Of half the load that the profile allows, where nothing else is said."""
    half = profile.images_per_s(STEPS) / 2
    found = [
        steady(half, seconds, EVEN_STEPS, 11),
        daily_wave(0.8 * half, seconds, EVEN_STEPS, 12),
        burst(0.7 * half, seconds, EVEN_STEPS, 13, factor=2.2),
        greedy(0.5 * half, seconds, EVEN_STEPS, 14, 30),
    ]
    return [replace(trace, jobs=tuple(replace(job, owner=_key_of(job.owner)) for job in trace.jobs)) for trace in found]


def _key_of(owner: str) -> str:
    """There are eight keys, the last for whoever is greedy; the model must see the same owners as the service."""
    return "user-7" if owner == "greedy" else f"user-{int(owner.removeprefix('user-')) % 7}"


def matched(trace: Trace, records: Sequence[Record], profile: Profile) -> Match:
    """Both systems' figures of one trace."""
    real = [record.latency for record in records if record.outcome is Outcome.DONE]
    model = simulate(profile, trace, fixed(1)).latencies
    p50, p95 = (quantile(real, share) for share in (0.5, 0.95))
    failed = len(records) - len(real)
    return Match(trace.name, len(records), failed, p50, quantile(model, 0.5), p95, quantile(model, 0.95))
