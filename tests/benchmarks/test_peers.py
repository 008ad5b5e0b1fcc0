"""The comparison with peers, over a peer that is a real process but draws at once."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.peers import process
from benchmarks.peers.measure import OURS, Work, compare, psnr_db
from benchmarks.peers.process import Peer, PeerError, PeerProcess
from benchmarks.peers.report import write_report
from benchmarks.progress import Progress

PROGRAM = """
import sys, numpy as np
sys.path.insert(0, {programs!r})
from protocol import serve
def draw(request):
    print("a library says something")
    return np.full((request["height"], request["width"], 3), request["seed"] % 256, np.uint8)
serve({{"version": "1"}}, draw)
"""
WORK = Work(8, 4, 2, 3.0, rounds=2, callers=(3,), requests_per_caller=2)


@pytest.fixture
def peer(tmp_path: Path) -> Peer:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM.format(programs=str(process.PROGRAMS)))
    return Peer("plain", str(program), [])


async def test_both_systems_get_the_same_requests_and_every_answer_is_counted(peer: Peer, tmp_path: Path) -> None:
    running = await PeerProcess.start(peer, tmp_path / "log.txt")
    asked: list[int] = []

    async def ours(request):
        asked.append(request["seed"])
        await asyncio.sleep(0.001)
        return np.full((4, 8, 3), request["seed"] % 256, np.uint8)

    try:
        result = await compare("plain", dict(running.about), {OURS: ours, "plain": running.draw}, WORK, Progress())
    finally:
        await running.stop()
    assert result.about == {"version": "1"}
    assert {name: len(times) for name, times in result.alone.items()} == {OURS: 2, "plain": 2}
    assert result.psnr_db == float("inf")
    assert {name: len(times) for name, (times, _) in result.loops[3].items()} == {OURS: 6, "plain": 6}
    assert len(asked) == len(set(asked)) == 3 + 6  # never the same request twice
    facts = {"machine": {"cpu": "c", "cores": 1, "load_average_before": [0.0]}, "date": "", "commit": "", "command": ""}
    written = write_report("toy", WORK, [result], {"other": "is missing"}, facts, tmp_path / "out")
    data = json.loads(written[0].read_text())
    assert data["peers"][0]["alone_peer_over_ours"]["value"] > 0
    assert data["not_measured"] == {"other": "is missing"}
    assert "Not measured: other (is missing)." in written[1].read_text()


async def test_a_program_that_dies_is_told_with_its_last_words(tmp_path: Path) -> None:
    program = tmp_path / "dies.py"
    program.write_text("raise SystemExit('no such library')")
    with pytest.raises(PeerError, match="no such library"):
        await PeerProcess.start(Peer("dies", str(program), []), tmp_path / "log.txt")
    with pytest.raises(PeerError, match="is missing"):
        await PeerProcess.start(Peer("none", str(program), [], "/nowhere/python"), tmp_path / "log.txt")


def test_psnr_of_known_pictures() -> None:
    black, white = np.zeros((2, 2, 3), np.uint8), np.full((2, 2, 3), 255, np.uint8)
    assert psnr_db(black, black) == float("inf")
    assert psnr_db(black, white) == 0.0
