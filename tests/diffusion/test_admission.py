from __future__ import annotations

import pytest

from diffusion.admission import make_request
from diffusion.errors import InvalidFieldError
from tests.fakes.pipeline import make_spec

SPEC = make_spec()


def make(**given):
    return make_request(SPEC, request_id="r", **{"prompt": "a cat", **given})


def test_what_is_left_out_gets_the_pipelines_default() -> None:
    request = make_request(SPEC, request_id="r", prompt="a cat", width=None, random_seed=lambda: 99)
    assert (request.width, request.num_inference_steps, request.sampler, request.seed) == (32, 4, "ddim", 99)


def test_no_seed_means_a_new_one_each_time() -> None:
    assert len({make().seed for _ in range(8)}) > 1


def test_another_sampler_brings_its_own_default_schedule() -> None:
    assert make().schedule == "trailing"
    assert make(sampler="dpmpp_2m").schedule == "karras"


def test_a_sampler_may_be_given_by_its_display_name() -> None:
    assert make(sampler="DPM++ 2M").sampler == "dpmpp_2m"


@pytest.mark.parametrize(
    ("field", "value", "allowed"),
    [
        ("width", 30, "a multiple of 8 from 16 to 64"),
        ("height", 8, "a multiple of 8 from 16 to 64"),
        ("height", 72, "a multiple of 8 from 16 to 64"),
        ("width", "64", "a multiple of 8 from 16 to 64"),
        ("num_inference_steps", 0, "a whole number from 1 to 150"),
        ("num_inference_steps", 151, "a whole number from 1 to 150"),
        ("num_inference_steps", True, "a whole number from 1 to 150"),
        ("guidance_scale", -0.1, "a number from 0 to 30"),
        ("guidance_scale", float("nan"), "a number from 0 to 30"),
        ("guidance_scale", float("inf"), "a number from 0 to 30"),
        ("seed", -1, "a whole number from 0 to 4294967295"),
        ("seed", 2**32, "a whole number from 0 to 4294967295"),
        ("num_images", 11, "a whole number from 1 to 10"),
        ("priority", 3, "a whole number from -2 to 2"),
        ("deadline_s", 0.0, "a number from 0.001 to 3600"),
        ("preview_every", -1, "a whole number from 0 to 150"),
        ("progress_every_s", -0.1, "a number from 0 to 60"),
        ("prompt", "x" * 8001, "at most 8000 characters"),
        ("prompt", 7, "a text"),
        ("negative_prompt", "a\x00b", "a text without NUL characters"),
        ("owner", "x" * 201, "at most 200 characters"),
    ],
)
def test_a_value_outside_names_the_field_the_value_and_the_range(field, value, allowed) -> None:
    with pytest.raises(InvalidFieldError) as caught:
        make(**{field: value})
    error = caught.value
    assert (error.field, error.allowed) == (field, allowed)
    assert error.given in str(error)
    assert len(error.given) < 200


def test_an_unknown_sampler_is_refused_with_the_near_ones() -> None:
    with pytest.raises(InvalidFieldError, match=r"did you mean .*euler") as caught:
        make(sampler="eulr")
    assert caught.value.field == "sampler"


def test_a_schedule_that_the_sampler_cannot_use_is_refused() -> None:
    with pytest.raises(InvalidFieldError, match="schedule"):
        make(schedule="no such schedule")


def test_a_name_that_is_no_field_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(TypeError, match="steps"):
        make(steps=3)
