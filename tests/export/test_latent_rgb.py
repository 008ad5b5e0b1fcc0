from __future__ import annotations

import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avila.shipped import SHIPPED
from diffusion.admission import make_request
from diffusion.assembly import Files, make_loop
from diffusion.events import Event, Failed, ImageDone, Pixels, Preview, is_terminal
from diffusion.execution import Executor
from diffusion.pipeline import PipelineSpec, component_specs
from export.latent_rgb import fit, solve
from export.repository import install_pipeline
from export.verify_pipeline import SessionRunner
from gateway.backend.onnx_runner import OnnxRunner


def test_a_linear_relation_is_found_again() -> None:
    generator = np.random.default_rng(0)
    latents = generator.standard_normal((500, 4)).astype(np.float32)
    matrix = generator.uniform(-0.3, 0.3, (4, 3))
    fitted = solve(latents, (latents @ matrix + 0.5).astype(np.float32))
    np.testing.assert_allclose(fitted.matrix, matrix, atol=1e-4)
    np.testing.assert_allclose(fitted.bias, [0.5] * 3, atol=1e-4)
    assert fitted.share > 0.9999


def test_unrelated_colours_are_explained_by_nothing() -> None:
    generator = np.random.default_rng(0)
    latents = generator.standard_normal((2000, 4)).astype(np.float32)
    assert solve(latents, generator.uniform(0, 1, (2000, 3)).astype(np.float32)).share < 0.05


def test_previews_read_latents_in_the_scale_that_the_map_was_fitted_in(sd3: Path, tmp_path: Path) -> None:
    """This autoencoder has a scale and a shift."""
    spec = install_pipeline(sd3, tmp_path / "models", "sd3")
    halves = (tmp_path / "models" / f"sd3__vae_{half}" / "1" / "model.onnx" for half in ("encoder", "decoder"))
    latent = spec.latent
    fitted = fit(*halves, latent.pixels, latent.scaling_factor, latent.shift_factor)
    assert (latent.rgb, latent.rgb_bias) == (fitted.matrix, fitted.bias)
    executor = Executor(spec, OnnxRunner(component_specs(spec)))
    latents = np.random.default_rng(0).normal(size=(16, 4, 4)).astype(np.float32) * 0.1
    image: Any = SimpleNamespace(latents=latents, predicted=None)
    colours = np.tensordot(latents, np.array(fitted.matrix), axes=(0, 0)) + fitted.bias
    assert 0.0 < colours.min() < colours.max() < 1.0, "nothing is cut off"
    np.testing.assert_allclose(executor.preview(image), colours * 255, atol=0.51)


def test_a_preview_of_the_shipped_pipeline_looks_like_its_own_picture_and_no_other(tmp_path: Path) -> None:
    spec = install_pipeline(SHIPPED, tmp_path / "models", "demo")
    files, prompts = (
        Files(tmp_path / "models" / "demo" / "1" / "tokenizer.json"),
        ("a red apple", "a blue car", "a sun"),
    )
    runner = SessionRunner(spec, tmp_path / "models")
    loop = make_loop(spec, files, runner, max_waiting=len(prompts), clock=time.monotonic)
    events: list[Event] = []
    ended = threading.Semaphore(0)

    def listen(event: Event) -> None:
        events.append(event)
        if is_terminal(event):
            ended.release()

    for prompt in prompts:
        asked = {"prompt": prompt, "seed": 3, "num_inference_steps": 12, "preview_every": 6}
        loop.submit(make_request(spec, request_id=prompt, **asked), listen)
    loop.start()
    assert all(ended.acquire(timeout=60) for _ in prompts)
    loop.stop()
    assert not [event for event in events if isinstance(event, Failed)]
    previews = {event.request_id: event.pixels for event in events if isinstance(event, Preview)}
    pictures = {event.request_id: event.pixels for event in events if isinstance(event, ImageDone)}
    for prompt, preview in previews.items():
        likeness = {of: correlation(preview, made_small(picture, spec)) for of, picture in pictures.items()}
        own = likeness.pop(prompt)
        assert own > 0.6, (prompt, own)
        assert own > max(likeness.values()) + 0.15, (prompt, own, likeness)
    assert set(previews) == set(prompts)


def made_small(picture: Pixels, spec: PipelineSpec) -> NDArray[np.float64]:
    """The mean colour of the pixels of each latent."""
    pixels = spec.latent.pixels
    rows, columns = (side // pixels for side in picture.shape[:2])
    mean: NDArray[np.float64] = picture.reshape(rows, pixels, columns, pixels, 3).mean(axis=(1, 3))
    return mean


def correlation(one: NDArray[Any], other: NDArray[Any]) -> float:
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])
