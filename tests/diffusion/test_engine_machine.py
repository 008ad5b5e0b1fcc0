"""Any sequence of calls on a whole engine: pictures, masks, ControlNets, two passes, deep features used again,
deadlines, cancellations, outages.

Each request ends once, an image is delivered once, a cancelled one's rows are in no later call, and in the end nothing
is left: no request, no place in the queue.
"""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from diffusion.components import Component, ControlNet
from diffusion.errors import ComponentFailedError, ComponentUnavailableError
from diffusion.events import Cancelled, Failed, Finished, ImageDone, StepDone, is_terminal
from diffusion.pipeline import ControlNetSpec
from diffusion.scheduling.records import Phase
from tests.diffusion.engine_factory import Bench
from tests.fakes.grammar import check_grammar
from tests.fakes.pipeline import make_spec, make_toy_request

NETS = {"canny": ControlNetSpec("canny", "a"), "depth": ControlNetSpec("depth", "b")}
SPEC = make_spec(controlnets=NETS, residuals=((8, 0), (8, 1)), deep_features=(6, 1))
NETWORKS = ["unet", "unet_control", "unet_keep", "unet_reuse", "controlnet_canny", "text_encoder", "vae_decoder"]
MAP = np.full((32, 32, 3), 200, np.uint8)
PICTURE = np.random.default_rng(1).integers(0, 256, (32, 32, 3), np.uint8)
MASK = np.zeros((32, 32), np.uint8)
MASK[8:24, 8:24] = 255
KINDS: dict[str, dict[str, Any]] = {
    "text": {},
    "image": {"image": PICTURE, "strength": 0.8},
    "mask": {"image": PICTURE, "mask": MASK},
    "cached": {"cache_interval": 2},
    "cached mask": {"image": PICTURE, "mask": MASK, "cache_interval": 3},
    "cached hires": {
        "width": 16,
        "height": 16,
        "hires": {"scale": 2.0, "num_inference_steps": 4},
        "cache_interval": 2,
    },
    "hires": {"width": 16, "height": 16, "hires": {"scale": 2.0, "num_inference_steps": 3}},
    "control": {"controls": [{"model": "canny", "image": MAP, "end": 0.6}]},
    "controls": {"controls": [{"model": "canny", "image": MAP}, {"model": "depth", "image": MAP, "start": 0.4}]},
    "control hires": {
        "width": 16,
        "height": 16,
        "hires": {"scale": 2.0, "num_inference_steps": 3},
        "controls": [{"model": "depth", "image": MAP}],
    },
}


def a_request(request_id: str, kind: str, **more: Any) -> Any:
    return make_toy_request(request_id, SPEC, **{"num_inference_steps": 5, **KINDS[kind], **more})


class EngineMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.error: Exception | None = None
        self.bench = Bench(SPEC, before=self.before, max_waiting=10)
        self.submitted = 0

    def before(self, network: Any, _: Any) -> None:
        if self.error is not None and str(network) == self.error.component:
            raise self.error

    @rule(
        kind=st.sampled_from(sorted(KINDS)),
        owner=st.sampled_from("abc"),
        images=st.integers(1, 2),
        deadline_s=st.none() | st.floats(0.3, 5.0),
        guidance_end=st.sampled_from([1.0, 0.5]),
    )
    def submit(self, kind, owner, images, deadline_s, guidance_end) -> None:
        request_id = f"r{self.submitted}"
        self.submitted += 1
        more = {"owner": owner, "num_images": images, "deadline_s": deadline_s, "guidance_end": guidance_end}
        self.bench.submit(a_request(request_id, kind, **more))

    @rule(count=st.integers(1, 4))
    def step(self, count: int) -> None:
        self.bench.step(count)

    @precondition(lambda self: self.live())
    @rule(data=st.data())
    def cancel(self, data) -> None:
        self.bench.cancel(data.draw(st.sampled_from(self.live())))

    @rule(
        network=st.sampled_from(NETWORKS),
        is_away=st.booleans(),
    )
    def a_network_fails_once(self, network: str, is_away: bool) -> None:
        self.error = (ComponentUnavailableError if is_away else ComponentFailedError)(network, "died")
        self.bench.step(1)
        self.error = None

    @invariant()
    def every_request_has_ended_once_or_is_here(self) -> None:
        for events in self.bench.events.values():
            check_grammar(events, complete=is_terminal(events[-1]))
        assert self.bench.engine._scheduler.num_requests == len(self.live()) == len(self.bench.engine._states)

    def teardown(self) -> None:
        self.error = None
        self.bench.run()
        assert self.bench.engine._scheduler.num_requests == 0
        for events in self.bench.events.values():
            if isinstance(events[-1], Finished):
                steps = [event for event in events if isinstance(event, StepDone)]
                images = {event.image for event in events if isinstance(event, ImageDone)}
                assert len(steps) == len(images) * steps[0].num_steps

    def live(self) -> list[str]:
        return [name for name, events in self.bench.events.items() if not is_terminal(events[-1])]


EngineMachine.TestCase.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
TestEngineMachine = EngineMachine.TestCase


class TestCancellationDuringAPhase:
    @pytest.mark.parametrize("phase", list(Phase))
    @pytest.mark.parametrize("kind", sorted(KINDS))
    def test_frees_its_rows_and_its_place_and_harms_nobody(self, kind: str, phase: Phase) -> None:
        """It is withdrawn right after a batch of that phase; the other goes on to the picture that it makes alone."""
        alone = Bench(SPEC)
        alone.submit(a_request("other", kind, seed=5))
        alone.run()
        bench = Bench(SPEC)
        bench.submit(a_request("gone", kind, num_images=2), a_request("other", kind, seed=5, num_inference_steps=5))
        while not any(report.phase is phase for report in bench.reports):
            bench.step()
        bench.cancel("gone")
        told = len(bench.events["gone"])
        bench.run()
        assert len(bench.events["gone"]) == told
        assert type(bench.events["gone"][-1]) in (Cancelled, Finished)
        difference = alone.pictures("other")[0].astype(int) - bench.pictures("other")[0]
        assert np.abs(difference).max() <= 1

    @pytest.mark.parametrize("evaluations", [4, 5, 6])
    def test_between_and_in_the_passes_of_high_resolution_fix(self, evaluations: int) -> None:
        bench = Bench(SPEC)
        bench.submit(a_request("a", "control hires"))
        while sum(report.phase is Phase.DENOISE for report in bench.reports) < evaluations:
            bench.step()
        bench.cancel("a")
        calls = sum(bench.runner.calls.values())
        bench.step(3)
        assert sum(bench.runner.calls.values()) == calls
        assert isinstance(bench.events["a"][-1], Cancelled)


class TestControlNetDeath:
    @pytest.mark.parametrize("dies_at", [1, 2, 4])
    def test_mid_call_loses_nothing_and_changes_no_picture(self, dies_at: int) -> None:
        calm = Bench(SPEC)
        calm.submit(a_request("a", "controls"), a_request("b", "text"))
        calm.run()
        calls = 0

        def dies(network: Any, _: Any) -> None:
            nonlocal calls
            if network == ControlNet.named("canny"):
                calls += 1
                if dies_at <= calls < dies_at + 3:
                    raise ComponentUnavailableError(network, "its process has died")

        bench = Bench(SPEC, before=dies)
        bench.submit(a_request("a", "controls"), a_request("b", "text"))
        bench.run()
        assert calls >= dies_at + 3
        for name in "ab":
            assert np.array_equal(calm.pictures(name)[0], bench.pictures(name)[0])

    def test_without_end_fails_only_who_uses_it(self) -> None:
        def gone(network: Any, _: Any) -> None:
            if isinstance(network, ControlNet):
                raise ComponentFailedError(network, "cannot be loaded")

        bench = Bench(SPEC, before=gone)
        bench.submit(a_request("controlled", "control"), a_request("plain", "text"), a_request("masked", "mask"))
        bench.run()
        last = bench.events["controlled"][-1]
        assert isinstance(last, Failed)
        assert last.code == "component_failed"
        assert bench.types("plain")[-1] == bench.types("masked")[-1] == "Finished"
        assert bench.runner.calls[Component.VAE_DECODER] > 0
