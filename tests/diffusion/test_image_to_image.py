"""Image to image: from an encoded picture, whatever shares the batch."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from diffusion.admission import make_request
from diffusion.components import Component
from diffusion.errors import ComponentUnavailableError, InvalidFieldError
from diffusion.wire import decode_request, encode_request
from tests.diffusion.engine_factory import Bench
from tests.fakes.pipeline import make_spec
from tests.fakes.pipeline import make_toy_request as request

PICTURE = np.random.default_rng(1).integers(0, 256, (32, 48, 3), np.uint8)


def run(**fields) -> Bench:
    bench = Bench()
    bench.submit(request("a", image=PICTURE, **fields))
    bench.run()
    return bench


def test_the_picture_gives_the_size_and_strength_the_steps() -> None:
    bench = run(num_inference_steps=10, strength=0.7)
    assert bench.pictures("a")[0].shape == PICTURE.shape
    assert bench.runner.rows == [2] * 7


@pytest.mark.parametrize(
    ("rows", "columns", "size"), [(21, 30, (32, 24)), (5, 5, (16, 16)), (50, 1000, (64, 16)), (33, 47, (48, 32))]
)
def test_a_picture_of_another_size_is_brought_to_the_nearest_that_is_served(rows, columns, size) -> None:
    made = request("a", image=np.zeros((rows, columns, 3), np.uint8))
    assert (made.width, made.height) == size
    assert made.image is not None
    assert made.image.shape == (*reversed(size), 3)


def test_several_images_share_one_encoding_and_each_can_be_made_alone() -> None:
    bench = run(seed=5, num_images=3)
    assert bench.runner.calls[Component.VAE_ENCODER] == 1
    for number, picture in enumerate(bench.pictures("a")):
        assert np.array_equal(picture, run(seed=5 + number).pictures("a")[0])


def test_pictures_of_several_requests_are_encoded_in_one_call_and_company_changes_nothing() -> None:
    bench = Bench()
    bench.submit(request("a", image=PICTURE), request("b", image=PICTURE[::-1], seed=3), request("c", width=48))
    bench.run()
    assert bench.runner.calls[Component.VAE_ENCODER] == 1
    assert np.array_equal(bench.pictures("a")[0], run().pictures("a")[0])


def test_an_encoder_that_was_away_changes_nothing() -> None:
    away = [True]

    def before(component, _) -> None:
        if component is Component.VAE_ENCODER and away.pop():
            away.append(False)
            raise ComponentUnavailableError(component, "away")

    bench = Bench(before=before)
    bench.submit(request("a", image=PICTURE))
    bench.run()
    assert np.array_equal(bench.pictures("a")[0], run().pictures("a")[0])


def test_it_survives_the_wire() -> None:
    there = request("a", image=PICTURE, strength=0.7)
    back = make_request(make_spec(), request_id="a", **decode_request(encode_request(there)))
    assert back == there
    assert back.image is not None
    assert np.array_equal(back.image, PICTURE)
    assert "image" not in {field.name for field in dataclasses.fields(there) if field.compare}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"image": "x"}, "image"),
        ({"image": PICTURE[..., :1]}, "image"),
        ({"image": PICTURE.astype(np.float32)}, "image"),
        ({"image": PICTURE[:0]}, "image"),
        ({"image": PICTURE, "width": 63}, "width"),
        ({"image": PICTURE, "resize_mode": "squeeze"}, "resize_mode"),
        ({"resize_mode": "crop"}, "resize_mode"),
        ({"image": PICTURE, "strength": 1.5}, "strength"),
        ({"image": PICTURE, "strength": 0.1}, "strength"),
        ({"strength": 0.5}, "strength"),
    ],
)
def test_a_value_outside_is_refused_by_its_name(fields, field) -> None:
    with pytest.raises(InvalidFieldError) as caught:
        request("a", **fields)
    assert caught.value.field == field
