from __future__ import annotations

import dataclasses

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from diffusion.admission import make_request
from diffusion.errors import InvalidFieldError, QueueFullError
from diffusion.events import Cancelled, Finished, ImageDone, PhaseTime, Preview, Queued, Started, StepDone, failed
from diffusion.wire import INPUTS, decode_event, decode_request, encode_event, encode_request
from tests.fakes.pipeline import make_spec, make_toy_request

PIXELS = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)
EVENTS = [
    Queued("r", 3, 2**32 - 1, ("a warning",)),
    Started("r"),
    StepDone("r", 1, 2, 20, 8),
    Preview("r", 0, 4, PIXELS),
    ImageDone("r", 2, 44, PIXELS),
    Finished("r", 0.25, 1.5),
    Finished("r", 0.25, 1.5, (PhaseTime("encode", 0.1, 0.2, 0.1, 1), PhaseTime("denoise", 0.2, 1.4, 1.0, 20))),
    failed("r", QueueFullError("the queue is full", 3.0)),
    Cancelled("r"),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_survives_the_wire(event) -> None:
    back = decode_event(*encode_event(event))
    for field in dataclasses.fields(event):
        assert np.array_equal(getattr(back, field.name), getattr(event, field.name))


@given(
    prompt=st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=200),
    seed=st.integers(0, 2**32 - 1),
    steps=st.integers(1, 150),
    guidance=st.floats(0, 30, width=32),
    priority=st.integers(-2, 2),
    deadline=st.none() | st.floats(1, 3600, width=32),
)
def test_a_request_survives_the_wire(prompt, seed, steps, guidance, priority, deadline) -> None:
    given = {"seed": seed, "num_inference_steps": steps, "guidance_scale": guidance, "priority": priority}
    request = make_toy_request("r", prompt=prompt, deadline_s=deadline, **given)
    fields = decode_request(encode_request(request))
    assert make_request(make_spec(), request_id="r", **fields) == request


def test_options_and_parts_of_options_survive_the_wire() -> None:
    hires = {"scale": 1.5, "num_inference_steps": 7, "strength": 0.7}
    request = make_toy_request("r", eta=0.3, guidance_end=0.7, variation_strength=0.1, variation_seed=4, hires=hires)
    assert make_request(make_spec(), request_id="r", **decode_request(encode_request(request))) == request


def test_only_the_prompt_is_required() -> None:
    assert [tensor.name for tensor in INPUTS if not tensor.is_optional] == ["prompt"]


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("width", np.array([1, 2], np.int32)),
        ("width", np.array([64], np.int64)),
        ("width", np.array(64, np.int32)),
        ("prompt", np.array([b"\xff\xfe"], object)),
        ("prompt", np.array([b"x" * 70_000], object)),
        ("colour", np.array([1], np.int32)),
    ],
)
def test_a_malformed_array_is_refused_by_name(name, array) -> None:
    with pytest.raises(InvalidFieldError) as caught:
        decode_request({name: array})
    assert caught.value.field == name


def test_what_is_no_event_is_refused() -> None:
    with pytest.raises(ValueError, match="not an event"):
        decode_event('{"type": "nonsense"}', None)
