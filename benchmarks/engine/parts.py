"""The parts of the benchmark, each on the same running server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.device.repository import SD15, TOY
from benchmarks.engine.closed_loop import Load, measure_closed_loop
from benchmarks.engine.fairness import measure_fairness
from benchmarks.engine.lone import measure_lone
from benchmarks.engine.mixed import measure_mixed
from benchmarks.engine.open_loop import measure_open_loop
from benchmarks.engine.plan import Plan
from benchmarks.engine.results import EngineResults
from benchmarks.engine.systems import one_at_a_time, ours, request_level
from benchmarks.progress import Progress
from benchmarks.triton_client import GenerationClient
from benchmarks.triton_server import TritonServer
from diffusion.pipeline import PipelineSpec

TITLES: Mapping[str, str] = {
    "lone": "a lone request, beside a bare loop over the same files",
    "shipped": "callers in a closed loop, on the pipeline itself",
    "device": "callers in a closed loop, on the device model",
    "device-512": "the same with the tensors of Stable Diffusion 1.5 at 512 x 512",
    "tail": "one Poisson trace, step-level against request-level batching",
    "mixed": "one trace of sizes, steps, LoRAs and ControlNets of two owners, on the pipeline itself",
    "fairness": "a burst of one owner and a single request of another",
}


@dataclass(slots=True)
class EngineBenchmark:
    """Runs parts on a server that has the models they need; `results` fills as they run."""

    server: TritonServer
    repository: Path
    pipeline: str
    plan: Plan
    progress: Progress
    results: EngineResults = field(default_factory=EngineResults)

    async def run(self, parts: list[str]) -> EngineResults:
        """Run `parts` in the order given."""
        methods = {
            "lone": self._lone,
            "shipped": self._shipped,
            "device": self._device,
            "device-512": self._device_512,
            "tail": self._tail,
            "mixed": self._mixed,
            "fairness": self._fairness,
        }
        async with GenerationClient(self.server.grpc_url) as client:
            if {"lone", "shipped", "mixed"} & set(parts):
                self.progress.section("the networks' costs, which the engine would else measure whenever it is idle")
                await client.measure(self.pipeline)
            for part in parts:
                self.progress.section(TITLES[part])
                await methods[part](client)
                for line in self.results.lines(part):
                    self.progress.result(line)
        return self.results

    async def _lone(self, _: GenerationClient) -> None:
        self.results.lone = await measure_lone(
            self.server, self.repository, self.pipeline, self.plan.lone_rounds, self.progress
        )

    async def _shipped(self, client: GenerationClient) -> None:
        assert self.results.lone is not None
        sample = self.results.lone.sample
        load = Load(sample.steps, sample.guidance, *self.plan.shipped_window)
        await self._closed_loop(client, "shipped", self.pipeline, load, 1)

    async def _device(self, client: GenerationClient) -> None:
        load = Load(self.plan.device_steps, 1.0, *self.plan.window)
        await self._closed_loop(client, "device", TOY, load, self.plan.rounds)

    async def _device_512(self, client: GenerationClient) -> None:
        load = Load(self.plan.device_steps, 1.0, *self.plan.window)
        await self._closed_loop(client, "device-512", SD15, load, 1)

    async def _closed_loop(self, client: GenerationClient, part: str, pipeline: str, load: Load, rounds: int) -> None:
        systems = [one_at_a_time(pipeline), ours(pipeline)]
        self.results.closed_loops[part] = await measure_closed_loop(
            client, systems, list(self.plan.callers), load, rounds, self.progress
        )

    async def _tail(self, client: GenerationClient) -> None:
        systems = ours(TOY), request_level(TOY)
        self.results.tail = await measure_open_loop(
            client, systems, self.plan.utilisation, self.plan.trace, self.progress
        )

    async def _mixed(self, client: GenerationClient) -> None:
        spec = PipelineSpec.load(self.repository / self.pipeline / "1" / "pipeline.json")
        self.results.mixed = await measure_mixed(client, spec, self.plan.mixed, self.progress)

    async def _fairness(self, client: GenerationClient) -> None:
        for system in (ours(TOY), request_level(TOY)):
            self.progress.advance(system.label)
            self.results.fairness.append(await measure_fairness(client, system, self.plan.burst, self.plan.burst_steps))
