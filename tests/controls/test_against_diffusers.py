"""The same ControlNets, maps and seed give the picture that diffusers' ControlNet pipelines give."""

from __future__ import annotations

import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avila.shipped import shipped_controlnets
from diffusion.admission import make_request
from diffusion.assembly import Files, make_loop
from diffusion.events import Failed, ImageDone, Pixels, StepDone, is_terminal
from diffusion.pipeline import PipelineSpec
from diffusion.variants import network_specs
from export.verify_pipeline import psnr
from gateway.backend.onnx_runner import OnnxRunner
from tests.controls.maps import circle, square
from tests.oracle import shipped_in_diffusers

STEPS = 6
CASES: dict[str, list[dict[str, Any]]] = {
    "one": [{"image": circle(), "weight": 1.0}],
    "weaker": [{"image": square(), "weight": 0.6}],
    "the first half": [{"image": circle(), "weight": 1.0, "end": 0.5}],
    "the middle": [{"image": square(), "weight": 1.2, "start": 0.3, "end": 0.8}],
    "two": [{"image": circle(), "weight": 0.7, "end": 0.7}, {"image": square(), "weight": 0.5, "start": 0.2}],
    "without weight": [{"image": circle(), "weight": 0.0}],
    "none": [],
}


@pytest.fixture(scope="module")
def theirs() -> Any:
    import torch
    from diffusers import ControlNetModel

    net: Any = ControlNetModel.from_pretrained(shipped_controlnets()["canny"], torch_dtype=torch.float32)
    return shipped_in_diffusers(), net


def by_diffusers(parts: Any, controls: list[dict[str, Any]], picture: Pixels | None = None) -> Pixels:
    import torch
    from diffusers import StableDiffusionControlNetImg2ImgPipeline, StableDiffusionControlNetPipeline
    from PIL import Image

    pipeline, net = parts
    more: dict[str, Any] = {"width": 64, "height": 64, "num_inference_steps": STEPS}
    if controls:
        nets = [net] * len(controls) if len(controls) > 1 else net
        images = [Image.fromarray(control["image"]) for control in controls]
        cls: Any = StableDiffusionControlNetPipeline if picture is None else StableDiffusionControlNetImg2ImgPipeline
        pipeline = cls(**pipeline.components, controlnet=nets, requires_safety_checker=False)
        more |= {
            "image" if picture is None else "control_image": images if len(controls) > 1 else images[0],
            "controlnet_conditioning_scale": [control["weight"] for control in controls],
            "control_guidance_start": [control.get("start", 0.0) for control in controls],
            "control_guidance_end": [control.get("end", 1.0) for control in controls],
        }
        if len(controls) == 1:
            more["controlnet_conditioning_scale"] = controls[0]["weight"]
    if picture is not None:
        more |= {"image": Image.fromarray(picture), "strength": 0.75}
    pipeline.set_progress_bar_config(disable=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = pipeline(
            "a red apple", negative_prompt="blurred", guidance_scale=4.0,
            generator=torch.Generator().manual_seed(3), output_type="np", **more,
        )  # fmt: skip
    pixels: Pixels = np.round(result.images[0] * 255).astype(np.uint8)
    return pixels


@pytest.fixture(scope="module")
def events(control_repository: Path, demo: PipelineSpec) -> dict[str, list[Any]]:
    """Every case at once, so that rows with and without ControlNets are here together."""
    runner = OnnxRunner(network_specs(demo))
    runner.load(control_repository, "demo", 1)
    files = Files(control_repository / "demo" / "1" / "tokenizer.json")
    loop = make_loop(demo, files, runner, max_waiting=16, clock=time.monotonic)
    told: dict[str, list[Any]] = {}
    for name, controls in CASES.items():
        given = [{"model": "canny", **control} for control in controls]
        loop.submit(
            request(demo, name, controls=given), lambda event: told.setdefault(event.request_id, []).append(event)
        )
    picture = {"image": coloured(), "strength": 0.75, "controls": [{"model": "canny", "image": circle()}]}
    loop.submit(
        request(demo, "from a picture", **picture), lambda event: told.setdefault(event.request_id, []).append(event)
    )
    loop.start()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if sum(is_terminal(events[-1]) for events in list(told.values())) == len(CASES) + 1:
            break
        time.sleep(0.02)
    loop.stop()
    assert [event for events in told.values() for event in events if isinstance(event, Failed)] == []
    return told


def request(spec: PipelineSpec, name: str, **more: Any) -> Any:
    return make_request(
        spec, request_id=name, prompt="a red apple", negative_prompt="blurred", width=64, height=64, seed=3,
        num_inference_steps=STEPS, guidance_scale=4.0, sampler="ddim", schedule="trailing", **more,
    )  # fmt: skip


def coloured() -> Pixels:
    return np.stack([circle()[..., 0], square()[..., 0], np.full((64, 64), 90, np.uint8)], axis=-1)


def picture_of(events: list[Any]) -> Pixels:
    pixels: Pixels = next(event.pixels for event in events if isinstance(event, ImageDone))
    return pixels


@pytest.mark.parametrize("case", CASES)
def test_the_picture_is_diffusers(case: str, events: dict[str, list[Any]], theirs: Any) -> None:
    assert psnr(picture_of(events[case]), by_diffusers(theirs, CASES[case])) >= 50.0


def test_a_picture_to_begin_with_and_a_map_work_together(events: dict[str, list[Any]], theirs: Any) -> None:
    right = by_diffusers(theirs, [{"image": circle(), "weight": 1.0}], coloured())
    assert psnr(picture_of(events["from a picture"]), right) >= 50.0


def test_each_control_gives_another_picture(events: dict[str, list[Any]]) -> None:
    names = [name for name in CASES if name != "without weight"]
    for i, first in enumerate(names):
        for second in names[i + 1 :]:
            assert psnr(picture_of(events[first]), picture_of(events[second])) < 40.0, (first, second)
    assert psnr(picture_of(events["none"]), picture_of(events["without weight"])) >= 60.0


def test_different_controls_share_calls(events: dict[str, list[Any]]) -> None:
    rows = [event.rows for name in ("one", "weaker", "two") for event in events[name] if isinstance(event, StepDone)]
    assert max(rows) >= 6
