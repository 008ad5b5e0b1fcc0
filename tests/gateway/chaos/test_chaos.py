"""Accidents at random while jobs run; at the end the books must be right: nothing lost, nothing twice, nothing half."""

from __future__ import annotations

import asyncio
import contextlib
import random
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from gateway.storage.images import blob_name
from gateway.storage.tables import ImageRow, JobEventRow, JobRow
from tests.gateway.chaos.world import World, running_world
from tests.gateway.databases import crashing_postgres

JOBS = 24
ACCIDENTS = 7


@pytest.fixture(params=["sqlite", "postgres"])
async def world(request: pytest.FixtureRequest, tmp_path: Path):
    with contextlib.ExitStack() as stack:
        url, restart = f"sqlite+aiosqlite:///{tmp_path}/data/avila.sqlite", None
        if request.param == "postgres":
            url, restart = stack.enter_context(crashing_postgres())
        async with running_world(tmp_path, url, restart) as world:
            yield world


async def submit(world: World, client: httpx.AsyncClient, number: int) -> str:
    """A job, accepted exactly once however often it has to be sent."""
    body = {
        "model": "toy",
        "input": {
            "prompt": f"apple {number}",
            "seed": number * 10,
            "num_inference_steps": 25,
            "num_images": 1 + number % 2,
            "width": 256,
            "height": 256,
        },
    }
    while True:
        with contextlib.suppress(httpx.HTTPError):
            answer = await client.post("/v1/jobs", json=body, headers={"idempotency-key": f"job-{number}"})
            if answer.status_code in (200, 201):
                return answer.json()["id"]
            assert answer.status_code == 503, answer.text + world.log()
        await asyncio.sleep(0.2)


async def accidents(world: World, seed: int) -> None:
    chance = random.Random(seed)
    planned = world.accidents + chance.choices(world.accidents, k=max(0, ACCIDENTS - len(world.accidents)))
    chance.shuffle(planned)
    for accident in planned:
        await asyncio.sleep(chance.uniform(0.3, 1.5))
        await accident()


async def until_all_ended(client: httpx.AsyncClient, ids: list[str]) -> None:
    async with asyncio.timeout(150):
        while True:
            with contextlib.suppress(httpx.HTTPError):
                answer = await client.get("/v1/jobs", params={"limit": 100})
                if answer.status_code == 200:
                    jobs = {job["id"]: job for job in answer.json()["results"]}
                    if all(jobs[i]["status"] in ("succeeded", "failed", "canceled") for i in ids):
                        return
            await asyncio.sleep(0.3)


@pytest.mark.timeout(400)
async def test_after_every_accident_the_books_are_right(world: World, record_property):
    seed = random.randrange(2**32)
    record_property("seed", seed)
    trouble = asyncio.ensure_future(accidents(world, seed))
    ids = []
    async with world.client() as client:
        for number in range(JOBS):
            ids.append(await submit(world, client, number))
            await asyncio.sleep(0.1)
        await trouble
        try:
            await until_all_ended(client, ids)
        except TimeoutError:
            raise AssertionError(world.log()) from None
        await check_books(world, ids)
        await check_pictures(client, ids)


async def check_books(world: World, ids: list[str]) -> None:
    database = world.database()
    async with database.reading() as session:
        jobs = (await session.scalars(select(JobRow).order_by(JobRow.id))).all()
        images = (await session.scalars(select(ImageRow))).all()
        events = (await session.scalars(select(JobEventRow).order_by(JobEventRow.job_id, JobEventRow.id))).all()
    await database.aclose()
    assert sorted(job.id for job in jobs) == sorted(ids), "accepted jobs and stored ones differ"
    assert len(set(ids)) == JOBS, "an idempotency key made two jobs"
    assert {job.status for job in jobs} == {"succeeded"}, [job.error for job in jobs if job.error]
    assert all(job.lease_owner is None and job.finished_at is not None for job in jobs)
    for job in jobs:
        mine = sorted(image.index for image in images if image.job_id == job.id)
        assert mine == list(range(job.input["num_images"])), f"{job.id} has the images {mine}"
        told = [event.type for event in events if event.job_id == job.id]
        assert told.count("image") == len(mine), f"{job.id}: a picture was delivered twice or never: {told}"
        assert told.count("succeeded") == 1
        assert told[0] == "queued"
        assert told[-1] == "succeeded"
    folder = world.folder / "data" / "images"
    for image in images:
        data = (folder / image.blob[:2] / image.blob[2:4] / image.blob).read_bytes()
        assert blob_name(data) == image.blob, "a half-written picture"
        assert len(data) == image.size_bytes


async def check_pictures(client: httpx.AsyncClient, ids: list[str]) -> None:
    """What is served is whole, and a picture does not depend on the accidents of its job."""
    for job_id in ids[:4]:
        job = (await client.get(f"/v1/jobs/{job_id}")).json()
        picture = (await client.get(job["output"][0])).content
        again = await client.post(f"/v1/jobs/{job_id}/retry", headers={"prefer": "wait"})
        assert again.status_code == 201
        async with asyncio.timeout(60):
            while (done := (await client.get(again.json()["urls"]["get"])).json())["status"] != "succeeded":
                await asyncio.sleep(0.2)
        assert (await client.get(done["output"][0])).content == picture
