"""What the next batches will cost: a profile, corrected by how long batches really took.

Without a profile a row is taken to cost in proportion to its latents; the first batches then tell how much that is.
"""

from __future__ import annotations

from collections.abc import Mapping

from diffusion.components import Component, denoiser_among
from diffusion.scheduling.batch_key import BatchKey
from diffusion.scheduling.profile import CallCost, Profile
from diffusion.scheduling.records import Phase

_SMOOTHING = 0.1
_MOST_AT_ONCE = 4.0
"""One batch counts as at most so many times what was expected, or as little as one part of so many."""


class CostModel:
    """Used on the engine's thread.

    Args:
        max_rows: rows that one call of a network may have, by component.
        profile: measured costs, if there are any.
    """

    def __init__(self, max_rows: Mapping[str, int], profile: Profile | None = None) -> None:
        self._max_rows = max_rows
        self._denoiser = denoiser_among(max_rows)
        self._profile: Profile | None = None
        self._ratios: dict[tuple[Phase, str], float] = {}
        self._caps: dict[int, int] = {}
        self._steps: dict[tuple[int, str, int], float] = {}
        if profile is not None:
            self.adopt(profile)

    @property
    def profile(self) -> Profile | None:
        """The measured costs, if there are any."""
        return self._profile

    def adopt(self, profile: Profile) -> None:
        """Go by this profile from now on."""
        self._profile = profile
        self._ratios, self._caps = {}, {}

    @property
    def is_known(self) -> bool:
        """Whether seconds are seconds: something was measured, or a step has run."""
        return self._profile is not None or any(phase is Phase.DENOISE for phase, _ in self._ratios)

    def uncorrected(self) -> CostModel:
        """The profile alone: what a machine can do that has nothing else to do."""
        return CostModel(self._max_rows, self._profile)

    def row_cap(self, key: BatchKey) -> int:
        """Most rows of a denoising call: the least that give 95 % of the throughput of as many as the graph allows."""
        if key.area not in self._caps:
            most = self._max_rows[self._denoiser]
            cost = None if self._profile is None else self._profile.cost(self._denoiser, key.area)
            self._caps[key.area] = most if cost is None else cost.worthwhile_rows(most)
        return self._caps[key.area]

    def step_s(self, key: BatchKey, rows: float) -> float:
        """One denoising call of so many rows."""
        cost = self._cost(self._denoiser, key.area)
        return cost.seconds(rows) * self._ratio(Phase.DENOISE, key.variant)

    def encode_s(self, text_rows: int, area: int) -> float:
        """Encoding a request: its chunks of text, and its picture of `area` latents if it has one. 0 if unknown."""
        if self._profile is None:
            return 0.0
        text = self._profile.cost(Component.TEXT_ENCODER, 0)
        picture = self._profile.cost(Component.VAE_ENCODER, area) if area else None
        return sum(cost.seconds(rows) for cost, rows in ((text, text_rows), (picture, 1)) if cost is not None)

    def decode_s(self, key: BatchKey, images: int) -> float:
        """Decoding so many images. 0 if unknown."""
        if self._profile is None and (Phase.DECODE, "") not in self._ratios:
            return 0.0
        return self._cost(Component.VAE_DECODER, key.area).seconds(images) * self._ratio(Phase.DECODE, "")

    def observe(self, phase: Phase, key: BatchKey, rows: int, seconds: float) -> None:
        """A batch took so long; `rows` of a denoising batch, images of a decoding one."""
        component = self._denoiser if phase is Phase.DENOISE else Component.VAE_DECODER
        expected = self._cost(component, key.area).seconds(rows)
        if phase is Phase.ENCODE or seconds <= 0.0 or expected <= 0.0:
            return
        which = (phase, key.variant if phase is Phase.DENOISE else "")
        ratio = seconds / expected
        known = self._ratios.get(which)
        if known is None:
            is_measured = self._profile is not None and not which[1]
            known = 1.0 if is_measured else ratio
        ratio = min(max(ratio, known / _MOST_AT_ONCE), known * _MOST_AT_ONCE)
        self._ratios[which] = known + _SMOOTHING * (ratio - known)

    def _ratio(self, phase: Phase, variant: str) -> float:
        """Of a variant that has not run yet, the plain graph's."""
        return self._ratios.get((phase, variant), self._ratios.get((phase, ""), self._any_ratio(phase)))

    def _any_ratio(self, phase: Phase) -> float:
        if self._profile is not None:
            return 1.0
        return next((ratio for (of, _), ratio in self._ratios.items() if of is phase), 1.0)

    def _cost(self, component: Component, area: int) -> CallCost:
        cost = None if self._profile is None else self._profile.cost(component, area)
        return cost or CallCost(area, 0.0, float(area))
