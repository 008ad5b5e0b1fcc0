"""Deficit round robin (Shreedhar, Varghese, 1996) between batch shapes, in seconds of the networks' time.

Every round gives each contender a quantum times its weight; whose credit covers its next batch is served and pays for
it. The quantum is so small that in a round nobody earns more than one batch: a dear shape waits for a few cheap
batches, which come between each other instead of in bursts. Who leaves loses his credit: idling saves nothing up.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

H = TypeVar("H", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Wish:
    """A contender's next batch: what it costs, and its weight (more than 0)."""

    cost: float
    weight: float


class DeficitRoundRobin(Generic[H]):
    """The contenders in a ring, each with its credit."""

    def __init__(self) -> None:
        self._credits: dict[H, float] = {}
        self._ring: list[H] = []

    def observe(self, active: Iterable[H]) -> None:
        """Forget who is not active any more; newcomers go to the end of the ring without credit."""
        wanted = dict.fromkeys(active)
        if self._credits.keys() == wanted.keys():
            return
        self._ring = [who for who in self._ring if who in wanted] + [who for who in wanted if who not in self._credits]
        self._credits = {who: self._credits.get(who, 0.0) for who in self._ring}

    def choose(self, wishes: Mapping[H, Wish]) -> H:
        """Who is served next, of those that are observed; asking changes nothing."""
        if len(wishes) == 1:
            return next(iter(wishes))
        quantum = _quantum(wishes)
        rounds = {who: self._rounds(who, wish, quantum) for who, wish in wishes.items()}
        return min((who for who in self._ring if who in wishes), key=rounds.__getitem__)

    def pay(self, who: H, wishes: Mapping[H, Wish]) -> None:
        """Serve `who` at the price of its wish: as many rounds pass as it has to wait for."""
        if len(wishes) == 1:
            return
        quantum = _quantum(wishes)
        rounds = self._rounds(who, wishes[who], quantum)
        for other, wish in wishes.items():
            self._credits[other] += rounds * quantum * wish.weight
        self._credits[who] -= wishes[who].cost
        place = self._ring.index(who) + (self._credits[who] < wishes[who].cost)
        self._ring = self._ring[place:] + self._ring[:place]

    def _rounds(self, who: H, wish: Wish, quantum: float) -> int:
        missing = wish.cost - self._credits[who]
        return max(0, math.ceil(missing / (quantum * wish.weight) - 1e-9))


def _quantum(wishes: Mapping[H, Wish]) -> float:
    return min(wish.cost / wish.weight for wish in wishes.values())
