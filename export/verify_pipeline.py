"""Compares whole pictures: our engine over the exported graphs against diffusers' own pipeline, with the same seed.

Needs torch and diffusers. The pictures go into one page, side by side, with the difference made visible.
"""

from __future__ import annotations

import base64
import html
import io
import math
import time
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np

from diffusion.admission import make_request
from diffusion.assembly import Files, make_loop
from diffusion.components import Network, Tensor
from diffusion.errors import ComponentFailedError
from diffusion.events import Event, Failed, ImageDone, Pixels, is_terminal
from diffusion.pipeline import Capability, PipelineSpec
from diffusion.solvers.registry import SOLVERS
from diffusion.variants import network_specs
from export.checkpoint import Checkpoint
from export.picture_cases import cases_for
from export.precision import Precision
from export.sessions import open_session

MAX_DIFFERENCE = 2  # of 255 grey levels: float32 sums in another order, amplified by the steps, then rounded
# dB against float32, in the precisions that lose something
MIN_PSNR = {
    Precision.FP32: math.inf,
    Precision.FP16: 30.0,
    Precision.BF16: math.inf,  # compared as its float32 graph, which OpenVINO rounds where it serves it
    Precision.INT8: 15.0,
    Precision.INT8_HALF: 15.0,
    Precision.FP8: 15.0,
}
STEPS, LARGE_STEPS = 8, 4
LARGE_BYTES = 500_000_000  # a denoiser above it is compared at the smallest size in fewer steps: minutes, not hours
LIMIT_S = 3600.0
SHOWN_SIDE = 192


class SessionRunner:
    """A Runner over ONNX Runtime sessions on CPU, opened when they are first used."""

    def __init__(self, spec: PipelineSpec, repository: Path) -> None:
        self._specs = network_specs(spec)
        self._repository = repository
        self._name = spec.name
        self._sessions: dict[Network, Any] = {}

    def run(self, component: Network, inputs: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """One call; see `diffusion.runner.Runner`."""
        spec = self._specs[component]
        spec.check_inputs(inputs)
        if component not in self._sessions:
            model = self._repository / f"{self._name}__{component}" / "1" / "model.onnx"
            self._sessions[component] = open_session(model)
        names = [tensor.name for tensor in spec.outputs]
        try:
            arrays = self._sessions[component].run(names, dict(inputs))
        except Exception as error:  # ONNX Runtime's errors have no common base class
            raise ComponentFailedError(component, str(error)) from error
        return dict(zip(names, arrays, strict=True))


def compare_with_diffusers(
    checkpoint: Checkpoint, repository: Path, name: str, page: Path, precision: Precision = Precision.FP32
) -> dict[str, Any]:
    """Generate every case both ways, write the page, and return the figures.

    Args:
        checkpoint: the pipeline.
        repository: a model repository in which it is installed as `name`.
        page: HTML file to write.
        precision: what the installed pipeline computes in.
    """
    spec = PipelineSpec.load(repository / name / "1" / "pipeline.json")
    weights = repository / f"{name}__{spec.denoiser}" / "1" / "weights.safetensors"
    is_large = weights.stat().st_size > LARGE_BYTES
    steps = LARGE_STEPS if is_large else STEPS
    size = spec.limits.min_size if is_large else spec.defaults.height
    theirs = generate_with_diffusers(spec, checkpoint, steps, size)  # first: it is let go before ours is loaded
    ours = generate(spec, repository, steps, size)
    results, rows = [], []
    for case, mine, right in zip(cases_for(spec), ours, theirs, strict=True):
        difference = np.abs(mine.astype(np.int16) - right.astype(np.int16))
        decibels = psnr(mine, right)
        close = difference.max() <= MAX_DIFFERENCE or decibels >= MIN_PSNR[precision]
        results.append(
            {
                "prompt": case.prompt,
                "sampler": case.sampler,
                "seed": case.seed,
                "max_difference": int(difference.max()),
                "psnr_db": decibels,
                "passed": bool(close),
            }
        )
        rows.append(_row(results[-1], (mine, right, np.minimum(difference * 64, 255).astype(np.uint8))))
    page.write_text(_page(name, rows), encoding="utf-8")
    return {"passed": all(result["passed"] for result in results), "precision": precision.value, "pictures": results}


def generate(spec: PipelineSpec, repository: Path, steps: int, size: int) -> list[Pixels]:
    """Every case by our engine, all in the same batches."""
    tokenizer, cases = repository / spec.name / "1" / "tokenizer.json", cases_for(spec)
    loop = make_loop(
        spec, Files(tokenizer), SessionRunner(spec, repository), max_waiting=len(cases), clock=time.monotonic
    )
    ended: list[Event] = []
    pictures: dict[str, Pixels] = {}

    def listen(event: Event) -> None:
        if isinstance(event, ImageDone):
            pictures[event.request_id] = event.pixels
        if is_terminal(event):
            ended.append(event)

    for index, case in enumerate(cases):
        request = make_request(
            spec,
            **pictures_for(spec, size),
            request_id=str(index),
            prompt=case.prompt,
            negative_prompt=case.negative_prompt,
            width=size,
            height=size,
            num_inference_steps=steps,
            seed=case.seed,
            sampler=case.sampler,
            schedule=case.schedule,
        )
        loop.submit(request, listen)
    loop.start()
    try:
        _wait_for(ended, len(cases))
    finally:
        loop.stop()
    for event in ended:
        if isinstance(event, Failed):
            raise ComponentFailedError("pipeline", event.message)
    return [pictures[str(index)] for index in range(len(cases))]


def pictures_for(spec: PipelineSpec, size: int) -> dict[str, Any]:
    """What a pipeline needs that does not paint from text alone: a picture whose middle is to be made anew."""
    if Capability.TEXT_TO_IMAGE in spec.capabilities:
        return {}
    ramp = np.linspace(0, 255, size).astype(np.uint8)
    image = np.stack([*np.meshgrid(ramp, ramp), np.full((size, size), 128, np.uint8)], axis=-1)
    mask = np.zeros((size, size), np.uint8)
    mask[size // 4 : -(size // 4), size // 4 : -(size // 4)] = 255
    return {"image": image, "mask": mask, "mask_blur": 0, "strength": 1.0}


def generate_with_diffusers(spec: PipelineSpec, checkpoint: Checkpoint, steps: int, size: int) -> list[Pixels]:
    """Every case by diffusers' pipeline from text to picture, one at a time, in float32."""
    import diffusers
    import torch

    from export.networks import cast_layer_by_layer, keeps_half, replaced_networks

    untyped, denoiser = cast(Any, diffusers), checkpoint.network(checkpoint.denoiser)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        given = pictures_for(spec, size)
        pipeline = getattr(untyped, checkpoint.family.pipelines[-1 if given else 0]).from_pretrained(
            checkpoint.folder,
            torch_dtype={"default": torch.float32, **({denoiser: torch.float16} if keeps_half(checkpoint) else {})},
            local_files_only=True,
            use_safetensors=True,
            **_options(checkpoint),
            **replaced_networks(checkpoint),
        )
        if keeps_half(checkpoint):
            cast_layer_by_layer(getattr(pipeline, denoiser))
        pipeline.set_progress_bar_config(disable=True)
        trained_with = dict(pipeline.scheduler.config)  # a scheduler made from another one would keep its options
        pictures = []
        for case in cases_for(spec):
            scheduler = getattr(untyped, case.scheduler_class)
            pipeline.scheduler = scheduler.from_config(trained_with | dict(case.scheduler_settings))
            result = pipeline(
                case.prompt,
                negative_prompt=case.negative_prompt or None,  # what an empty one means, the pipeline says
                width=size,
                height=size,
                num_inference_steps=steps,
                guidance_scale=spec.defaults.guidance_scale,
                generator=torch.Generator().manual_seed(case.seed),
                output_type="np",
                **_as_theirs(given),
            )
            whole = np.round(result.images[0] * 255).astype(np.uint8)
            pictures.append(np.where(given["mask"][..., None], whole, given["image"]) if given else whole)
    return pictures


def _as_theirs(given: Mapping[str, Any]) -> dict[str, Any]:
    from PIL import Image

    if not given:
        return {}
    pictures = {"image": Image.fromarray(given["image"]), "mask_image": Image.fromarray(given["mask"])}
    return {**pictures, "strength": given["strength"]}


def _options(checkpoint: Checkpoint) -> dict[str, Any]:
    half = all(checkpoint.weights_path(item).name.endswith(".fp16.safetensors") for item in checkpoint.components)
    variant = {"variant": "fp16"} if half else {}
    return {**variant, **checkpoint.family.options}


def psnr(left: Pixels, right: Pixels) -> float:
    """Peak signal-to-noise ratio in dB; 99 for equal pictures."""
    error = float(np.mean((left.astype(np.float64) - right.astype(np.float64)) ** 2))
    return 99.0 if error == 0 else round(10 * math.log10(255**2 / error), 1)


def _wait_for(ended: list[Event], count: int) -> None:
    deadline = time.monotonic() + LIMIT_S
    while len(ended) < count:
        if time.monotonic() > deadline:
            raise ComponentFailedError("pipeline", f"not finished within {LIMIT_S:.0f} s")
        time.sleep(0.02)


def _row(result: Mapping[str, Any], pictures: tuple[Pixels, Pixels, Pixels]) -> str:
    sampler = SOLVERS[result["sampler"]].name
    text = (
        f"{html.escape(result['prompt'])}<br>{sampler}, seed {result['seed']}<br>"
        f"largest difference {result['max_difference']} of 255<br>{result['psnr_db']} dB"
    )
    cells = "".join(f'<td><img width="{SHOWN_SIDE}" src="{_data_uri(pixels)}" alt=""></td>' for pixels in pictures)
    return f"<tr><td>{text}</td>{cells}</tr>"


def _page(name: str, rows: list[str]) -> str:
    title = f"{html.escape(name)}: exported pipeline and diffusers"
    head = "<tr><th></th><th>exported</th><th>diffusers</th><th>difference × 64</th></tr>"
    style = "body{font-family:sans-serif}td{padding:.5em;vertical-align:top}img{image-rendering:pixelated}"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{style}</style>'
        f"<h1>{title}</h1><table>{head}{''.join(rows)}</table></html>\n"
    )


def _data_uri(pixels: Pixels) -> str:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
