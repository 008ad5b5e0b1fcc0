"""What the forms of a prompt do to the rows of a step, through the engine."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from diffusion.components import Component
from diffusion.conditioning import emphasized
from diffusion.errors import InvalidFieldError
from diffusion.events import Failed, Queued
from diffusion.prompt.advice import advice_on
from diffusion.prompt.emphasis import Emphasis
from tests.diffusion.engine_factory import Bench
from tests.fakes.pipeline import make_spec, make_toy_request


def picture(prompt, **given):
    bench = Bench()
    bench.submit(make_toy_request("r", prompt=prompt, **given))
    bench.run()
    return bench.pictures("r")[0]


class ContextRecorder:
    """Remembers the text conditioning of every denoising call."""

    def __init__(self):
        self.contexts = []

    def __call__(self, component, inputs):
        if component is Component.UNET:
            self.contexts.append(inputs["encoder_hidden_states"].copy())


class TestWeights:
    def test_weight_one_gives_the_plain_picture(self):
        assert np.array_equal(picture("(a cat:1)"), picture("a cat"))

    @pytest.mark.parametrize("emphasis", ["original", "no_norm"])
    def test_another_weight_gives_another_conditioning(self, emphasis):
        recorder = ContextRecorder()
        for prompt in ("(a:1.5) cat", "a cat"):
            bench = Bench(before=recorder)
            bench.submit(make_toy_request("r", prompt=prompt, emphasis=emphasis, num_inference_steps=1))
            bench.run()
        weighted, plain = recorder.contexts
        assert not np.allclose(weighted[0], plain[0])
        assert np.array_equal(weighted[1], plain[1])

    def test_ignored_weights_give_the_plain_picture(self):
        assert np.array_equal(picture("(a:1.5) cat", emphasis="ignore"), picture("a cat"))

    def test_original_keeps_the_mean_of_a_chunk_and_no_norm_does_not(self):
        states = np.random.default_rng(1).normal(0.3, 1, (10, 6)).astype(np.float32)
        weights = np.array([1, 2, 2, 0.5, 1, 1, 1, 1, 1, 1], np.float32)
        original = emphasized(states, weights, Emphasis.ORIGINAL)
        plain = emphasized(states, weights, Emphasis.NO_NORM)
        assert np.array_equal(plain, states * weights[:, None])
        assert original.mean() == pytest.approx(states.mean(), rel=1e-5)
        assert np.allclose(original / plain, (original / plain)[0, 0])

    def test_a_mean_of_zero_is_left_as_it_is(self):
        zeros = np.zeros((3, 2), np.float32)
        assert np.array_equal(emphasized(zeros, np.array([1, 2, 1], np.float32), Emphasis.ORIGINAL), zeros)

    def test_an_unknown_mode_is_refused(self):
        with pytest.raises(InvalidFieldError, match="emphasis: 'loud' is not allowed; expected one of original, no_"):
            make_toy_request("r", emphasis="loud")

    def test_what_looks_like_a_mistake_is_told_when_it_is_queued(self):
        bench = Bench()
        bench.submit(make_toy_request("r", prompt="(a", negative_prompt="b)"))
        (queued,) = bench.events["r"]
        assert isinstance(queued, Queued)
        assert [warning.split(":")[0] for warning in queued.warnings] == ["prompt", "negative_prompt"]

    @pytest.mark.parametrize(
        ("given", "warning"),
        [
            ({"prompt": "a [red:blue]"}, "prompt: '[red:blue]' is no schedule: [from:to:when] ends with a number"),
            ({"negative_prompt": "b", "guidance_scale": 1}, "negative_prompt: has no effect at guidance_scale 1"),
            ({"prompt": "(a)", "emphasis": "none"}, None),
            ({"prompt": "(a)", "emphasis": "ignore"}, "prompt: its weights have no effect with emphasis 'ignore'"),
            ({"prompt": "a", "emphasis": "ignore"}, None),
            ({"prompt": "(a:1.2) [b:c:2] [d|e] AND f", "negative_prompt": "(g)"}, None),
        ],
    )
    def test_what_will_have_no_effect_is_told(self, given, warning):
        assert advice_on(dataclasses.asdict(make_toy_request("r", **given))) == ((warning,) if warning else ())


class TestSchedules:
    def test_each_step_has_the_conditioning_of_its_text(self):
        recorder = ContextRecorder()
        bench = Bench(before=recorder)
        bench.submit(make_toy_request("r", prompt="[a:b:1]", guidance_scale=1.0, num_inference_steps=3))
        bench.run()
        first, second, third = (context[0] for context in recorder.contexts)
        assert not np.array_equal(first, second)
        assert np.array_equal(second, third)

    def test_alternatives_are_rows_of_one_batch_with_others(self):
        recorder = ContextRecorder()
        bench = Bench(before=recorder)
        common = {"guidance_scale": 1.0, "num_inference_steps": 4}
        bench.submit(make_toy_request("turns", prompt="[a|b]", **common), make_toy_request("plain", **common))
        bench.run()
        assert bench.runner.rows == [2, 2, 2, 2]
        turns = [context[0] for context in recorder.contexts]
        plain = [context[1] for context in recorder.contexts]
        assert np.array_equal(turns[0], plain[0])
        assert not np.array_equal(turns[1], plain[1])
        assert np.array_equal(turns[2], plain[2])

    def test_a_change_before_the_first_step_is_the_later_text(self):
        assert np.array_equal(picture("[a:b:0]"), picture("b"))

    def test_a_negative_prompt_changes_too(self):
        assert not np.array_equal(picture("a", negative_prompt="[b:c:1]"), picture("a", negative_prompt="b"))


class TestComposition:
    def test_each_joined_prompt_is_a_row(self):
        bench = Bench()
        bench.submit(make_toy_request("r", prompt="a AND b AND c", num_inference_steps=2))
        bench.run()
        assert bench.runner.rows == [4, 4]

    def test_a_prompt_joined_with_itself_at_half_weight_is_the_prompt(self):
        joined, plain = picture("a :0.5 AND a :0.5"), picture("a")
        assert np.abs(joined.astype(int) - plain).max() <= 1

    def test_joined_prompts_differ_from_each_alone(self):
        assert not np.array_equal(picture("a AND b"), picture("a"))
        assert not np.array_equal(picture("a AND b"), picture("a b"))

    def test_without_guidance_the_weights_decide_whether_an_unconditional_row_is_needed(self):
        rows = {}
        for prompt in ("a :0.5 AND b :0.5", "a AND b"):
            bench = Bench()
            bench.submit(make_toy_request("r", prompt=prompt, guidance_scale=1.0, num_inference_steps=1))
            bench.run()
            rows[prompt] = bench.runner.rows
        assert rows == {"a :0.5 AND b :0.5": [2], "a AND b": [3]}

    def test_more_rows_than_a_call_takes_are_several_calls(self):
        bench = Bench(make_spec(max_rows={"text_encoder": 4, "unet": 2, "vae_decoder": 4, "vae_encoder": 4}))
        bench.submit(make_toy_request("r", prompt="a AND b AND c", num_inference_steps=1))
        bench.run()
        assert bench.runner.rows == [2, 2]


class TestLength:
    def test_a_long_negative_prompt_pads_the_prompt_with_empty_chunks(self):
        recorder = ContextRecorder()
        bench = Bench(before=recorder)
        bench.submit(make_toy_request("r", prompt="a", negative_prompt="b" * 20, num_inference_steps=1))
        bench.run()
        (context,) = recorder.contexts
        assert context.shape[1] == 3 * 10

    @pytest.mark.parametrize("field", ["prompt", "negative_prompt"])
    def test_too_many_chunks_are_refused_with_the_field(self, field):
        bench = Bench()
        bench.submit(make_toy_request("r", **{field: "a BREAK " * 5 + "b"}))
        (event,) = bench.events["r"]
        assert isinstance(event, Failed)
        assert (event.code, event.facts["field"]) == ("invalid_field", field)
