"""The grammar of events, checked inside every test of a request's life."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from diffusion.events import Cancelled, Event, Failed, Finished, ImageDone, Preview, Queued, Started, StepDone


def check_grammar(events: Iterable[Event], *, complete: bool = True, is_paced: bool = False) -> None:
    """Assert `diffusion.events`' grammar for one request; `complete`: the terminal event has come; `is_paced`: it asked
    not to be told of each step."""
    events = list(events)
    assert events, "no event at all"
    assert len({event.request_id for event in events}) == 1
    if isinstance(events[0], Failed) and len(events) == 1:
        return  # refused before it was queued
    assert isinstance(events[0], Queued), events[0]
    terminal = [event for event in events if isinstance(event, (Finished, Failed, Cancelled))]
    assert len(terminal) == (1 if complete else 0), events
    assert not complete or events[-1] is terminal[0], "something follows the terminal event"
    assert sum(isinstance(event, Queued) for event in events) == 1
    started = [i for i, event in enumerate(events) if isinstance(event, Started)]
    assert len(started) <= 1
    first = next((i for i, e in enumerate(events) if isinstance(e, (StepDone, Preview, ImageDone))), None)
    assert first is None or (started and started[0] < first), "progress before Started"
    steps: dict[int, list[int]] = defaultdict(list)
    for event in events:
        if isinstance(event, StepDone):
            steps[event.image].append(event.step)
    for seen in steps.values():
        each = list(range(1, seen[-1] + 1))
        assert seen == ([step for step in each if step in seen] if is_paced else each), "steps out of order"
        assert seen[0] == 1
    images = [event.image for event in events if isinstance(event, ImageDone)]
    assert len(images) == len(set(images)), "an image was delivered twice"
    if isinstance(events[-1], Finished):
        assert sorted(images) == list(range(len(images)))
        assert images
