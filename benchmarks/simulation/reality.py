"""The real system for the model to be held against: gateway, worker, orchestrator and Triton over the device model.

The device's UNet sleeps 20 ms and 2.5 ms per row instead of computing, so that two cores can show what an engine does;
everything around it is the product's own. Each run has its own pictures, so that none is answered from the store.
"""

from __future__ import annotations

import asyncio
import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.device.repository import write_device
from benchmarks.load.http_sender import KEYS, HttpSender
from benchmarks.load.records import Outcome, Record
from benchmarks.load.runner import LoadRun
from benchmarks.load.scenario import Ask, Phase, Scenario, Target
from benchmarks.machine import ROOT
from benchmarks.processes import Piece, clean_environment, free_ports, is_ok
from benchmarks.progress import Progress
from benchmarks.simulation.profile import ClosedLoop, Volley
from benchmarks.simulation.traces import Trace
from benchmarks.triton_client import GenerationClient
from benchmarks.triton_server import triton_server

MODEL = "device"
SETTLE_S = 2.0
USERS = 8


@contextmanager
def running() -> Iterator[str]:
    """The gateway's address, with its key in the environment of the load generator."""
    with tempfile.TemporaryDirectory(prefix="avila-simulation-") as name:
        folder = Path(name)
        write_device(folder / "models")
        with triton_server(folder / "models", threads=1) as server:
            asyncio.run(_measured(server.grpc_url))
            (port,) = free_ports(1)
            environment = clean_environment() | {
                "AVILA_PORT": str(port),
                "AVILA_DATA_DIR": str(folder / "data"),
                "AVILA_MODEL_REPOSITORY": str(folder / "models"),
                "AVILA_TRITON_GRPC_PORT": server.grpc_url.rpartition(":")[2],
                "AVILA_REQUESTS_PER_MINUTE": "1000000",
            }
            os.environ[KEYS] = ",".join(_key(environment, f"user-{number}") for number in range(USERS))
            address = f"http://127.0.0.1:{port}"
            command = [sys.executable, "-m", "avila", "serve"]
            gateway = Piece("gateway", command, folder, lambda: is_ok(f"{address}/health"), environment)
            try:
                gateway.start()
                yield address
            finally:
                gateway.end()


async def _measured(url: str) -> None:
    """The engine knows its costs, as after its first quiet time; else it would learn them between two traces."""
    async with GenerationClient(url) as client:
        await client.measure(MODEL)


def _key(environment: dict[str, str], name: str) -> str:
    words = [sys.executable, "-m", "avila", "keys", "create", "--name", name]
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.split()[-1]


def closed_loop(address: str, callers: int, steps: int, seconds: float, progress: Progress) -> ClosedLoop:
    """The median latency of so many callers."""
    phases = (Phase("closed", seconds + SETTLE_S, callers=callers),)
    records = _run(_scenario(address, f"closed-{callers}", phases, (steps,), SETTLE_S), progress)
    latencies = sorted(record.latency for record in _done(records) if record.due >= SETTLE_S)
    return ClosedLoop(callers, steps, latencies[len(latencies) // 2])


def volley(address: str, count: int, steps: int, progress: Progress) -> Volley:
    """The median latency of so many requests at once, of all eight users."""
    phases = (Phase("burst", 2.0, count=count),)
    latencies = sorted(r.latency for r in _done(_run(_scenario(address, "volley", phases, (steps,), 0.0), progress)))
    return Volley(count, USERS, steps, latencies[len(latencies) // 2])


def replay(address: str, trace: Trace, progress: Progress) -> list[Record]:
    """The trace against the real system."""
    with tempfile.NamedTemporaryFile("w", suffix=".csv", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("at", "user", "steps"))
        writer.writerows((f"{job.at:.4f}", job.owner, job.steps) for job in trace.jobs)
        file.flush()
        phases = (Phase("trace", path=file.name),)
        return _run(_scenario(address, trace.name, phases, (8,), 0.0), progress)


def _scenario(address: str, name: str, phases: tuple[Phase, ...], steps: tuple[int, ...], warm_up_s: float) -> Scenario:
    target = Target("http", address, MODEL)
    return Scenario(name, target, Ask(steps=steps, stream=False), phases, users=USERS, warm_up_s=warm_up_s)


def _run(scenario: Scenario, progress: Progress) -> list[Record]:
    async def run() -> list[Record]:
        sender = HttpSender(scenario)
        try:
            return await LoadRun(scenario, sender, progress).run()
        finally:
            await sender.aclose()

    records = asyncio.run(run())
    time.sleep(SETTLE_S)
    return records


def _done(records: Sequence[Record]) -> list[Record]:
    return [record for record in records if record.outcome is Outcome.DONE]
