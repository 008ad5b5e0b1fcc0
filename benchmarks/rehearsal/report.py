"""The rehearsal's report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.rehearsal.load import Call

HEAD = """# A rolling restart of everything, under load

{about}

Clients came through the proxy, over TLS, at {rate:g} calls a second: half jobs (order, events, picture), half plain
requests that wait for their picture and have no second try.

| restarted | away, s | calls open meanwhile | failed | orders sent again | streams taken up again | slowest, s |
|---|---|---|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Phase:
    """One restart and the calls that were open during it."""

    name: str
    is_replaceable: bool
    away_s: float
    calls: Sequence[Call]

    @property
    def failed(self) -> list[Call]:
        """Calls without what they asked for."""
        return [call for call in self.calls if call.failure]

    @property
    def row(self) -> str:
        """A line of the table."""
        again = sum(call.sent_again for call in self.calls)
        resumed = sum(call.streams_resumed for call in self.calls)
        slowest = max((call.ended - call.began for call in self.calls), default=0.0)
        figures = f"{self.away_s:.1f} | {len(self.calls)} | {len(self.failed)} | {again} | {resumed} | {slowest:.1f}"
        return f"| {self.name} | {figures} |"


@dataclass(frozen=True, slots=True)
class Run:
    """One rehearsal."""

    phases: Sequence[Phase]
    calls: Sequence[Call]
    rate: float
    with_triton: bool


def write(path: Path, run: Run, facts: dict[str, Any]) -> None:
    """Write the report."""
    phases, calls, rate, with_triton = run.phases, run.calls, run.rate, run.with_triton
    machine = facts["machine"]
    about = (
        f"{facts['date']}, commit {facts['commit']}, {facts['command']}. {machine['cpu']}, {machine['cores']} cores. "
        f"Three gateways, two workers{' with a Triton each' if with_triton else ''}, the pipeline that ships, "
        "PostgreSQL, Redis, SeaweedFS and Caddy as processes."
    )
    text = HEAD.format(about=about, rate=rate) + "\n".join(phase.row for phase in phases)
    failed = [call for call in calls if call.failure]
    jobs = sum(call.kind == "job" for call in calls)
    good = len(calls) - len(failed)
    text += f"\n\nIn all {len(calls)} calls ({jobs} jobs): {good} got their picture, {len(failed)} failed.\n"
    text += "".join(f"\n- {call.kind}: {call.failure}" for call in failed)
    path.write_text(text.rstrip() + "\n", encoding="utf-8")
