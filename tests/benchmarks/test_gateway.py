"""The benchmark of the gateway, run for a moment on SQLite: its figures are there, and its searches find things."""

from __future__ import annotations

import asyncio

from benchmarks.gateway.__main__ import report
from benchmarks.gateway.measure import accepting, through
from benchmarks.gateway.process import serving
from benchmarks.gateway.search import QUERIES, search


def test_jobs_are_accepted_and_made_by_a_real_process():
    with serving(0.0, {}) as server:
        made = asyncio.run(through(server, 2, 4))
        taken = asyncio.run(accepting(server, 2, 4))
    assert (made["jobs"], made["claim"]["count"], taken["count"]) == (4, 4, 4)
    assert taken["jobs_per_s"] > 0


def test_every_search_is_timed_and_its_plan_shown(tmp_path):
    found = asyncio.run(search(f"sqlite+aiosqlite:///{tmp_path}/avila.sqlite", 2000))
    assert [row["query"] for row in found] == list(QUERIES)
    assert all(row["plan"] for row in found)
    seen = {row["query"]: row["found"] for row in found}
    assert seen[""] == 50
    assert min(seen['"red apple"'], seen["tag:best"], seen["is:favourite rating:>=4"]) > 0
    machine = {"cpu": "c", "cores": 1, "load_average_before": [0], "load_average_after": [0]}
    facts = {"date": "d", "commit": "c", "command": "x", "machine": machine, "aims": "a", "step_ms": 1, "steps": 2}
    facts["runs"] = {"search": machine}
    text = report({**facts, "databases": {"sqlite": {"search": found}}})
    assert "p95_ms" in text
    assert "ix_images_owner" in text
