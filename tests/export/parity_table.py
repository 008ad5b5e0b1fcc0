"""The table in `docs/parity.md`: written by the suite, read by its quick subset."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "parity.md"
MIN_PSNR = 50.0
EXACT = 99.0
RULE = "|---|---|---|"
_ROW = re.compile(r"^\| ([^|]+?) \| ([^|]+?) \| ([0-9.]+|equal) \|$")


def write(found: Mapping[tuple[str, str], float], page: Path = PAGE) -> None:
    """Write the table anew from (pipeline, feature) → dB; what is around it stays."""
    rows = [f"| {pipeline} | {feature} | {shown(value)} |" for (pipeline, feature), value in found.items()]
    lines = page.read_text(encoding="utf-8").splitlines()
    first = lines.index(RULE) + 1
    rest = lines[first:]
    while rest and rest[0].startswith("|"):
        rest.pop(0)
    page.write_text("\n".join([*lines[:first], *rows, *rest]) + "\n", encoding="utf-8")


def shown(value: float) -> str:
    return "equal" if value >= EXACT else f"{value:.1f}"


def claims(page: Path = PAGE) -> dict[tuple[str, str], float]:
    """What the committed page says."""
    rows = (_ROW.match(line) for line in page.read_text(encoding="utf-8").splitlines())
    return {(row[1], row[2]): EXACT if row[3] == "equal" else float(row[3]) for row in rows if row}
