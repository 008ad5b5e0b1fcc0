"""Controls in a request: bounds, the wire, and how they cut a request's way into stages."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from diffusion.errors import InvalidFieldError
from diffusion.passes import plan_passes
from diffusion.pipeline import ControlNetSpec
from diffusion.solvers.noise_schedule import NoiseSchedule
from diffusion.wire import CONTROL_IMAGES, decode_request, encode_request
from tests.diffusion.engine_factory import Bench
from tests.fakes.pipeline import make_spec, make_toy_request

NETS = {"canny": ControlNetSpec("canny", "a"), "depth": ControlNetSpec("depth", "b")}
SPEC = make_spec(controlnets=NETS, residuals=((8, 0), (8, 1)))
MAP = np.zeros((32, 32, 3), np.uint8)


def controlled(*controls: dict[str, Any], **more: Any) -> Any:
    return make_toy_request("r", SPEC, controls=[{"model": "canny", "image": MAP, **one} for one in controls], **more)


def test_a_map_is_brought_to_the_requests_size() -> None:
    request = controlled({"image": np.zeros((64, 16, 3), np.uint8)}, width=40, height=24)
    assert request.controls[0].image.shape == (24, 40, 3)


def test_it_travels_whole() -> None:
    request = controlled({"weight": 0.3, "start": 0.1}, {"model": "depth", "image": MAP + 255, "end": 0.7})
    arrays = encode_request(request)
    assert arrays[CONTROL_IMAGES].shape == (2, 32, 32, 3)
    fields = decode_request(arrays)
    again = make_toy_request("r", SPEC, controls=fields["controls"])
    assert again.controls == request.controls
    assert [control.image.max() for control in again.controls] == [0, 255]


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"controls": "canny"}, "controls"),
        ({"controls": [{"model": "canny"}]}, "controls[0]"),
        ({"controls": [{"model": "pose", "image": MAP}]}, "controls[0].model"),
        ({"controls": [{"model": "canny", "image": MAP[..., 0]}]}, "controls[0].image"),
        ({"controls": [{"model": "canny", "image": MAP, "weight": -1}]}, "controls[0].weight"),
        ({"controls": [{"model": "canny", "image": MAP, "start": 1.5}]}, "controls[0].start"),
        ({"controls": [{"model": "canny", "image": MAP, "start": 0.5, "end": 0.5}]}, "controls[0].end"),
        ({"controls": [{"model": "canny", "image": MAP, "preprocessor": "canny"}]}, "controls[0].preprocessor"),
        ({"controls": [{"model": "canny", "image": MAP, "power": 1}]}, "controls[0]"),
        ({"controls": [{"model": "canny", "image": MAP}] * 5}, "controls"),
    ],
)
def test_what_is_out_of_bounds_is_named(fields: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidFieldError) as caught:
        make_toy_request("r", SPEC, **fields)
    assert caught.value.field == named


def test_a_pipeline_without_controlnets_says_so() -> None:
    with pytest.raises(InvalidFieldError, match="installed without ControlNets"):
        make_toy_request("r", make_spec(), controls=[{"model": "canny", "image": MAP}])


def test_maps_without_controls_are_refused_on_the_wire() -> None:
    with pytest.raises(InvalidFieldError, match="controls"):
        decode_request({CONTROL_IMAGES: np.zeros((1, 8, 8, 3), np.uint8)})
    arrays = encode_request(controlled({}))
    with pytest.raises(InvalidFieldError, match=CONTROL_IMAGES):
        decode_request({**arrays, CONTROL_IMAGES: np.zeros((2, 8, 8, 3), np.uint8)})


@pytest.mark.parametrize("steps", [1, 4, 7, 20])
@pytest.mark.parametrize(("start", "end"), [(0.0, 1.0), (0.0, 0.5), (0.3, 0.8), (0.25, 0.75), (0.9, 1.0)])
def test_it_acts_in_the_steps_of_diffusers(steps: int, start: float, end: float) -> None:
    request = controlled({"start": start, "end": end}, num_inference_steps=steps)
    (one,) = plan_passes(request, SPEC, NoiseSchedule.from_config(SPEC.noise_schedule))
    right = [i for i in range(steps) if not (i / steps < start or (i + 1) / steps > end)]  # its `controlnet_keep`
    assert [k for k in range(steps) if one.acting(k)] == right


def test_without_weight_it_never_acts() -> None:
    request = controlled({"weight": 0})
    (one,) = plan_passes(request, SPEC, NoiseSchedule.from_config(SPEC.noise_schedule))
    assert not any(one.acting(k) for k in range(one.table.num_evaluations))


def test_with_only_masked_it_follows_the_maps_part_there() -> None:
    """Equal to an inpainting of the part alone, with the part of the map."""
    random = np.random.default_rng(3)
    picture, whole_map = (random.integers(0, 256, (64, 64, 3), np.uint8) for _ in range(2))
    mask = np.zeros((64, 64), np.uint8)
    mask[28:44, 24:40] = 255
    rows, columns = slice(20, 52), slice(16, 48)  # 8 pixels around it: 32 x 32, the size that is generated
    common = {"mask_blur": 0, "seed": 4, "width": 32, "height": 32}
    bench = Bench(SPEC)
    for name, part, more in (
        ("whole", np.s_[:, :], {"only_masked": True, "only_masked_padding": 8}),
        ("part", (rows, columns), {}),
    ):
        controls = [{"model": "canny", "image": whole_map[part]}]
        given = {"image": picture[part], "mask": mask[part], "controls": controls, **common, **more}
        bench.submit(make_toy_request(name, SPEC, **given))
    bench.submit(
        make_toy_request("plain", SPEC, image=picture, mask=mask, only_masked=True, only_masked_padding=8, **common)
    )
    bench.run()
    assert np.array_equal(bench.pictures("whole")[0][rows, columns], bench.pictures("part")[0])
    assert not np.array_equal(bench.pictures("whole")[0], bench.pictures("plain")[0])
