"""In which order waiting images get a place in the next denoising batch.

1. Keys (batch shapes) take turns by deficit round robin: each pays the predicted seconds of its batches, and its credit
   grows with the number of owners who want it. So no shape starves another, and an owner's share does not depend on
   how dear his shape is.
2. Inside a key: effective priority first (the request's own, raised by one for every `ageing_s` in which its owner got
   no service), then the owners in rounds (every owner's first image before anybody's second), and within a round first
   the images of the last batch (what has started is finished rather than shared out), then the owner with the least
   service, then arrival.

The rounds are what keeps a burst of one owner from delaying another: the newcomer's first image precedes the second of
the burst, and since latents live with the request, leaving out a started image for a while costs nothing. Ageing counts
per owner, not per image, for the same reason: the tail of a burst must not age past somebody else's first image.
Owners are charged what their rows cost, in virtual time as in start-time fair queueing (Goyal, Vin, Cheng, 1996): who
comes back from idle starts at the least of the active, so idling saves up no credit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Generic, TypeVar

from diffusion.scheduling.batch_key import BatchKey
from diffusion.scheduling.deficit import DeficitRoundRobin, Wish
from diffusion.scheduling.records import Slot

H = TypeVar("H", bound=Hashable)


class VirtualTime(Generic[H]):
    """Service charged to each contender (an owner)."""

    def __init__(self) -> None:
        self._charged: dict[H, float] = {}

    def observe(self, active: Iterable[H]) -> None:
        """Forget who is no longer active; let newcomers start at the least of the active."""
        active = set(active)
        known = {who: self._charged[who] for who in active if who in self._charged}
        floor = min(known.values(), default=0.0)
        self._charged = {who: known.get(who, floor) for who in active}

    def charge(self, who: H, cost: float) -> None:
        """Add `cost` to the service that `who` has had."""
        self._charged[who] = self._charged.get(who, 0.0) + cost

    def of(self, who: H) -> float:
        """Service that `who` has had."""
        return self._charged.get(who, 0.0)


class FairPolicy:
    """The order described in this module's docstring.

    Args:
        ageing_s: seconds without service that raise a priority by one.
        cost: seconds of the next batch of a key when so many rows of it wait.
    """

    def __init__(self, ageing_s: float, cost: Callable[[BatchKey, int], float]) -> None:
        self._ageing_s = ageing_s
        self._cost = cost
        self._owners: VirtualTime[str] = VirtualTime()
        self._keys: DeficitRoundRobin[BatchKey] = DeficitRoundRobin()
        self._wishes: dict[BatchKey, Wish] = {}
        self._served_at: dict[str, float] = {}
        self._served_last: set[str] = set()

    def order(self, slots: Sequence[Slot], now: float) -> list[Slot]:
        """The images of the key whose turn it is, best first. `slots` holds at least one image; `now` in seconds."""
        owners = {slot.entry.ticket.owner for slot in slots}
        self._owners.observe(owners)
        self._keys.observe(slot.key for slot in slots)
        self._served_at = {owner: self._served_at.get(owner, now) for owner in owners}
        raised = {owner: self._raised(owner, now) for owner in owners}
        ranked = [(slot.entry.ticket.priority + raised[slot.entry.ticket.owner], slot) for slot in slots]
        top = max(priority for priority, _ in ranked)
        self._wishes = self._wishes_of({slot.key for priority, slot in ranked if priority == top}, slots)
        key = self._keys.choose(self._wishes)
        return self._rounds([(priority, slot) for priority, slot in ranked if slot.key == key])

    def charge(self, key: BatchKey, slots: Sequence[Slot], now: float) -> None:
        """Account for a batch that is about to run, the first of what `order` gave last."""
        self._keys.pay(key, self._wishes)
        owners, rows = {slot.entry.ticket.owner for slot in slots}, sum(slot.rows for slot in slots)
        cost_of_row = self._cost(key, rows) / rows
        for slot in slots:
            owner = slot.entry.ticket.owner
            self._owners.charge(owner, slot.rows * cost_of_row)
            self._served_at[owner] = now
        self._served_last = owners

    def _raised(self, owner: str, now: float) -> int:
        # a step may take longer than `ageing_s`: who was in the last batch has not gone without service
        return 0 if owner in self._served_last else int((now - self._served_at[owner]) / self._ageing_s)

    def _wishes_of(self, keys: set[BatchKey], slots: Sequence[Slot]) -> dict[BatchKey, Wish]:
        """Of each of `keys` the next batch, weighted by the owners of the shape."""
        rows, owners = dict.fromkeys(keys, 0), {key: set[str]() for key in keys}
        for slot in slots:
            if slot.key in keys:
                rows[slot.key] += slot.rows
                owners[slot.key].add(slot.entry.ticket.owner)
        return {key: Wish(self._cost(key, rows[key]), len(owners[key])) for key in keys}

    def _rounds(self, ranked: Sequence[tuple[int, Slot]]) -> list[Slot]:
        places: dict[str, int] = defaultdict(int)
        keyed = []
        for priority, slot in sorted(ranked, key=lambda pair: (-pair[0], pair[1].sort_key)):
            owner = slot.entry.ticket.owner
            place = places[owner]
            places[owner] += 1
            keyed.append(((-priority, place, not slot.is_running, self._owners.of(owner), slot.sort_key), slot))
        keyed.sort(key=lambda pair: pair[0])
        return [slot for _, slot in keyed]
