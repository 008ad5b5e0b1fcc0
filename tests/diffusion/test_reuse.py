"""Deep features used again: which evaluations are whole, whose features a row gets, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from diffusion.components import DEEP_FEATURES, Component, Variant
from diffusion.errors import ComponentUnavailableError, InvalidFieldError
from diffusion.events import StepDone
from diffusion.pipeline import ControlNetSpec, PipelineSpec
from diffusion.variants import features_tensor, network_specs
from diffusion.wire import decode_request, encode_request
from tests.diffusion.engine_factory import Bench
from tests.fakes.pipeline import make_spec, make_toy_request

SPEC = make_spec(deep_features=(6, 1))
MAP = np.zeros((32, 32, 3), np.uint8)
Network = Any


def ran(*requests: Any, before: Any = lambda *_: None) -> Bench:
    bench = Bench(SPEC, before=before)
    bench.submit(*requests)
    bench.run()
    return bench


def cached(name: str, interval: int, **more: Any) -> Any:
    return make_toy_request(name, SPEC, **{"num_inference_steps": 7, "cache_interval": interval, **more})


def test_every_third_evaluation_is_whole() -> None:
    order: list[Network] = []
    bench = ran(cached("a", 3), before=lambda network, _: order.append(network))
    steps = [network for network in order if str(network).startswith("unet")]
    keep, reuse = Variant.UNET_KEEP, Variant.UNET_REUSE
    assert steps == [keep, reuse, reuse, keep, reuse, reuse, keep]
    assert bench.runner.calls[Component.UNET] == 0
    assert [event.step for event in bench.events["a"] if isinstance(event, StepDone)] == [*range(1, 8)]


def test_a_row_gets_the_features_of_its_own_last_whole_evaluation() -> None:
    """Two images with guidance, the requests two evaluations apart: of each row and call, what was given for it."""
    kept: dict[bytes, np.ndarray] = {}
    texts: list[int] = []

    def look(network: Network, inputs: Any) -> None:
        if network == Variant.UNET_KEEP:
            for row, states in zip(inputs["sample"], inputs["encoder_hidden_states"], strict=True):
                kept[states.tobytes()] = row.mean()
        if network == Variant.UNET_REUSE:
            texts.append(len(inputs["sample"]))
            for features, states in zip(inputs[DEEP_FEATURES], inputs["encoder_hidden_states"], strict=True):
                assert features.mean() == pytest.approx(kept[states.tobytes()], abs=1e-6)

    bench = Bench(SPEC, before=look)
    bench.submit(cached("a", 3, prompt="one", negative_prompt="not"))
    bench.step(3)
    bench.submit(cached("b", 3, prompt="another", negative_prompt="none"))
    bench.run()
    assert max(texts) == 4, "the two never shared a call"


@pytest.mark.parametrize(
    "more", [{}, {"guidance_end": 0.5}, {"prompt": "a AND b"}, {"sampler": "heun"}, {"num_images": 3}]
)
def test_the_same_picture_whatever_shares_the_batch(more: dict[str, Any]) -> None:
    alone = ran(cached("a", 2, **more)).pictures("a")
    others = [cached("b", 2, seed=9), cached("c", 3), make_toy_request("d", SPEC, num_inference_steps=7)]
    together = ran(cached("a", 2, **more), *others).pictures("a")
    for first, second in zip(alone, together, strict=True):
        assert np.abs(first.astype(int) - second).max() <= 1


def test_the_interval_makes_a_difference() -> None:
    pictures = [ran(cached("a", interval)).pictures("a")[0].tobytes() for interval in (1, 2, 3)]
    assert len(set(pictures)) == 3


def test_with_an_interval_of_one_nothing_is_different() -> None:
    bench = ran(cached("a", 1))
    assert bench.runner.calls[Component.UNET] == 7
    assert np.array_equal(bench.pictures("a")[0], ran(cached("b", 1)).pictures("b")[0])


def test_each_pass_begins_with_a_whole_evaluation() -> None:
    hires = {"scale": 2.0, "num_inference_steps": 3, "strength": 1.0}
    bench = ran(cached("a", 5, width=16, height=16, hires=hires, num_inference_steps=4))
    assert (bench.runner.calls[Variant.UNET_KEEP], bench.runner.calls[Variant.UNET_REUSE]) == (2, 5)


def test_a_component_that_dies_loses_no_features() -> None:
    calm = ran(cached("a", 2)).pictures("a")[0]
    died = 0

    def dies(network: Network, _: Any) -> None:
        nonlocal died
        if network == Variant.UNET_REUSE and died < 2:
            died += 1
            raise ComponentUnavailableError(network, "its process has died")

    assert np.array_equal(ran(cached("a", 2), before=dies).pictures("a")[0], calm)
    assert died == 2


def test_more_rows_than_one_call_takes() -> None:
    """Six images with guidance are twelve rows, and the toy UNet takes eight."""
    few = make_spec(deep_features=(6, 1), max_rows={**SPEC.max_rows, "unet": 5})
    pictures = []
    for spec in (SPEC, few):
        bench = Bench(spec, row_cap=12)
        bench.submit(make_toy_request("a", spec, num_images=6, cache_interval=2))
        bench.run()
        pictures.append(bench.pictures("a"))
    assert all(np.array_equal(first, second) for first, second in zip(*pictures, strict=True))


def refusal(spec: PipelineSpec, **given: Any) -> str:
    with pytest.raises(InvalidFieldError) as caught:
        make_toy_request("a", spec, **given)
    assert caught.value.field == "cache_interval"
    return str(caught.value)


def test_what_cannot_be_is_refused() -> None:
    assert "is installed without it" in refusal(make_spec(), cache_interval=2)
    assert "from 1 to 10" in refusal(SPEC, cache_interval=11)
    assert "from 1 to 10" in refusal(SPEC, cache_interval=0)
    nets = make_spec(
        deep_features=(6, 1), controlnets={"canny": ControlNetSpec("canny", "a")}, residuals=((8, 0), (8, 1))
    )
    controls = [{"model": "canny", "image": MAP}]
    assert "without ControlNets and LoRAs" in refusal(nets, cache_interval=2, controls=controls)
    loras = make_spec(deep_features=(6, 1), lora_layers={"unet": {"a": (4, 4)}})
    assert "without ControlNets and LoRAs" in refusal(loras, cache_interval=2, prompt="a <lora:b:1>")
    assert make_toy_request("a", make_spec(), cache_interval=1).cache_interval == 1


def test_it_travels_and_the_pipeline_says_so() -> None:
    fields = decode_request(encode_request(cached("a", 4)))
    assert fields["cache_interval"] == 4
    assert PipelineSpec.from_json(SPEC.to_json()) == SPEC
    specs = network_specs(SPEC)
    tensor = features_tensor(SPEC)
    assert tensor.shape == ("batch", 6, "height_halved_1", "width_halved_1")
    assert tensor in specs[Variant.UNET_KEEP].outputs
    assert tensor in specs[Variant.UNET_REUSE].inputs
    assert not {Variant.UNET_KEEP, Variant.UNET_REUSE} & set(network_specs(make_spec()))
