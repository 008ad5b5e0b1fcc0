"""100,000 pictures of one owner: how long a search takes on each database, and the plan of every statement."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select, text

from benchmarks.statistics import Latencies
from gateway.history.repository import HistoryRepository
from gateway.history.search import parse
from gateway.history.service import HistoryService
from gateway.kit.clock import SystemClock
from gateway.storage.database import Database
from gateway.storage.images import DiskImageStore
from gateway.storage.tables import ImageRow, ImageTagRow, JobRow

PICTURES, BATCH, OF_A_JOB, OWNER = 100_000, 2000, 4, "usr_bench"
NOUNS = ["apple", "lighthouse", "fox", "river", "mountain", "robot", "castle", "garden", "whale", "violin", "desert"]
WORDS = ["red", "blue", "old", "tiny", "golden", "misty", "quiet", "broken", "bright", "wooden", "paper", "frozen"]
QUERIES = (
    "",
    '"red apple"',
    "lighthouse misty",
    "steps:>20 model:avila-demo",
    'model:avila-demo steps:>20 "red apple" from:2026-01-01',
    "is:favourite rating:>=4",
    "lora:ink apple",
    "tag:best",
    "seed:77777",
    "is:trashed",
    "nothingmatchesthis",
    "near",
)
ROUNDS = 40


@dataclass(frozen=True, slots=True)
class Gallery:
    """Whose the pictures are, and what is seen of them.

    Attributes:
        blobs: files of the image store, which the pictures show in turn; without any, none has a file.
        first: how many pictures the installation has before.
    """

    owner: str = OWNER
    blobs: Sequence[str] = ()
    first: int = 0


NOBODYS = Gallery()


async def search(url: str, pictures: int = PICTURES) -> list[dict[str, Any]]:
    """p50, p95 and the plan of every query, on a database that this fills."""
    database = Database(url)
    await database.open()
    try:
        await fill(database, pictures)
        with tempfile.TemporaryDirectory() as folder:
            history = HistoryService(database, DiskImageStore(Path(folder), SystemClock()), SystemClock(), 30)
            return [await _measured(database, history, query) for query in QUERIES]
    finally:
        await database.aclose()


async def _measured(database: Database, history: HistoryService, query: str) -> dict[str, Any]:
    seconds, found = [], 0
    for _ in range(ROUNDS):
        started = time.perf_counter()
        found = len((await history.search(OWNER, query, None, 50)).images)
        seconds.append(time.perf_counter() - started)
    async with database.reading() as session:
        statement = HistoryRepository(session).statement(OWNER, parse(query), None, 50)
        compiled = statement.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
        explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
        rows = (await session.connection()).exec_driver_sql(f"{explain}{compiled}")
        plan = [str(row[-1]) for row in (await rows).all()]
    seconds.sort()
    p95 = seconds[int(len(seconds) * 0.95) - 1]
    facts = {"query": query, "found": found, "p95_ms": round(p95 * 1e3, 1)}
    return {**facts, **Latencies.of(seconds).as_dict(), "plan": plan}


async def fill_installation(url: str, pictures: int, owner: str) -> None:
    """More pictures of an owner who has some, in a database that is in use; the new ones show the old ones' files."""
    database = Database(url)
    await database.open()
    try:
        async with database.reading() as session:
            blobs = (await session.scalars(select(ImageRow.blob).where(ImageRow.owner == owner))).all()
            newest = await session.scalar(select(func.max(ImageRow.number))) or 0
        await fill(database, pictures, Gallery(owner, blobs, newest))
    finally:
        await database.aclose()


async def fill(database: Database, pictures: int, gallery: Gallery = NOBODYS) -> None:
    """Insert pictures and their jobs."""
    chance, begin = random.Random(1), datetime(2026, 1, 1, tzinfo=UTC)
    for first in range(0, pictures, BATCH):
        rows = [_picture(number, chance, begin, gallery) for number in range(first, min(first + BATCH, pictures))]
        async with database.transaction() as session:
            await session.execute(insert(JobRow), [_job(row) for row in rows if row["index"] == 0])
            await session.execute(insert(ImageRow), rows)
            tags = [{"image_id": row["id"], "tag": "best"} for row in rows if row["rating"] == 5]
            if tags:  # without any it would be a row of nothing
                await session.execute(insert(ImageTagRow), tags)
            if database.is_sqlite:
                words = [{"n": row["number"], "o": row["owner"], "w": row["prompt"]} for row in rows]
                await session.execute(text("INSERT INTO image_words (rowid, owner, words) VALUES (:n, :o, :w)"), words)
    async with database.transaction() as session:
        await session.execute(text("ANALYZE"))


def _job(row: dict[str, Any]) -> dict[str, Any]:
    """The job of a picture that is the first of its job."""
    at = row["created_at"]
    made_of = {"prompt": row["prompt"], "negative_prompt": "", "width": 512, "height": 512, "num_images": OF_A_JOB}
    made_of |= {"num_inference_steps": row["steps"], "guidance_scale": 7.0, "sampler": "euler", "schedule": "karras"}
    zero = dict.fromkeys(("priority", "turn", "attempts", "fence"), 0)
    common: dict[str, Any] = {
        "id": row["job_id"],
        "owner": row["owner"],
        "surface": "jobs",
        "model": "m",
        "fingerprint": "f",
    }
    common["input"] = made_of
    times = {"run_at": at, "created_at": at, "work": 1.0, "quota_day": "2026-01-01", "recipe": "r", "max_attempts": 1}
    ended = {"status": "succeeded", "cancel_requested": False, "is_kept": True, "progress": 1.0}
    return {**zero, **common, **times, **ended}


def _picture(number: int, chance: random.Random, begin: datetime, gallery: Gallery) -> dict[str, Any]:
    prompt = "<lora:ink:0.8> " * (chance.random() < 0.02)
    prompt += f"a {chance.choice(WORDS)} {chance.choice(NOUNS)} near a {chance.choice(WORDS)} {chance.choice(NOUNS)}"
    return {
        "id": f"img_{gallery.first + number:08d}",
        "number": gallery.first + number + 1,
        "job_id": f"job_{gallery.first + number // OF_A_JOB:08d}",
        "index": number % OF_A_JOB,
        "owner": gallery.owner,
        "blob": gallery.blobs[number % len(gallery.blobs)] if gallery.blobs else f"{number:064x}",
        "media_type": "image/png",
        "width": 512,
        "height": 512,
        "size_bytes": 300_000,
        "seed": number,
        "model": chance.choice(("avila-demo", "other")),
        "fingerprint": "f",
        "prompt": prompt,
        "negative_prompt": "",
        "steps": chance.choice((4, 20, 25, 50)),
        "guidance": 7.0,
        "sampler": "euler",
        "schedule": "karras",
        "created_at": begin + timedelta(minutes=number),
        "is_favourite": chance.random() < 0.05,
        "rating": chance.choice((0, 0, 0, 4, 5)),
        "trashed_at": begin if chance.random() < 0.01 else None,
    }
