"""The same LoRAs, seed and weights give the picture that diffusers' `load_lora_weights` and `set_adapters` give."""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from diffusion.admission import make_request
from diffusion.assembly import Files, make_loop
from diffusion.events import Failed, ImageDone, Pixels, is_terminal
from diffusion.pipeline import PipelineSpec
from diffusion.variants import network_specs
from export.verify_pipeline import psnr
from gateway.backend.onnx_runner import OnnxRunner
from tests.oracle import shipped_in_diffusers

STEPS = 4
CASES = {
    "PEFT, every layer": [("everything", 1.0)],
    "alpha from the metadata": [("scaled", 0.7)],
    "kohya, half precision": [("kohya", 0.8)],
    "text encoder alone": [("words", 1.0)],
    "three at once": [("everything", 0.5), ("kohya", -0.6), ("words", 0.9)],
    "none": [],
}


@pytest.fixture(scope="module")
def theirs() -> Any:
    return shipped_in_diffusers()


def by_diffusers(pipeline: Any, folder: Path, loras: Sequence[tuple[str, float]]) -> Pixels:
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, _ in loras:
            pipeline.load_lora_weights(folder, weight_name=f"{name}.safetensors", adapter_name=name)
        if loras:
            pipeline.set_adapters([name for name, _ in loras], [weight for _, weight in loras])
        try:
            result = pipeline(
                "a red apple", negative_prompt="blurred", num_inference_steps=STEPS, guidance_scale=4.0,
                width=128, height=128, generator=torch.Generator().manual_seed(3), output_type="np",
            )  # fmt: skip
        finally:
            if loras:
                pipeline.unload_lora_weights()
    pixels: Pixels = np.round(result.images[0] * 255).astype(np.uint8)
    return pixels


@pytest.fixture(scope="module")
def ours(lora_repository: Path, lora_folder: Path, demo: PipelineSpec) -> dict[str, Pixels]:
    """Every case at once, so that different LoRAs share batches."""
    runner = OnnxRunner(network_specs(demo))
    runner.load(lora_repository, "demo", 1)
    files = Files(lora_repository / "demo" / "1" / "tokenizer.json", loras=[lora_folder])
    loop = make_loop(demo, files, runner, max_waiting=16, clock=time.monotonic)
    pictures: dict[str, Pixels] = {}
    ended: list[Any] = []

    def listen(event: Any) -> None:
        if isinstance(event, ImageDone):
            pictures[event.request_id] = event.pixels
        if is_terminal(event):
            ended.append(event)

    for name, loras in CASES.items():
        given = [{"name": lora, "weight": weight} for lora, weight in loras]
        request = make_request(
            demo, request_id=name, prompt="a red apple", negative_prompt="blurred", width=128, height=128, seed=3,
            num_inference_steps=STEPS, guidance_scale=4.0, sampler="ddim", schedule="trailing", loras=given,
        )  # fmt: skip
        loop.submit(request, listen)
    loop.start()
    deadline = time.monotonic() + 60
    while len(ended) < len(CASES) and time.monotonic() < deadline:
        time.sleep(0.02)
    loop.stop()
    assert [event for event in ended if isinstance(event, Failed)] == []
    return pictures


@pytest.mark.parametrize("case", CASES)
def test_the_picture_is_diffusers(case: str, ours: dict[str, Pixels], theirs: Any, lora_folder: Path) -> None:
    right = by_diffusers(theirs, lora_folder, CASES[case])
    assert np.abs(ours[case].astype(int) - right).max() <= 2
    assert psnr(ours[case], right) >= 50.0


def test_each_set_gives_another_picture(ours: dict[str, Pixels]) -> None:
    names = list(CASES)
    for i, first in enumerate(names):
        for second in names[i + 1 :]:
            assert psnr(ours[first], ours[second]) < 40.0, (first, second)
