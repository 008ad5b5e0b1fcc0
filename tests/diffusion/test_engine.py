from __future__ import annotations

import numpy as np
import pytest

from diffusion.components import Component
from diffusion.engine import MAX_OUTAGE_S
from diffusion.errors import ComponentFailedError, ComponentUnavailableError, ShuttingDownError
from diffusion.events import Failed, Finished, ImageDone, Preview, Queued, StepDone
from diffusion.prompt.chunks import Chunker
from diffusion.prompt.emphasis import Piece
from tests.diffusion.engine_factory import Bench
from tests.fakes.pipeline import CharTokenizer, make_spec, make_toy_request


def request(request_id: str, **given):
    return make_toy_request(request_id, **given)


class TestLife:
    def test_a_request_goes_through_the_grammar_and_gives_its_picture(self) -> None:
        bench = Bench()
        bench.submit(request("a", num_inference_steps=3))
        bench.run()
        assert bench.types("a") == ["Queued", "Started", "StepDone", "StepDone", "StepDone", "ImageDone", "Finished"]
        (picture,) = bench.pictures("a")
        assert (picture.shape, picture.dtype) == ((32, 32, 3), np.uint8)

    def test_images_count_up_their_seeds_and_each_is_reproduced_alone(self) -> None:
        bench = Bench()
        bench.submit(request("many", num_images=3, seed=41))
        bench.submit(request("alone", seed=43))
        bench.run()
        assert [e.seed for e in bench.events["many"] if isinstance(e, ImageDone)] == [41, 42, 43]
        assert np.array_equal(bench.pictures("many")[2], bench.pictures("alone")[0])

    def test_previews_come_at_the_asked_steps_and_not_at_the_end(self) -> None:
        bench = Bench()
        bench.submit(request("a", num_inference_steps=6, preview_every=2))
        bench.run()
        previews = [event for event in bench.events["a"] if isinstance(event, Preview)]
        assert [event.step for event in previews] == [2, 4]
        assert previews[0].pixels.shape == (8, 8, 3)

    def test_steps_are_told_no_more_often_than_asked_but_for_the_first_and_the_last(self) -> None:
        bench = Bench(before=lambda *_: bench.clock.advance(0.25))
        bench.submit(request("a", num_inference_steps=8, num_images=2, progress_every_s=0.5))
        bench.submit(request("b", num_inference_steps=8))
        bench.run()
        told = [(event.image, event.step) for event in bench.events["a"] if isinstance(event, StepDone)]
        assert sorted(told) == [(image, step) for image in (0, 1) for step in (1, 3, 5, 7, 8)]
        assert [event.step for event in bench.events["b"] if isinstance(event, StepDone)] == list(range(1, 9))

    def test_the_position_counts_those_that_wait_before(self) -> None:
        bench = Bench()
        bench.submit(request("a"), request("b"))
        positions = [event.position for name in "ab" for event in bench.events[name] if isinstance(event, Queued)]
        assert positions == [0, 1]

    def test_times_are_the_clocks(self) -> None:
        bench = Bench(row_cap=2)
        bench.submit(request("a", num_inference_steps=2), request("b", num_inference_steps=2))
        bench.run()
        finished = bench.events["b"][-1]
        assert isinstance(finished, Finished)
        assert finished.queued_s > 0.3
        assert finished.running_s > 0.0

    def test_it_is_told_where_a_requests_time_went(self) -> None:
        bench = Bench(row_cap=2, before=lambda *_: bench.clock.advance(0.5))
        bench.submit(request("a", num_inference_steps=2), request("b", prompt="b", num_inference_steps=2))
        bench.run()
        finished = bench.events["b"][-1]
        phases = {phase.phase: phase for phase in finished.phases}
        assert list(phases) == ["encode", "denoise", "decode"]
        assert [phases[name].batches for name in phases] == [1, 2, 1]
        assert [round(phases[name].busy_s, 3) for name in phases] == [0.5, 1.0, 0.5]
        assert [round(phases[name].network_s, 3) for name in phases] == [0.5, 1.0, 0.5]
        assert phases["denoise"].from_s >= phases["encode"].to_s
        assert phases["decode"].from_s >= phases["denoise"].to_s
        assert phases["decode"].to_s <= finished.queued_s + finished.running_s


class TestSharing:
    def test_rows_of_all_requests_share_one_call_per_step(self) -> None:
        bench = Bench()
        bench.submit(request("a", num_inference_steps=4), request("b", num_inference_steps=2, prompt="b", seed=3))
        bench.run()
        assert bench.runner.rows == [4, 4, 2, 2]

    def test_guidance_off_costs_no_unconditional_row(self) -> None:
        bench = Bench()
        bench.submit(request("a", guidance_scale=1.0, num_inference_steps=2), request("b", num_inference_steps=2))
        bench.run()
        assert bench.runner.rows == [3, 3]

    @pytest.mark.parametrize("sampler", ["euler", "euler_a", "ddim", "dpmpp_2m", "dpmpp_2m_sde", "lcm"])
    def test_a_picture_does_not_depend_on_what_rode_in_its_batch(self, sampler: str) -> None:
        alone, crowd = Bench(), Bench(row_cap=8)
        subject = {"prompt": "cat", "seed": 5, "sampler": sampler, "num_inference_steps": 7}
        alone.submit(request("subject", **subject))
        alone.run()
        others = ["euler", "euler_a", "ddim", "dpmpp_2m", "dpmpp_2m_sde", "lcm", "euler"]
        for i, other in enumerate(others):
            crowd.submit(
                request(f"o{i}", prompt=f"p{i}", seed=i, sampler=other, num_inference_steps=3 + i, owner=str(i))
            )
        crowd.step(3)
        crowd.submit(request("subject", **subject, owner="s"))
        crowd.run()
        difference = alone.pictures("subject")[0].astype(int) - crowd.pictures("subject")[0]
        assert np.abs(difference).max() <= 1

    def test_a_prompt_seen_before_is_not_encoded_again(self) -> None:
        bench = Bench()
        bench.submit(request("a", prompt="same"))
        bench.run()
        calls = bench.runner.calls[Component.TEXT_ENCODER]
        bench.submit(request("b", prompt="same", seed=9))
        bench.run()
        assert bench.runner.calls[Component.TEXT_ENCODER] == calls

    def test_a_long_prompt_goes_on_in_further_chunks(self) -> None:
        bench = Bench()
        bench.submit(request("short", prompt="a"), request("long", prompt="a" * 20))
        bench.run()
        assert not np.array_equal(bench.pictures("short")[0], bench.pictures("long")[0])


class TestRefusal:
    def test_a_prompt_of_too_many_tokens_names_the_field(self) -> None:
        bench = Bench()
        bench.submit(request("a", negative_prompt="x" * 100))
        (event,) = bench.events["a"]
        assert isinstance(event, Failed)
        assert (event.code, event.facts["field"]) == ("invalid_field", "negative_prompt")

    def test_a_full_queue_tells_when_to_come_back(self) -> None:
        bench = Bench(max_waiting=1)
        bench.submit(request("a"), request("b"))
        (event,) = bench.events["b"]
        assert isinstance(event, Failed)
        assert event.code == "queue_full"
        assert event.facts["retry_after_s"] >= 1.0
        bench.run()


class TestCancellation:
    def test_is_effective_at_the_next_step(self) -> None:
        bench = Bench()
        bench.submit(request("a", num_inference_steps=50), request("b", num_inference_steps=4))
        bench.step(3)
        bench.cancel("a")
        rows_before = len(bench.runner.rows)
        bench.run()
        assert bench.types("a")[-1] == "Cancelled"
        assert set(bench.runner.rows[rows_before:]) == {2}
        assert bench.types("b")[-1] == "Finished"

    def test_of_one_that_has_ended_does_nothing(self) -> None:
        bench = Bench()
        bench.submit(request("a"))
        bench.run()
        bench.cancel("a")
        bench.cancel("never was")
        bench.run()

    def test_a_deadline_ends_a_request(self) -> None:
        bench = Bench()
        bench.submit(request("a", deadline_s=1.0, num_inference_steps=100), request("b", num_inference_steps=20))
        bench.run()
        event = bench.events["a"][-1]
        assert isinstance(event, Failed)
        assert event.code == "deadline_exceeded"
        assert bench.types("b")[-1] == "Finished"

    def test_shutdown_tells_everybody(self) -> None:
        bench = Bench()
        bench.submit(request("a"), request("b"))
        bench.step(2)
        bench.record(bench.engine.fail_all(ShuttingDownError()))
        bench.run()
        assert {events[-1].code for events in bench.events.values()} == {"shutting_down"}


def text_states(bench, text):
    ids = Chunker(CharTokenizer(), bench.spec.text).passage([Piece(text)]).ids
    return bench.runner._text_encoder(ids)["last_hidden_state"][0]


class TestFailure:
    def test_the_one_at_fault_fails_alone(self) -> None:
        def poison(component, inputs) -> None:
            if (
                component is Component.UNET
                and (np.abs(inputs["encoder_hidden_states"] - marker) < 1e-6).all((1, 2)).any()
            ):
                raise ComponentFailedError(component, "cannot stand this prompt")

        bench = Bench(before=poison)
        marker = text_states(bench, "bad")
        bench.submit(request("good", prompt="a"), request("poison", prompt="bad"), request("other", prompt="b"))
        bench.run()
        assert bench.types("poison")[-1] == "Failed"
        assert bench.events["poison"][-1].code == "component_failed"
        assert bench.types("good")[-1] == bench.types("other")[-1] == "Finished"

    def test_not_finite_values_fail_their_own_request_only(self) -> None:
        bench = Bench()
        bench.submit(request("good"), request("nan", prompt="n"))
        bench.step(2)
        bench.engine._states["nan"].images[0].latents[:] = np.nan
        bench.run()
        assert bench.events["nan"][-1].code == "not_finite"
        assert bench.types("good")[-1] == "Finished"

    def test_an_outage_loses_nothing_and_changes_no_picture(self) -> None:
        calm = Bench()
        calm.submit(request("a", num_inference_steps=6))
        calm.run()
        outage = iter([False, False, False, True, True, True] + [False] * 100)

        def away(component, inputs) -> None:
            if component is Component.UNET and next(outage):
                raise ComponentUnavailableError(component, "its process has died")

        bench = Bench(before=away)
        bench.submit(request("a", num_inference_steps=6))
        bench.run()
        assert np.array_equal(calm.pictures("a")[0], bench.pictures("a")[0])

    def test_an_outage_without_end_fails_the_request_in_bounded_time(self) -> None:
        def away(component, inputs) -> None:
            raise ComponentUnavailableError(component, "gone")

        bench = Bench(before=away)
        started = bench.clock.now
        bench.submit(request("a"), request("b"))
        bench.run()
        assert {events[-1].code for events in bench.events.values()} == {"component_unavailable"}
        assert bench.clock.now - started < MAX_OUTAGE_S + 5.0

    def test_a_defect_tells_nothing_of_the_inside(self) -> None:
        def defect(component, inputs) -> None:
            raise RuntimeError("secret path /etc/passwd")

        bench = Bench(before=defect)
        bench.submit(request("a"))
        bench.run()
        event = bench.events["a"][-1]
        assert (event.code, "secret" in event.message) == ("internal", False)


class TestSeveralEvaluationsPerStep:
    def test_steps_are_counted_as_the_user_counts_them(self) -> None:
        bench = Bench(make_spec())
        bench.submit(request("a", sampler="heun", schedule="karras", num_inference_steps=4))
        bench.run()
        steps = [event.step for event in bench.events["a"] if isinstance(event, StepDone)]
        assert steps == [1, 2, 3, 4]
        assert len(bench.runner.rows) == 7
