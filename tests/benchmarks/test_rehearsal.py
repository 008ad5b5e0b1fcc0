"""A short rehearsal: the whole installation behind the proxy, one gateway, one engine and the database restarted."""

from __future__ import annotations

import pytest

from benchmarks.progress import Progress
from benchmarks.rehearsal.__main__ import main, rehearse
from benchmarks.rehearsal.load import Call, Tally
from benchmarks.rehearsal.world import running_world


def test_a_call_belongs_to_every_phase_that_it_was_open_in() -> None:
    calls = [Call("job", 0.0, 1.0), Call("job", 2.0, 6.0), Call("picture", 5.0), Call("picture", 9.0, 9.5)]
    assert Tally(calls).between(3.0, 7.0) == calls[1:3]


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("only", ["gateway 1", "engine 1", "PostgreSQL"])
async def test_nobody_notices_a_restart(only: str, capsys: pytest.CaptureFixture[str]) -> None:
    with running_world(print, with_triton=False) as world:
        phases, calls = await rehearse(world, 1.0, only, Progress())
    assert [phase.name for phase in phases if phase.calls]
    assert [call.failure for call in calls if call.failure] == []
    if phases[0].is_replaceable:
        assert sum(call.sent_again for call in calls) == 0, "another one takes every order while this one is away"


@pytest.mark.slow
@pytest.mark.triton
@pytest.mark.timeout(900)
def test_the_whole_rehearsal(tmp_path) -> None:  # type: ignore[no-untyped-def]
    report = tmp_path / "rehearsal.md"
    assert main(["--rate", "1", "--output", str(report)]) == 0, report.read_text()
