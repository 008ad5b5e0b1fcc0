"""What a call of a network costs: `fixed + row * rows` seconds, for each shape that was measured.

Measured by `diffusion.measuring`, or read from the `profile.json` beside the pipeline's description.
"""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

FORMAT = 1
FILE = "profile.json"
WORTH = 0.95
"""Share of the best throughput for which rows are packed; more rows than that only make each step longer."""
LEAST_ROWS = 2
"""An image with guidance: fewer rows would not even pack those that belong together."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CallCost:
    """Seconds of one call at one shape.

    Attributes:
        area: latents of one row, height times width; 0 for a text encoder.
        fixed_s, row_s: a call of `rows` rows takes `fixed_s + row_s * rows`.
        error: how far the measured calls lie from that line, at most, as a share of each.
    """

    area: int
    fixed_s: float
    row_s: float
    error: float = 0.0

    def seconds(self, rows: float) -> float:
        """Of one call."""
        return self.fixed_s + self.row_s * rows

    def worthwhile_rows(self, most: int) -> int:
        """The least rows with `WORTH` of the throughput of `most` rows: r/(f + c r) >= WORTH m/(f + c m)."""
        if self.fixed_s <= 0.0:
            return min(LEAST_ROWS, most)
        goal = WORTH * most / self.seconds(most)
        least = goal * self.fixed_s / max(1e-12, 1.0 - goal * self.row_s)
        return min(most, max(LEAST_ROWS, int(least - 1e-9) + 1))


def fitted(area: int, seconds: Mapping[int, float]) -> CallCost:
    """The line through calls by their rows, least squares of the relative distances, neither part below 0."""
    rows = [float(count) for count in seconds]
    times = [seconds[count] for count in seconds]
    weights = [1.0 / time**2 for time in times]
    total = sum(weights)
    mean_rows = sum(w * r for w, r in zip(weights, rows, strict=True)) / total
    mean_time = sum(w * t for w, t in zip(weights, times, strict=True)) / total
    spread = sum(w * (r - mean_rows) ** 2 for w, r in zip(weights, rows, strict=True))
    along = sum(w * (r - mean_rows) * (t - mean_time) for w, r, t in zip(weights, rows, times, strict=True))
    row_s = max(0.0, along / spread) if spread else mean_time / mean_rows
    fixed_s = mean_time - row_s * mean_rows
    if fixed_s < 0.0:
        fixed_s = 0.0
        row_s = sum(w * r * t for w, r, t in zip(weights, rows, times, strict=True)) / sum(
            w * r * r for w, r in zip(weights, rows, strict=True)
        )
    error = max(abs(fixed_s + row_s * r - t) / t for r, t in zip(rows, times, strict=True))
    return CallCost(area, fixed_s, row_s, round(error, 4))


@dataclass(frozen=True, slots=True)
class Profile:
    """The costs of a pipeline's networks.

    Attributes:
        fingerprint: of the pipeline that was measured.
        costs: by network, at least one, by growing area.
        measured_on: the machine, in words.
    """

    fingerprint: str
    costs: Mapping[str, tuple[CallCost, ...]]
    measured_on: str = ""

    def cost(self, network: str, area: int) -> CallCost | None:
        """Of a shape: between two measured ones in proportion, outside them a row's part goes with the area.

        None for a network that was not measured.
        """
        known = self.costs.get(network, ())
        if not known:
            return None
        below = [cost for cost in known if cost.area <= area]
        above = [cost for cost in known if cost.area >= area]
        if not below or not above:
            nearest = known[0] if not below else known[-1]
            ratio = area / nearest.area if nearest.area else 1.0
            return dataclasses.replace(nearest, area=area, row_s=nearest.row_s * ratio)
        low, high = below[-1], above[0]
        if high.area == low.area:
            return low
        share = (area - low.area) / (high.area - low.area)
        return CallCost(
            area,
            low.fixed_s + share * (high.fixed_s - low.fixed_s),
            low.row_s + share * (high.row_s - low.row_s),
            max(low.error, high.error),
        )

    def to_json(self) -> str:
        """The text of `profile.json`."""
        return json.dumps({"format": FORMAT, **dataclasses.asdict(self)}, indent=2, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Profile:
        """Read `profile.json`; raises ValueError when it is none."""
        try:
            data = json.loads(text)
            if data["format"] != FORMAT:
                raise ValueError(f"of format {data['format']}, not {FORMAT}")
            costs = {name: _read(calls) for name, calls in data["costs"].items()}
            return cls(str(data["fingerprint"]), costs, str(data.get("measured_on", "")))
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a profile: {error!r}") from error


def _read(calls: Iterable[Mapping[str, float]]) -> tuple[CallCost, ...]:
    found = []
    for call in calls:
        cost = CallCost(int(call["area"]), float(call["fixed_s"]), float(call["row_s"]), float(call.get("error", 0.0)))
        if not (cost.area >= 0 and 0.0 <= cost.fixed_s < 1e6 and 0.0 <= cost.row_s < 1e6 and cost.seconds(1) > 0.0):
            raise ValueError(f"not the cost of a call: {dict(call)}")
        found.append(cost)
    return tuple(sorted(found, key=lambda cost: cost.area))


def load_profile(path: Path, fingerprint: str) -> Profile | None:
    """The profile at `path` if there is one of this pipeline; another one's is passed over with a warning."""
    try:
        profile = Profile.from_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        logger.warning("%s cannot be read: %s", path, error)
        return None
    if profile.fingerprint != fingerprint:
        logger.warning("%s is of other weights; measure again with `avila models profile`", path)
        return None
    return profile
