"""When a request will be finished, as far as the queue is known now.

The queue is played forward, not step by step but from one change to the next: between two, every shape's batch stays
the same and the shapes share the time by their weights, as deficit round robin makes them. Whoever comes later
is not in it, so it is a lower bound for one who will be made to share.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from diffusion.scheduling.batch_key import BatchKey
from diffusion.scheduling.costs import CostModel

MAX_IMAGES = 48
"""Images that are played one by one; what lies before them is summed up as full batches."""

Rank = tuple[float, float, int, int]


@dataclass(slots=True)
class Stretch:
    """What is left of a stage: `left` evaluations of `rows` rows."""

    key: BatchKey
    rows: int
    left: float


@dataclass(slots=True, eq=False)
class Work:
    """One image: `rank` orders it among its owner's, `encode_s` is its request's encoding if that is to be done."""

    request_id: str
    owner: str
    rank: Rank
    stretches: list[Stretch]
    encode_s: float = 0.0
    is_running: bool = False


@dataclass(slots=True)
class _Play:
    """The state of the game: what is left, and how late it is."""

    costs: CostModel
    row_cap: Callable[[BatchKey], int]
    works: list[Work]
    now: float = 0.0
    encoded: set[str] = field(default_factory=set)

    def batches(self) -> dict[BatchKey, tuple[list[Work], int, int]]:
        """Of each shape its next batch, the batch's rows, and how many owners want the shape."""
        by_key: dict[BatchKey, list[Work]] = defaultdict(list)
        for work in self.works:
            by_key[work.stretches[0].key].append(work)
        return {key: self._batch(key, works) for key, works in by_key.items()}

    def _batch(self, key: BatchKey, works: list[Work]) -> tuple[list[Work], int, int]:
        cap, used, chosen = self.row_cap(key), 0, list[Work]()
        owners = len({work.owner for work in works})
        for work in in_rounds(works):
            rows = work.stretches[0].rows
            if not chosen or used + rows <= cap:
                chosen.append(work)
                used += rows
        return chosen, used, owners

    def go_on(self) -> list[Work]:
        """To the next change; returns the images that are finished with it."""
        batches = self.batches()
        for chosen, _, _ in batches.values():
            for work in chosen:
                if work.request_id not in self.encoded:
                    self.encoded.add(work.request_id)
                    self.now += work.encode_s
        weights = sum(owners for _, _, owners in batches.values())
        plans = []
        for key, (chosen, rows, owners) in batches.items():
            pace = self.costs.step_s(key, rows) * weights / owners  # seconds of the whole for one step of this shape
            plans.append((chosen, pace, min(work.stretches[0].left for work in chosen) * pace))
        until = min(span for _, _, span in plans)
        self.now += until
        finished = []
        for chosen, pace, _ in plans:
            for work in chosen:
                work.is_running = True
                work.stretches[0].left -= until / pace
                if work.stretches[0].left < 1e-6:
                    last = work.stretches.pop(0)
                    if not work.stretches:
                        self.now += self.costs.decode_s(last.key, 1)
                        finished.append(work)
        if finished:
            gone = set(map(id, finished))
            self.works = [work for work in self.works if id(work) not in gone]
        return finished


def in_rounds(works: Sequence[Work]) -> list[Work]:
    """The order of `FairPolicy`: priority, then owners in rounds, in each first what is running."""
    places: dict[str, int] = defaultdict(int)
    keyed = []
    for work in sorted(works, key=lambda work: work.rank):
        place = places[work.owner]
        places[work.owner] += 1
        keyed.append(((work.rank[0], place, not work.is_running, work.rank[1:]), work))
    keyed.sort(key=lambda pair: pair[0])
    return [work for _, work in keyed]


def finish_in_s(works: Sequence[Work], request_id: str, costs: CostModel, row_cap: Callable[[BatchKey], int]) -> float:
    """Seconds until the last image of a request is decoded. `works` is used up."""
    play = _Play(costs, row_cap, list(works))
    if len(works) > MAX_IMAGES:
        order = in_rounds(works)
        last = max(number for number, work in enumerate(order) if work.request_id == request_id)
        first = min(max(0, last + 1 - MAX_IMAGES), next(n for n, w in enumerate(order) if w.request_id == request_id))
        play.works = order[first : max(last + 1, first + MAX_IMAGES)]
        play.now = work_s(order[:first], costs, row_cap)
    missing = sum(work.request_id == request_id for work in play.works)
    while True:
        missing -= sum(work.request_id == request_id for work in play.go_on())
        if not missing:
            return play.now


def work_s(works: Sequence[Work], costs: CostModel, row_cap: Callable[[BatchKey], int]) -> float:
    """Seconds that so much work takes in full batches."""
    total = 0.0
    for work in works:
        for stretch in work.stretches:
            cap = max(row_cap(stretch.key), stretch.rows)
            total += stretch.left * stretch.rows * costs.step_s(stretch.key, cap) / cap
        if work.stretches:
            total += costs.decode_s(work.stretches[-1].key, 1)
    return total
