"""An engine over toy networks, and what drives it to the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from diffusion.components import Component
from diffusion.engine import BatchReport, Engine
from diffusion.events import Event, ImageDone, Pixels
from diffusion.pipeline import PipelineSpec
from diffusion.scheduling.costs import CostModel
from diffusion.scheduling.scheduler import Scheduler, SchedulerConfig
from tests.fakes.clock import FakeClock
from tests.fakes.grammar import check_grammar
from tests.fakes.pipeline import CharTokenizer, make_spec
from tests.fakes.toy_runner import ToyRunner


class Bench:
    """An engine with its clock, its runner and a record of what happened to whom."""

    def __init__(
        self,
        spec: PipelineSpec | None = None,
        *,
        before: Callable[..., None] = lambda *_: None,
        row_cap: int | None = None,
        max_waiting: int = 64,
    ) -> None:
        self.spec = spec or make_spec()
        self.clock = FakeClock()
        self.runner = ToyRunner(self.spec, before)
        cap = row_cap or self.spec.max_rows[Component.UNET]
        config = SchedulerConfig(
            max_waiting=max_waiting,
            row_cap=lambda _: cap,
            encode_cap=4,
            decode_cap=4,
            costs=CostModel(self.spec.max_rows),
        )
        self.reports: list[BatchReport] = []
        self.engine = Engine(
            self.spec,
            Scheduler(config, self.clock),
            self.runner,
            CharTokenizer(),
            self.clock,
            self.reports.append,
        )
        self.events: dict[str, list[Event]] = defaultdict(list)
        self.paced: set[str] = set()

    def submit(self, *requests: Any) -> None:
        for request in requests:
            if request.progress_every_s:
                self.paced.add(request.request_id)
            self.record(self.engine.submit(request))

    def cancel(self, request_id: str) -> None:
        self.record(self.engine.cancel(request_id))

    def step(self, count: int = 1, seconds: float = 0.1) -> None:
        for _ in range(count):
            self.record(self.engine.step())
            self.clock.advance(seconds)

    def run(self, limit: int = 5000) -> None:
        for _ in range(limit):
            if not self.engine.has_work:
                break
            self.step()
        assert not self.engine.has_work, "the engine does not come to an end"
        for name, events in self.events.items():
            check_grammar(events, is_paced=name in self.paced)

    def record(self, events: list[Event]) -> None:
        for event in events:
            self.events[event.request_id].append(event)

    def types(self, request_id: str) -> list[str]:
        return [type(event).__name__ for event in self.events[request_id]]

    def pictures(self, request_id: str) -> list[Pixels]:
        done = [event for event in self.events[request_id] if isinstance(event, ImageDone)]
        return [event.pixels for event in sorted(done, key=lambda event: event.image)]
