"""One trace of everything at once: sizes, step counts, LoRAs and ControlNets of two owners, under three policies.

All three ask the same engine on the same networks, so that only the policy differs: what may be in flight together.
Step-level batching is the engine's own; the others hold requests back in front of it, as a service would that batches
whole requests, or runs one after another. That flatters them: their batches cost what ours cost.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from benchmarks.progress import Progress
from benchmarks.statistics import Latencies
from benchmarks.triton_client import Generation, GenerationClient
from diffusion.pipeline import PipelineSpec

OURS, REQUEST_LEVEL, ONE_AT_A_TIME = "step-level (ours)", "request-level", "one at a time"
BUSY, CALM = "busy", "calm"
"""The owners: one sends most of the requests, one a few."""
CALM_SHARE = 0.2
LORA = "blob"  # ships with the pipeline
Work = Callable[[], Awaitable[Generation]]


@dataclass(frozen=True, slots=True)
class MixedShape:
    """How much: seconds of the trace, requests that measure capacity, step counts, share of the peer's capacity."""

    duration_s: float
    backlog: int
    steps: Sequence[int]
    utilisation: float
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Kind:
    """What a request asks for. Requests of one kind could be one batch of a service that batches whole requests."""

    size: int
    steps: int
    extra: str = ""

    def fields(self, number: int, owner: str) -> dict[str, Any]:
        """The orchestrator's inputs for request `number`."""
        given: dict[str, Any] = {
            "prompt": f"picture {number}",
            "seed": number,
            "width": self.size,
            "height": self.size,
            "num_inference_steps": self.steps,
            "owner": owner,
        }
        if self.extra == "lora":
            given["loras"] = json.dumps([{"name": LORA, "weight": 0.8}])
        if self.extra == "control":
            lines = np.zeros((1, self.size, self.size, 3), np.uint8)
            lines[0, self.size // 4, self.size // 8 : -self.size // 8] = 255
            given |= {"controls": json.dumps([{"model": "canny"}]), "control_images": lines}
        return given


def kinds_of(spec: PipelineSpec, steps: Sequence[int]) -> list[Kind]:
    """Every mixture that the pipeline serves: its own size and one twice the area, with and without what it can do."""
    multiple, own = spec.limits.size_multiple, spec.defaults.width
    larger = round(own * 2**0.5 / multiple) * multiple
    sizes = [size for size in dict.fromkeys((own, larger)) if size <= spec.limits.max_size]
    extras = ["", "", *["lora"] * bool(spec.lora_layers), *["control"] * ("canny" in spec.controlnets)]
    return [Kind(size, count, extra) for size in sizes for count in steps for extra in extras]


class Policy(Protocol):
    """Decides when a request may go to the engine."""

    async def run(self, kind: Kind, work: Work) -> Generation:
        """Do `work` when its turn comes."""
        ...


class StepLevel:
    """At once: the engine decides at each step."""

    async def run(self, kind: Kind, work: Work) -> Generation:
        """See `Policy`."""
        return await work()


class RequestLevel:
    """Up to `members` requests of one kind run together to the end of the last; the oldest request's kind is next."""

    def __init__(self, members: int) -> None:
        self._members = members
        self._waiting: list[tuple[Kind, asyncio.Future[None]]] = []
        self._running = 0

    async def run(self, kind: Kind, work: Work) -> Generation:
        """See `Policy`."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((kind, turn))
        self._next()
        await turn
        try:
            return await work()
        finally:
            self._running -= 1
            self._next()

    def _next(self) -> None:
        if self._running or not self._waiting:
            return
        kind = self._waiting[0][0]
        batch = [one for one in self._waiting if one[0] == kind][: self._members]
        self._waiting = [one for one in self._waiting if one not in batch]
        self._running = len(batch)
        for _, turn in batch:
            turn.set_result(None)


def policies(members: int) -> dict[str, Policy]:
    """Fresh ones, ours first."""
    return {OURS: StepLevel(), REQUEST_LEVEL: RequestLevel(members), ONE_AT_A_TIME: RequestLevel(1)}


@dataclass(frozen=True, slots=True)
class Order:
    """One request of the trace: when it is due, of which kind, whose."""

    at: float
    kind: Kind
    owner: str


@dataclass(frozen=True, slots=True)
class MixedRun:
    """One policy on the trace: by owner, latencies in seconds, and latencies divided by the kind's own when alone."""

    latencies: Mapping[str, list[float]]
    slowdowns: Mapping[str, list[float]]
    makespan: float

    @property
    def fairness(self) -> float:
        """Jain's index of what the owners were slowed down by, on average: 1 is alike, 0.5 is all on one of two."""
        means = np.array([np.mean(values) for values in self.slowdowns.values()])
        return float(means.sum() ** 2 / (len(means) * (means**2).sum()))

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        everything = [latency for values in self.latencies.values() for latency in values]
        return {
            "throughput_per_s": round(len(everything) / self.makespan, 3),
            "latency": Latencies.of(everything).as_dict(),
            "fairness": round(self.fairness, 3),
            "owners": {
                owner: {
                    "latency": Latencies.of(values).as_dict(),
                    "slowdown_p50": round(float(np.median(self.slowdowns[owner])), 2),
                }
                for owner, values in self.latencies.items()
            },
        }


@dataclass(frozen=True, slots=True)
class MixedResult:
    """All policies on one trace of `rate` requests a second, where request-level batching manages `capacity`."""

    kinds: list[Kind]
    rate: float
    capacity: float
    runs: dict[str, MixedRun]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "sizes": sorted({kind.size for kind in self.kinds}),
            "steps": sorted({kind.steps for kind in self.kinds}),
            "extras": sorted({kind.extra for kind in self.kinds} - {""}),
            "requests_per_s": round(self.rate, 3),
            "request_level_capacity_per_s": round(self.capacity, 3),
            "systems": {name: run.as_dict() for name, run in self.runs.items()},
        }


def make_trace(kinds: Sequence[Kind], rate: float, duration_s: float, seed: int) -> list[Order]:
    """A Poisson process over `duration_s` with at least one request of each owner; the same seed, the same trace."""
    random = np.random.default_rng(seed)
    moments = np.cumsum(random.exponential(1 / rate, max(2, int(rate * duration_s))))
    owners = np.where(random.random(len(moments)) < CALM_SHARE, CALM, BUSY)
    owners[0], owners[-1] = BUSY, CALM
    chosen = random.integers(0, len(kinds), len(moments))
    return [Order(float(at), kinds[i], str(owner)) for at, i, owner in zip(moments, chosen, owners, strict=True)]


async def measure_mixed(
    client: GenerationClient, spec: PipelineSpec, shape: MixedShape, progress: Progress
) -> MixedResult:
    """Run the trace under every policy, one after another."""
    kinds, members = kinds_of(spec, shape.steps), 8
    progress.advance(f"each of {len(set(kinds))} kinds alone")
    alone = {kind: await _alone(client, spec, kind) for kind in dict.fromkeys(kinds)}
    progress.advance("capacity of request-level batching")
    backlog = [Order(0.0, kinds[number % len(kinds)], BUSY) for number in range(shape.backlog)]
    capacity = shape.backlog / (await _replay(client, spec, RequestLevel(members), backlog, alone)).makespan
    rate = capacity * shape.utilisation
    trace = make_trace(kinds, rate, shape.duration_s, shape.seed)
    runs = {}
    for name, policy in policies(members).items():
        progress.advance(f"{name}: {len(trace)} requests in {trace[-1].at:.0f} s")
        runs[name] = await _replay(client, spec, policy, trace, alone)
    return MixedResult(kinds, rate, capacity, runs)


async def _alone(client: GenerationClient, spec: PipelineSpec, kind: Kind) -> float:
    """Seconds of a request of this kind when nothing else is there; the first one opens what it needs."""
    runs = [await client.generate(spec.name, kind.fields(number, BUSY)) for number in range(2)]
    return runs[-1].seconds


async def _replay(
    client: GenerationClient, spec: PipelineSpec, policy: Policy, trace: Sequence[Order], alone: Mapping[Kind, float]
) -> MixedRun:
    start = time.perf_counter() + 0.1

    async def send(number: int, order: Order) -> float:
        due = start + order.at
        await asyncio.sleep(due - time.perf_counter())
        fields = order.kind.fields(number, order.owner)
        answer = await policy.run(order.kind, lambda: client.generate(spec.name, fields))
        return answer.done - due

    found = await asyncio.gather(*(send(number, order) for number, order in enumerate(trace)))
    latencies: dict[str, list[float]] = {}
    slowdowns: dict[str, list[float]] = {}
    for order, latency in zip(trace, found, strict=True):
        latencies.setdefault(order.owner, []).append(latency)
        slowdowns.setdefault(order.owner, []).append(latency / alone[order.kind])
    return MixedRun(latencies, slowdowns, time.perf_counter() - start)
