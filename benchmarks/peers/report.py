"""Writes peers.json and peers.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.machine import heading
from benchmarks.peers.measure import OURS, Comparison, Work


def write_report(
    pipeline: str,
    work: Work,
    comparisons: list[Comparison],
    failed: dict[str, str],
    facts: dict[str, Any],
    folder: Path,
) -> list[Path]:
    """Write both files into `folder`; `failed` says why a peer is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [comparison.as_dict() for comparison in comparisons]
    asked = {name: getattr(work, name) for name in ("width", "height", "num_inference_steps", "guidance_scale")}
    data = {"pipeline": pipeline, "request": asked, "peers": rows, "not_measured": failed, **facts}
    json_path, markdown = folder / f"peers-{pipeline}.json", folder / f"peers-{pipeline}.md"
    json_path.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    markdown.write_text(_markdown(pipeline, asked, rows, failed, facts), encoding="utf-8")
    return [json_path, markdown]


def _markdown(
    pipeline: str, asked: dict[str, Any], rows: list[dict[str, Any]], failed: dict[str, str], facts: dict[str, Any]
) -> str:
    alone = [_alone(row) for row in rows]
    loops = [line for row in rows for line in _loops(row)]
    parts = [
        f"# {pipeline} beside its peers\n",
        f"{heading(facts)} "
        f"{asked['width']} x {asked['height']} pixels, {asked['num_inference_steps']} steps, "
        f"guidance {asked['guidance_scale']:g}. Peer and ours took turns on the same requests; ours through Triton's "
        "gRPC, in the peer's precision. A ratio above 1 means that ours was faster.\n",
        _table(["peer", "peer alone ms", "ours alone ms", "ratio [interval]", "PSNR dB against ours"], alone),
        _table(["peer", "callers", "peer images/s", "ours images/s", "peer p99 ms", "ours p99 ms"], loops),
        *[f"Not measured: {name} ({reason}).\n" for name, reason in failed.items()],
    ]
    return "\n".join(parts)


def _alone(row: dict[str, Any]) -> list[Any]:
    times, ratio, psnr = row["alone_median_ms"], row["alone_peer_over_ours"], row["psnr_db_against_ours"]
    interval = f"{ratio['value']:.2f} [{ratio['low']:.2f}, {ratio['high']:.2f}]"
    return [row["peer"], times[row["peer"]], times[OURS], interval, "equal" if psnr is None else psnr]


def _loops(row: dict[str, Any]) -> list[list[Any]]:
    lines = []
    for callers, systems in row["closed_loop"].items():
        theirs, ours = systems[row["peer"]], systems[OURS]
        rates = [theirs["images_per_s"], ours["images_per_s"]]
        lines.append([row["peer"], callers, *rates, theirs["latency"]["p99_ms"], ours["latency"]["p99_ms"]])
    return lines


def _table(head: list[str], rows: list[list[Any]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines) + "\n"
