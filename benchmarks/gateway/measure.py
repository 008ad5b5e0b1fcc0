"""The measurements. Each takes a running server and returns what goes into the table."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx

from benchmarks.gateway.process import Running
from benchmarks.statistics import Latencies

STEPS = 20
LISTENERS = 500
MODEL = "device"


def body(seed: int, steps: int = STEPS) -> dict[str, Any]:
    """A job of one 512 x 512 picture."""
    size = {"width": 512, "height": 512}
    return {"input": {"prompt": "a lighthouse", "seed": seed, "num_inference_steps": steps, **size}}


async def accepting(server: Running, clients: int, jobs: int) -> dict[str, Any]:
    """How many jobs a second are accepted, with nobody working on them."""
    latencies: list[float] = []
    numbers = iter(range(clients * 1_000_000, clients * 1_000_000 + jobs))
    limits = httpx.Limits(max_connections=clients)
    async with httpx.AsyncClient(base_url=server.address, headers=server.headers, limits=limits, timeout=60) as client:

        async def post() -> None:
            for number in numbers:
                started = time.perf_counter()
                answer = await client.post("/v1/jobs", json=body(number))
                latencies.append(time.perf_counter() - started)
                assert answer.status_code == 201, answer.text

        cpu, started = server.cpu_s(), time.perf_counter()
        await asyncio.gather(*(post() for _ in range(clients)))
        lasted = time.perf_counter() - started
    found = Latencies.of(latencies).as_dict()
    cpu_ms = (server.cpu_s() - cpu) / jobs * 1e3
    rate = round(jobs / lasted, 1)
    return {"clients": clients, "jobs": jobs, "jobs_per_s": rate, "server_cpu_ms": round(cpu_ms, 2), **found}


async def through(server: Running, clients: int, jobs: int) -> dict[str, Any]:
    """Jobs of one step a second from the order to the stored picture, and how soon each was claimed."""
    claims: list[float] = []
    numbers = iter(range(clients * 10_000_000, clients * 10_000_000 + jobs))
    async with httpx.AsyncClient(base_url=server.address, headers=server.headers, timeout=60) as client:

        async def post() -> None:
            for number in numbers:
                answer = await client.post("/v1/jobs", json=body(number, 1), headers={"prefer": "wait=60"})
                job = answer.json()
                assert job["status"] == "succeeded", job
                claims.append(job["metrics"]["queue_time"])

        started = time.perf_counter()
        await asyncio.gather(*(post() for _ in range(clients)))
        lasted = time.perf_counter() - started
    return {
        "clients": clients,
        "jobs": jobs,
        "jobs_per_s": round(jobs / lasted, 1),
        "claim": Latencies.of(claims).as_dict(),
    }


async def overhead(server: Running, images: int, first: int) -> dict[str, Any]:
    """What a picture takes beyond its device's own time, for a lone caller who waits; and until its job is claimed."""
    beyond: list[float] = []
    claims: list[float] = []
    device: list[float] = []
    async with httpx.AsyncClient(base_url=server.address, headers=server.headers, timeout=60) as client:
        cpu = server.cpu_s()
        for number in range(first, first + images):
            started = time.perf_counter()
            answer = await client.post("/v1/jobs", json=body(number), headers={"prefer": "wait=60"})
            total = time.perf_counter() - started
            job = answer.json()
            assert job["status"] == "succeeded", job
            events = (await client.get(f"/v1/jobs/{job['id']}/events")).text
            own = float(events.partition('"running_s":')[2].partition("}")[0].partition(",")[0])
            device.append(own)
            beyond.append(total - own)
            claims.append(job["metrics"]["queue_time"])
        cpu_ms = (server.cpu_s() - cpu) / images * 1e3
    own_ms = sum(device) / len(device) * 1e3
    found = Latencies.of(beyond)
    return {
        "images": images,
        "device_ms": round(own_ms, 1),
        "server_cpu_ms": round(cpu_ms, 1),
        "percent_of_image": round(found.p50 * 1e5 / own_ms, 2),
        "overhead": found.as_dict(),
        "claim": Latencies.of(claims).as_dict(),
    }


async def listening(server: Running, listeners: int, steps: int) -> dict[str, Any]:
    """Events delivered to many who follow one job, and the memory that each costs."""
    async with httpx.AsyncClient(base_url=server.address, headers=server.headers, timeout=60) as client:
        before = server.process.memory_info().rss
        job = (await client.post("/v1/jobs", json=body(1, steps))).json()["id"]
        counts: list[int] = []
        delays: list[float] = []
        tasks = [asyncio.ensure_future(_follow(server, job, counts, delays)) for _ in range(listeners)]
        await asyncio.sleep(3.0)
        per_listener = (server.process.memory_info().rss - before) / listeners / 1024
        cpu, started = server.cpu_s(), time.perf_counter()
        await asyncio.gather(*tasks)
        lasted = time.perf_counter() - started
    events = sum(counts)
    return {
        "listeners": listeners,
        "events_delivered": events,
        "events_per_s": round(events / (lasted + 3.0), 0),
        "complete": sum(count == max(counts) for count in counts),
        "kib_per_listener": round(per_listener, 1),
        "server_cpu_us_per_event": round((server.cpu_s() - cpu) / events * 1e6, 1),
        "last_event_spread_ms": round((max(delays) - min(delays)) * 1e3, 1),
    }


async def _follow(server: Running, job: str, counts: list[int], ended: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    request = f"GET /v1/jobs/{job}/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {server.key}\r\n\r\n"
    writer.write(request.encode())
    count = 0
    while line := await reader.readline():
        if line.startswith(b"event: "):
            count += 1
            if line.strip() in (b"event: succeeded", b"event: failed"):
                break
    counts.append(count)
    ended.append(time.perf_counter())
    writer.close()
