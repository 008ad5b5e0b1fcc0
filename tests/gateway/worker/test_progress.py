from __future__ import annotations

import asyncio

from gateway.worker.progress import Pace


async def test_the_first_comes_at_once_and_then_the_latest_of_each_interval():
    told = []
    pace = Pace(told.append, 0.05)
    for step in range(10):
        pace.offer({"step": step})
    assert told == [{"step": 0}]
    await asyncio.sleep(0.08)
    assert told == [{"step": 0}, {"step": 9}]
    await asyncio.sleep(0.1)
    pace.offer({"step": 10})
    assert told[-1] == {"step": 10}


async def test_what_was_dropped_does_not_come_later():
    told = []
    pace = Pace(told.append, 0.02)
    pace.offer({"step": 1})
    pace.offer({"step": 2})
    pace.drop()
    await asyncio.sleep(0.05)
    assert told == [{"step": 1}]


async def test_the_last_one_comes_at_once_however_fast_the_steps():
    told = []
    pace = Pace(told.append, 0.05)
    pace.offer({"step": 1})
    pace.offer({"step": 2})
    pace.offer({"step": 3}, is_last=True)
    assert told == [{"step": 1}, {"step": 3}]
    await asyncio.sleep(0.08)
    assert told == [{"step": 1}, {"step": 3}]
