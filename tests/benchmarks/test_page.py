from __future__ import annotations

import json

import pytest

from benchmarks.gateway.search import Gallery, fill, fill_installation
from benchmarks.page.report import frames_summary, write_report
from gateway.history.service import HistoryService
from gateway.kit.clock import SystemClock
from gateway.storage.database import Database
from gateway.storage.images import DiskImageStore

FACTS = {"date": "d", "commit": "c", "command": "x", "machine": {"cpu": "p", "cores": 2, "load_average_before": [0]}}
STEADY = {"intervals": [16.7] * 95 + [33.3] * 5, "workPerFrame": 4.2, "longTasks": [60.0, 80.0]}
VITALS = {"fcp": 100, "lcp": 200, "cls": 0.01, "tbt": 0, "usable": 300, "scriptBytes": 190_000, "bytes": 300_000}


def test_frames_are_counted_by_time_and_not_by_number() -> None:
    found = frames_summary(STEADY)
    assert found["per_second"] == pytest.approx(1000 * 100 / (95 * 16.7 + 5 * 33.3), abs=0.1)
    assert (found["in_time"], found["p50_ms"], found["longest_ms"]) == (0.95, 16.7, 33.3)
    assert (found["long_tasks"], found["longest_task_ms"]) == (2, 80.0)


def test_the_report_tells_every_part(tmp_path) -> None:
    scores = {"performance": 0.9, "accessibility": 1, "best-practices": 1}
    metrics = {"largest-contentful-paint": 1500.0, "cumulative-layout-shift": 0.01, "total-blocking-time": 20}
    one = {"page": "Create", "form": "mobile", "scores": scores, "metrics": metrics, "short": ["a title"]}
    measured = {
        "pictures": 5,
        "load": {
            "desk": [{**VITALS, "requests": 12}, {**VITALS, "lcp": 400, "requests": 12}, {**VITALS, "requests": 12}]
        },
        "lighthouse": {"version": "12", "found": [one]},
        "installable": {"it has an icon": True, "it opens without a network": False},
        "axe": {"/ light": {"serious": [], "minor": ["region"]}},
        "mask": {"megapixels": 4.2, "figures": {"brush": STEADY}},
        "gallery": {
            "firstGrid": {"desk": 300, "phone": 400},
            "searches": {"red apple": 80},
            "deep": {"loaded": 5, "seconds": 3},
            "state": {"nodes": 900, "heap": 3e7},
            "figures": {"scrolling": STEADY},
        },
    }
    paths = write_report(FACTS, measured, tmp_path)
    assert [path.name for path in paths] == ["page.json", "page.md", "page.png"]
    text = paths[1].read_text()
    for line in (
        "| desk | 190 kB | 300 kB in 12 | 100 ms | 200 ms | 0 ms | 300 ms | 0.010 |",
        "| Create | mobile | 90 | 100 | 100 | 1.5 s | 0.010 | 20 ms | a title |",
        "| it opens without a network | NO |",
        "| / light | 0 | region |",
        "| `red apple` | 80 ms |",
    ):
        assert line in text
    assert json.loads(paths[0].read_text())["mask"]["figures"]["brush"]["in_time"] == 0.95
    assert [path.name for path in write_report(FACTS, {"pictures": 5}, tmp_path)] == ["page.json", "page.md"]


async def test_the_gallery_is_filled_beside_what_is_there(tmp_path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/avila.sqlite"
    database = Database(url)
    await database.open()
    try:
        await fill(database, 4, Gallery("usr_ann", ("a" * 64, "b" * 64)))
        history = HistoryService(database, DiskImageStore(tmp_path, SystemClock()), SystemClock(), 30)
        await fill_installation(url, 6, "usr_ann")
        found = (await history.search("usr_ann", "", None, 100)).images
        trashed = (await history.search("usr_ann", "is:trashed", None, 100)).images
        assert sorted(row.number for row in (*found, *trashed)) == list(range(1, 11))
        assert {row.blob for row in found} == {"a" * 64, "b" * 64}
        assert (await history.search("usr_bench", "", None, 100)).images == []
    finally:
        await database.aclose()
