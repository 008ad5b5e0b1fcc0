"""`python -m benchmarks.gateway.marks`: what the marks of a picture cost, in one thread, and reading them again."""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from benchmarks.machine import ROOT, describe, heading
from gateway.kit.memory import keep_freed
from gateway.provenance.certificate import make_certificate
from gateway.provenance.marking import Marker
from gateway.provenance.seal import Seal
from gateway.provenance.service import ProvenanceService
from gateway.provenance.watermark import embed
from gateway.provenance.xmp import SourceType
from gateway.storage.encoding import Encoding, encode

SHEET, DRAWING = ROOT / "docs" / "images" / "sheet.png", (0, 0, 100, 100)
"""One drawing of the sheet: all of them in a small square are too hard-edged for a mark to be read."""

SIZES = (128, 512, 1024)
RUNS = 20
MARK = 7
WITHOUT_RECIPE = Encoding(has_recipe=False)
COLUMNS = ("watermark", "file as PNG", "signature", "all of it", "reading all layers")


def measured(size: int, runs: int) -> dict[str, tuple[float, float]]:
    """Of a square picture, by column: the medians of wall and processor time in milliseconds."""
    with Image.open(SHEET) as sheet:
        pixels = np.asarray(sheet.convert("RGB").crop(DRAWING).resize((size, size)), np.uint8)
    certificate = make_certificate(datetime.now(UTC))
    seal = Seal(certificate)
    marker = Marker(MARK, True, seal)
    service = ProvenanceService(marker, MARK, certificate.issuer)
    buffer = io.BytesIO(encode(pixels, Encoding()))
    plain, marked = buffer.getvalue(), marker.finish(pixels, WITHOUT_RECIPE, {})
    found = asyncio.run(service.verify(marked))
    assert found.verdict == "made_here", found
    work: dict[str, Callable[[], object]] = {
        "watermark": lambda: embed(pixels, MARK),
        "file as PNG": lambda: encode(pixels, Encoding()),
        "signature": lambda: seal.sign(plain, "image/png", SourceType.GENERATED),
        "all of it": lambda: marker.finish(pixels, WITHOUT_RECIPE, {}),
        "reading all layers": lambda: asyncio.run(service.verify(marked)),
    }
    return {name: _median(one, runs) for name, one in work.items()}


def _median(work: Callable[[], object], runs: int) -> tuple[float, float]:
    walls, cpus = [], []
    for _ in range(runs + 1):  # the first warms up
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append((time.perf_counter() - wall) * 1e3)
        cpus.append((time.process_time() - cpu) * 1e3)
    return round(statistics.median(walls[1:]), 1), round(statistics.median(cpus[1:]), 1)


def main(arguments: list[str] | None = None) -> int:
    """Measure and write; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gateway.marks", description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS, help="of each, beside one that warms up")
    parser.add_argument("--output", type=Path, default=ROOT / "benchmarks" / "results", help="folder of the results")
    options = parser.parse_args(arguments)
    keep_freed()  # as the service does, and
    cv2.setNumThreads(1)
    facts = describe()
    rows = {size: measured(size, options.runs) for size in SIZES}
    lines = [
        "# What the marks of a picture cost",
        "",
        f"{heading(facts)} Medians of {options.runs} runs, wall / processor milliseconds.",
        "",
        f"| size | {' | '.join(COLUMNS)} |",
        "|---" * (len(COLUMNS) + 1) + "|",
        *(
            f"| {size}² | " + " | ".join(f"{row[c][0]} / {row[c][1]}" for c in COLUMNS) + " |"
            for size, row in rows.items()
        ),
        "",
    ]
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "marks.json").write_text(json.dumps({**facts, "ms": rows}, indent=2) + "\n", encoding="utf-8")
    (options.output / "marks.md").write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
