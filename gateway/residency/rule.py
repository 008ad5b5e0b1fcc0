"""The rule of residency, as two pure functions over what is known of one server.

`reconcile` brings the record in line with what the server really has; `plan` says what is to be loaded and unloaded
next. Neither reads a clock, a database or a server; `gateway.residency.keeper` does, under a lock.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from gateway.backend.base import Presence, Sighting

RESTORE = timedelta(seconds=60)
"""How long a pipeline is wanted that nobody asks for: after a restart of the server, or when it is new."""

TURN = timedelta(seconds=10)
"""A pipeline that has waited for so long takes the place of one that is always in use: that one gets no new jobs."""

WAITER = timedelta(seconds=5)
"""How long a job that waits is believed to; it says so again twice a second."""

REMOVAL = timedelta(seconds=180)
"""A pipeline whose files were to be taken away since so long, and are still there, is served again: who was to do it
has died."""

COOLING = timedelta(seconds=30)
"""A pipeline that could not be loaded is not tried again for so long, unless an administrator asks."""

LONG_AGO = datetime.min.replace(tzinfo=UTC)


class State(StrEnum):
    """What one pipeline is on one server. LOADING to REMOVING take one of its places."""

    COLD = "cold"
    LOADING = "loading"
    WARM = "warm"
    YIELDING = "yielding"
    """Loaded, and unloaded as soon as those that use it have ended."""
    UNLOADING = "unloading"
    REMOVING = "removing"
    """Unloaded for good: then REMOVED."""
    REMOVED = "removed"
    """Not loaded, and nobody loads it: its files are about to be changed or taken away."""
    FAILED = "failed"


LOADED = (State.WARM, State.YIELDING)
GOING = (State.UNLOADING, State.REMOVING)
MOVING = (State.LOADING, *GOING)
RESIDENT = (*LOADED, *MOVING)
BARRED = (State.REMOVING, State.REMOVED)


@dataclass(frozen=True, slots=True)
class Residency:
    """One pipeline on one server.

    Attributes:
        reason: why it failed.
        content: which files were loaded, as `Sighting.contents` names them; "" where that is not known.
        version: grows with every change of `state`.
        wanted_since, wanted_until: somebody waits for it, and how long he is believed to.
        lease_until: how long the worker is believed to live that loads or unloads it.
        holders: running jobs that use it here.
    """

    model: str
    state: State
    changed_at: datetime
    reason: str = ""
    content: str = ""
    version: int = 0
    last_used_at: datetime | None = None
    wanted_since: datetime | None = None
    wanted_until: datetime | None = None
    lease_until: datetime | None = None
    holders: int = 0

    def is_wanted(self, now: datetime) -> bool:
        """Whether somebody waits for it."""
        return self.wanted_until is not None and self.wanted_until > now

    def may_be_loaded(self, now: datetime) -> bool:
        """Whether it is to be loaded when there is a place."""
        return self.state in (State.COLD, State.FAILED) and self.is_wanted(now) and not self.is_cooling(now)

    def may_be_unloaded(self, now: datetime) -> bool:
        """Whether it is in nobody's way to unload it."""
        if self.holders:
            return False
        return self.state is State.YIELDING or (self.state is State.WARM and not self.is_wanted(now))

    def wanted(self, now: datetime, how_long: timedelta) -> Residency:
        """The same, asked for; its place among those that wait stays."""
        since = self.wanted_since if self.is_wanted(now) and self.wanted_since else now
        until = max(now + how_long, self.wanted_until or now)
        return dataclasses.replace(self, wanted_since=since, wanted_until=until)

    def is_cooling(self, now: datetime) -> bool:
        """Whether it has failed a moment ago."""
        return self.state is State.FAILED and now - self.changed_at < COOLING

    def removed(self, now: datetime) -> Residency:
        """The same, on its way out of service. One that was loaded is wanted for a while, should it stay after all."""
        if self.state in BARRED:
            return self
        one = self.wanted(now, RESTORE) if self.state in LOADED else self
        return one.to(State.REMOVING if self.state in RESIDENT else State.REMOVED, now)

    def readmitted(self, now: datetime) -> Residency:
        """The same, back in service."""
        back = {State.REMOVING: State.UNLOADING, State.REMOVED: State.COLD, State.FAILED: State.COLD}
        return self.to(back[self.state], now) if self.state in back else self

    def loaded(self, content: str, now: datetime) -> Residency:
        """The same, warm; who has waited for it has a moment to take it before it may be unloaded again."""
        warm, until = self.to(State.WARM, now), min(self.wanted_until or now, now + WAITER)
        return dataclasses.replace(warm, content=content, wanted_until=until)

    def to(self, state: State, now: datetime, reason: str = "") -> Residency:
        """The same in another state, of which nobody has a lease yet."""
        return dataclasses.replace(
            self, state=state, changed_at=now, reason=reason, version=self.version + 1, lease_until=None
        )


Known = Mapping[str, Residency]


@dataclass(frozen=True, slots=True)
class Seen:
    """A sighting, and what was known before it.

    Attributes:
        versions: of the records: one that has changed since is left alone.
        barred: pipelines that are being taken away from other servers.
    """

    sighting: Sighting
    versions: Mapping[str, int]
    barred: Collection[str] = ()

    def presence(self, model: str) -> Presence:
        """Of a pipeline."""
        return self.sighting.presence.get(model, Presence.ABSENT)

    def is_current(self, one: Residency) -> bool:
        """Whether the record is still what it was then."""
        return self.versions.get(one.model) == one.version


def reconcile(known: Known, seen: Seen, limit: int, now: datetime, preferred: Sequence[str]) -> Known:
    """The record in line with what was seen.

    Args:
        known: the record, by name.
        seen: what was seen.
        limit: pipelines that may be loaded.
        now: the time.
        preferred: which pipelines that were never seen before are loaded first, as far as there are places.
    """
    found = {name: _corrected(one, seen, now) for name, one in known.items() if not _is_forgotten(one, seen)}
    new = {name: _first_seen(name, seen, now) for name in seen.sighting.presence if name not in known}
    places = limit - sum(one.state in RESIDENT or one.may_be_loaded(now) for one in (*found.values(), *new.values()))
    order = [name for name in preferred if name in new] + sorted(new.keys() - set(preferred))
    for name in order:
        if new[name].state is State.COLD and places > 0:
            new[name] = new[name].wanted(now, RESTORE)
            places -= 1
    return {**found, **new}


def _is_forgotten(one: Residency, seen: Seen) -> bool:
    is_gone = one.model not in seen.sighting.contents and seen.presence(one.model) is Presence.ABSENT
    return is_gone and one.state in (State.COLD, State.FAILED, State.REMOVED) and seen.is_current(one)


def _first_seen(name: str, seen: Seen, now: datetime) -> Residency:
    one = first_record(name, seen.barred, now)
    if seen.presence(name) is Presence.LOADED:
        one = dataclasses.replace(one, state=State.WARM)
    return dataclasses.replace(one, content=seen.sighting.contents.get(name, ""))


def first_record(name: str, barred: Collection[str], now: datetime) -> Residency:
    """Of a pipeline that this server had none of."""
    return Residency(name, State.REMOVED if name in barred else State.COLD, now)


def _corrected(one: Residency, seen: Seen, now: datetime) -> Residency:
    if not seen.is_current(one) or one.state in MOVING:
        return one
    there, installed = seen.presence(one.model), seen.sighting.contents.get(one.model)
    if one.state is State.REMOVED:
        return _still_removed(one, there, installed, now)
    if one.state in LOADED:
        return _still_loaded(one, there, installed, now)
    return one.to(State.WARM, now) if there is Presence.LOADED else one  # somebody else has loaded it


def _still_loaded(one: Residency, there: Presence, installed: str | None, now: datetime) -> Residency:
    if installed is None:  # its files were taken away under it
        return one if one.holders else one.to(State.UNLOADING, now)
    if there is Presence.ABSENT:
        return one.to(State.COLD, now).wanted(now, RESTORE)  # the server was started again
    if one.content and installed and one.content != installed and not one.holders:
        return one.to(State.UNLOADING, now).wanted(now, RESTORE)  # installed anew under its name
    return one


def _still_removed(one: Residency, there: Presence, installed: str | None, now: datetime) -> Residency:
    if there is Presence.LOADED:  # somebody else has loaded it
        return one.to(State.REMOVING, now)
    is_forsaken = installed is not None and now - one.changed_at > REMOVAL
    return one.to(State.COLD, now) if is_forsaken else one


def plan(known: Known, limit: int, now: datetime) -> Known:
    """What is to be done now: those whose state changes, in their new one.

    LOADING, UNLOADING and REMOVING are orders to whoever asks; one whose worker was lost is given again. Never more
    than `limit` are resident, and one that is in use is not unloaded.
    """
    changed = {
        name: one.to(one.state, now) for name, one in known.items() if one.state in MOVING and _is_lost(one, now)
    }
    places = limit - sum(one.state in RESIDENT for one in known.values())
    coming = sum(one.state in GOING for one in known.values())
    idle = sorted((one for one in known.values() if one.may_be_unloaded(now)), key=_first_to_go)

    def unload_one() -> bool:
        if not idle:
            return False
        victim = idle.pop(0)
        changed[victim.model] = victim.to(State.UNLOADING, now)
        return True

    while places + coming < 0 and unload_one():
        coming += 1
    waiting = sorted((one for one in known.values() if one.may_be_loaded(now)), key=_place_in_line)
    unserved = []
    for one in waiting:
        if places > 0:
            changed[one.model] = one.to(State.LOADING, now)
            places -= 1
        elif places + coming > 0:
            coming -= 1
        elif not unload_one():
            unserved.append(one)
    return {**changed, **_turns(known, unserved, changed, now)}


def _turns(known: Known, unserved: Sequence[Residency], changed: Collection[str], now: datetime) -> Known:
    """Who is to give way to those that have waited for long, and who need not any more."""
    others = [one for one in known.values() if one.model not in changed]
    yielding = [one for one in others if one.state is State.YIELDING]
    if not unserved:
        return {one.model: one.to(State.WARM, now) for one in yielding}
    patient = [one for one in unserved if one.wanted_since and now - one.wanted_since > TURN]
    busy = sorted((one for one in others if one.state is State.WARM and one.holders), key=_first_to_go)
    return {one.model: one.to(State.YIELDING, now) for one in busy[: max(0, len(patient) - len(yielding))]}


def _is_lost(one: Residency, now: datetime) -> bool:
    return one.lease_until is None or one.lease_until <= now


def _first_to_go(one: Residency) -> tuple[bool, datetime, str]:
    """Those that give way, then the least recently used; one that was just loaded counts as used."""
    return one.state is State.WARM, max(one.last_used_at or LONG_AGO, one.changed_at), one.model


def _place_in_line(one: Residency) -> tuple[datetime, str]:
    return one.wanted_since or LONG_AGO, one.model
