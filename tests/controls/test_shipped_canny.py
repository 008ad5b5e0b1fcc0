"""The shipped canny ControlNet through the engine: a picture has the edges that it was to follow."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from diffusion.admission import make_request
from diffusion.assembly import Files, make_loop
from diffusion.events import ImageDone, Pixels, is_terminal
from diffusion.pipeline import PipelineSpec
from diffusion.variants import network_specs
from gateway.backend.onnx_runner import OnnxRunner
from gateway.controls.service import canny


def agreement(edges: Pixels, picture: Pixels) -> float:
    """Share of the edge pixels that have an edge of the picture within one pixel."""
    near = cv2.dilate(canny(picture)[..., 0], np.ones((3, 3), np.uint8))
    wanted = edges[..., 0] > 0
    return float((near[wanted] > 0).mean())


def test_the_picture_follows_the_edges(control_repository: Path, demo: PipelineSpec) -> None:
    runner = OnnxRunner(network_specs(demo))
    runner.load(control_repository, "demo", 1)
    files = Files(control_repository / "demo" / "1" / "tokenizer.json")
    loop = make_loop(demo, files, runner, max_waiting=16, clock=time.monotonic)
    loop.start()
    try:
        apple = np.roll(drawn(loop, demo, "a red apple", 1), 6, axis=1)
        edges = canny(apple)
        prompt = "a green apple"
        without = drawn(loop, demo, prompt, 2)
        following = drawn(loop, demo, prompt, 2, controls=[{"model": "canny", "image": edges}])
    finally:
        loop.stop()
    assert edges.any()
    assert agreement(edges, following) > agreement(edges, without) + 0.1


def drawn(loop: Any, spec: PipelineSpec, prompt: str, seed: int, **more: Any) -> Pixels:
    events: list[Any] = []
    loop.submit(
        make_request(spec, request_id=f"{prompt}{seed}{more.keys()}", prompt=prompt, seed=seed, **more), events.append
    )
    deadline = time.monotonic() + 60
    while not (events and is_terminal(events[-1])) and time.monotonic() < deadline:
        time.sleep(0.02)
    pixels: Pixels = next(event.pixels for event in events if isinstance(event, ImageDone))
    return pixels
