from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from diffusion.engine import Engine
from diffusion.events import is_terminal
from diffusion.loader import Loader
from diffusion.loop import EngineLoop
from diffusion.loras.library import LoraLibrary
from diffusion.messenger import Messenger, NotifyingRunner
from diffusion.scheduling.costs import CostModel
from diffusion.scheduling.scheduler import Scheduler, SchedulerConfig
from diffusion.source import make_source
from tests.fakes.grammar import check_grammar
from tests.fakes.pipeline import CharTokenizer, make_spec, make_toy_request
from tests.fakes.toy_runner import ToyRunner


class Inbox:
    """A listener that can be waited for."""

    def __init__(self) -> None:
        self.events = []
        self.ended = threading.Event()
        self.progressed = threading.Event()

    def __call__(self, event) -> None:
        self.events.append(event)
        self.progressed.set()
        if is_terminal(event):
            self.ended.set()

    def wait(self) -> str:
        assert self.ended.wait(10.0), "no terminal event"
        check_grammar(self.events)
        return type(self.events[-1]).__name__


@pytest.fixture
def pace():
    return threading.Event()


@pytest.fixture
def loop(pace):
    spec = make_spec()
    config = SchedulerConfig(
        max_waiting=8, row_cap=lambda _: 8, encode_cap=4, decode_cap=4, costs=CostModel(spec.max_rows)
    )
    runner = ToyRunner(spec, before=lambda *_: time.sleep(0.005) if pace.is_set() else None)
    messenger = Messenger(time.monotonic)
    notifying = NotifyingRunner(runner, messenger.flush)
    engine = Engine(spec, Scheduler(config, time.monotonic), notifying, CharTokenizer(), time.monotonic)
    loop = EngineLoop(engine, messenger, time.monotonic)
    loop.start()
    yield loop
    loop.stop()


def test_requests_from_many_threads_all_end(loop) -> None:
    inboxes = [Inbox() for _ in range(8)]
    threads = [
        threading.Thread(target=loop.submit, args=(make_toy_request(f"r{i}", owner=str(i)), inbox))
        for i, inbox in enumerate(inboxes)
    ]
    for thread in threads:
        thread.start()
    assert [inbox.wait() for inbox in inboxes] == ["Finished"] * 8
    for thread in threads:
        thread.join()


def test_cancel_as_a_message(loop, pace) -> None:
    pace.set()
    inbox = Inbox()
    loop.submit(make_toy_request("a", num_inference_steps=150), inbox)
    assert inbox.progressed.wait(5.0)
    loop.cancel("a")
    assert inbox.wait() == "Cancelled"


def test_cancel_by_a_caller_that_went_away(loop, pace) -> None:
    pace.set()
    inbox, gone = Inbox(), threading.Event()
    loop.submit(make_toy_request("a", num_inference_steps=150), inbox, gone.is_set)
    assert inbox.progressed.wait(5.0)
    gone.set()
    assert inbox.wait() == "Cancelled"


def test_an_id_in_use_is_refused_and_the_first_goes_on(loop, pace) -> None:
    pace.set()
    first, second = Inbox(), Inbox()
    loop.submit(make_toy_request("a", num_inference_steps=10), first)
    loop.submit(make_toy_request("a"), second)
    assert second.wait() == "Failed"
    assert first.wait() == "Finished"


def test_stop_ends_what_runs_and_refuses_what_comes(loop, pace) -> None:
    pace.set()
    running, late = Inbox(), Inbox()
    loop.submit(make_toy_request("a", num_inference_steps=150), running)
    assert running.progressed.wait(5.0)
    loop.stop()
    assert running.wait() == "Failed"
    loop.submit(make_toy_request("b"), late)
    assert late.events[-1].code == "shutting_down"


def test_a_listener_that_fails_harms_nobody_else(loop) -> None:
    def broken(event) -> None:
        raise OSError("client is gone")

    inbox = Inbox()
    loop.submit(make_toy_request("broken"), broken)
    loop.submit(make_toy_request("fine"), inbox)
    assert inbox.wait() == "Finished"


def test_a_defect_in_the_engine_tells_everybody_and_the_loop_goes_on(loop, monkeypatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(loop._engine, "step", lambda: 1 / 0)
        inbox = Inbox()
        loop.submit(make_toy_request("a"), inbox)
        assert inbox.wait() == "Failed"
    after = Inbox()
    loop.submit(make_toy_request("b"), after)
    assert after.wait() == "Finished"


def test_a_listener_that_takes_its_time_delays_no_step(loop) -> None:
    slow_ended, told = threading.Event(), []

    def slow(event) -> None:
        time.sleep(0.05)
        told.append(event)
        if is_terminal(event):
            slow_ended.set()

    loop.submit(make_toy_request("slow", num_inference_steps=20), slow)
    other = Inbox()
    loop.submit(make_toy_request("other", num_inference_steps=20), other)
    assert other.progressed.wait(5.0)
    deadline = time.monotonic() + 5.0
    while loop._engine.has_work and time.monotonic() < deadline:
        time.sleep(0.005)
    assert not loop._engine.has_work
    assert not slow_ended.is_set()  # 20 steps were done before the listener had heard of them
    assert slow_ended.wait(5.0)
    check_grammar(told)


def test_stop_tells_everything_before_it_returns(loop, pace) -> None:
    pace.set()
    inboxes = [Inbox() for _ in range(4)]
    for i, inbox in enumerate(inboxes):
        loop.submit(make_toy_request(f"r{i}", num_inference_steps=150), inbox)
    assert inboxes[0].progressed.wait(5.0)
    loop.stop()
    assert [type(inbox.events[-1]).__name__ for inbox in inboxes] == ["Failed"] * 4


def test_a_mask_is_prepared_beside_the_steps_of_others() -> None:
    spec = make_spec()
    config = SchedulerConfig(
        max_waiting=8, row_cap=lambda _: 8, encode_cap=4, decode_cap=4, costs=CostModel(spec.max_rows)
    )
    messenger = Messenger(time.monotonic)
    runner = NotifyingRunner(ToyRunner(spec), messenger.flush)
    engine = Engine(spec, Scheduler(config, time.monotonic), runner, CharTokenizer(), time.monotonic)
    loop = EngineLoop(engine, messenger, time.monotonic, Loader(LoraLibrary(), spec, runner))
    may_go, threads = threading.Event(), []

    def slowly(request, pixels):
        if request.mask is not None:
            threads.append(threading.current_thread().name)
            assert may_go.wait(10.0)
        return make_source(request, pixels)

    mask = np.zeros((32, 32), np.uint8)
    mask[8:24, 8:24] = 255
    picture = {"image": np.zeros((32, 32, 3), np.uint8), "mask": mask}
    masked, other, gone = Inbox(), Inbox(), Inbox()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("diffusion.loader.make_source", slowly)
        patch.setattr("diffusion.engine.make_source", slowly)
        loop.start()
        try:
            loop.submit(make_toy_request("masked", spec, **picture), masked)
            loop.submit(make_toy_request("gone", spec, **picture), gone)
            loop.cancel("gone")
            loop.submit(make_toy_request("other", spec), other)
            assert [other.wait(), gone.wait()] == ["Finished", "Cancelled"]
            assert not masked.ended.is_set()
            may_go.set()
            assert masked.wait() == "Finished"
        finally:
            may_go.set()
            loop.stop()
    assert set(threads) == {"diffusion-masks"}
