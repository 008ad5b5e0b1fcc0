"""`python -m benchmarks.gateway` (or `make bench-gateway`): measures the gateway on both databases."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.gateway.measure import LISTENERS, STEPS, accepting, listening, overhead, through
from benchmarks.gateway.process import DATABASES, database, serving
from benchmarks.gateway.search import PICTURES, search
from benchmarks.machine import ROOT, describe

RESULTS = ROOT / "benchmarks" / "results"
STEP_S = 0.05
CLIENTS = (1, 10, 100)
PARTS = ["jobs", "events", "search"]
AIMS = "at most 3 % of the picture's own time and 20 ms over the lone caller's median; a search's p95 under 200 ms"


def measured(kind: str, is_quick: bool, parts: list[str]) -> dict[str, Any]:
    """Everything on one kind of database."""
    found: dict[str, Any] = {}
    jobs, images, listeners = (60, 4, 50) if is_quick else (200, 10, LISTENERS)
    if "jobs" in parts:
        with database(kind) as settings, serving(0.0, {**settings, "AVILA_WORKER": "none"}) as server:
            found["accepting"] = [asyncio.run(accepting(server, clients, jobs)) for clients in CLIENTS]
        with database(kind) as settings, serving(0.0, settings) as server:
            found["through"] = [asyncio.run(through(server, clients, jobs // 4)) for clients in CLIENTS[:2]]
        with database(kind) as settings, serving(STEP_S, settings) as server:
            asyncio.run(overhead(server, 2, 0))  # what the first picture costs is the start's
            found["overhead"] = asyncio.run(overhead(server, images, 2))
    if "events" in parts:
        with database(kind) as settings, serving(STEP_S, settings) as server:
            found["listening"] = asyncio.run(listening(server, listeners, 150))
    if "search" in parts:
        with database(kind) as settings, tempfile.TemporaryDirectory() as folder:
            url = settings.get("AVILA_DATABASE_URL", f"sqlite+aiosqlite:///{folder}/avila.sqlite")
            found["search"] = asyncio.run(search(url, 4000 if is_quick else PICTURES))
    return found


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gateway", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a short run, to see that it works; not for the record")
    parser.add_argument("--parts", nargs="+", default=PARTS, choices=PARTS)
    parser.add_argument("--output", type=Path, help="folder of the results")
    options = parser.parse_args(arguments)
    output: Path = options.output or (ROOT / "build" / "benchmarks" if options.quick else RESULTS)
    path, facts = output / "gateway.json", describe()
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {"databases": {}}
    data |= {"aims": AIMS, "step_ms": STEP_S * 1e3, "steps": STEPS, **facts}
    for kind in DATABASES:
        data["databases"].setdefault(kind, {}).update(measured(kind, options.quick, options.parts))
    data["machine"]["load_average_after"] = [round(value, 2) for value in os.getloadavg()]
    runs = {part: {"date": facts["date"], **data["machine"]} for part in options.parts}
    data["runs"] = data.get("runs", {}) | runs  # parts may be measured one after the other
    output.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    (output / "gateway.md").write_text(report(data), encoding="utf-8")
    print(report(data))
    return 0


def report(data: dict[str, Any]) -> str:
    """The results as tables."""
    machine = data["machine"]
    lines = [
        "# The gateway, measured",
        "",
        f"{data['date']}, commit {data['commit']}, `{data['command']}`. {machine['cpu']}, {machine['cores']} cores. "
        + " ".join(_load(part, run) for part, run in data["runs"].items()),
        "",
        f"A real server process over a device that takes {data['step_ms']:g} ms for a step; pictures of 512 x 512, "
        f"{data['steps']} steps. The clients run on the same machine. Aims: {data['aims']}.",
    ]
    for kind, found in data["databases"].items():
        lines += ["", f"## {kind}", ""]
        for part, rows in found.items():
            lines += [f"### {part}", ""]
            for row in rows if isinstance(rows, list) else [rows]:
                plan = row.pop("plan", [])
                lines.append("- " + ", ".join(f"{name} {_shown(value)}" for name, value in row.items()))
                lines += [f"  - `{step}`" for step in plan]
                if plan:
                    row["plan"] = plan
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _load(part: str, run: dict[str, Any]) -> str:
    before, after = (run[f"load_average_{when}"][0] for when in ("before", "after"))
    return f"Load average of the last minute before and after {part}: {before} and {after}."


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "(" + ", ".join(f"{name} {one}" for name, one in value.items()) + ")"
    return f"`{value}`" if isinstance(value, str) else str(value)


if __name__ == "__main__":
    sys.exit(main())
