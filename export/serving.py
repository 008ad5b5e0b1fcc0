"""What a checkpoint's files say about serving it: the PipelineSpec, made of its configs and an optional `serving.json`.

`serving.json`, beside `model_index.json`, changes single values of `limits`, `defaults` and `max_rows`; without it they
follow from the size the UNet was trained at.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from diffusion.admission import make_request
from diffusion.components import TEXT_ENCODERS, Component
from diffusion.errors import InvalidFieldError
from diffusion.pipeline import Capability, Defaults, LatentSpec, Limits, PipelineSpec, TextSpec
from diffusion.solvers.errors import SolverError
from diffusion.solvers.registry import SOLVERS
from export.checkpoint import Checkpoint
from export.errors import CheckpointError, DamagedFileError
from export.families import TOKENIZERS
from export.latent_rgb import LatentRgb

SERVING_FILE = "serving.json"
# Latent cells (rows × height × width) that one call may hold: bounds the memory of the largest activation.
# A text encoder does not depend on the picture's size.
MAX_CELLS = {
    Component.UNET: 16 * 64 * 64,
    Component.TRANSFORMER: 16 * 64 * 64,
    Component.VAE_DECODER: 8 * 64 * 64,
    Component.VAE_ENCODER: 8 * 64 * 64,
}
MAX_ROWS = 16
USUAL_SIDES = {Component.UNET: 64, Component.TRANSFORMER: 128}  # latents, where the config has no sample_size
DECODE_TILE = 1024  # pixels: whole pictures above it take the decoder several gigabytes
SAMPLERS = {
    "DDIMScheduler": "ddim",
    "EulerDiscreteScheduler": "euler",
    "EulerAncestralDiscreteScheduler": "euler_a",
    "DPMSolverMultistepScheduler": "dpmpp_2m",
    "LCMScheduler": "lcm",
    "FlowMatchEulerDiscreteScheduler": "flow_euler",
}
DISTILLED, DISTILLED_STEPS = {"lcm"}, 4  # trained for few steps without guidance
GUIDED_BY_ITSELF = 8.5  # of a UNet that is told the scale: what diffusers' LatentConsistencyModelPipeline tells it
FALLBACK_SAMPLER = "dpmpp_2m"
Settings = TypeVar("Settings", Limits, Defaults)


def pipeline_spec(checkpoint: Checkpoint, name: str, fingerprint: str, colours: LatentRgb) -> PipelineSpec:
    """Everything the engine needs to know of `checkpoint`.

    Args:
        name: of the pipeline.
        fingerprint: hash of the weights.
        colours: the latent-to-colour map fitted to the checkpoint's autoencoder.

    Raises:
        CheckpointError: naming the file and the value that cannot be served.
    """
    overrides = read_serving(checkpoint)
    pixels = _pixels_per_latent(checkpoint)
    halvings = _halvings(checkpoint)
    limits, defaults = _settings(checkpoint, pixels, halvings, overrides)
    vae = checkpoint.config(Component.VAE_DECODER)
    scheduler = checkpoint.configs["scheduler"]
    texts = [_text_spec(checkpoint, component) for component in checkpoint.components if component in TEXT_ENCODERS]
    spec = PipelineSpec(
        name=name,
        family=checkpoint.family.name,
        fingerprint=fingerprint,
        text=texts[0],
        text_2=texts[1] if len(texts) > 1 else None,
        time_ids=checkpoint.family.time_ids,
        guidance_width=checkpoint.config(checkpoint.denoiser).get("time_cond_proj_dim") or 0,
        zero_empty_negative=bool(checkpoint.configs["model_index"].get("force_zeros_for_empty_prompt")),
        latent=LatentSpec(
            channels=vae.get("latent_channels", 4),
            pixels=pixels,
            scaling_factor=vae.get("scaling_factor", 0.18215),
            shift_factor=vae.get("shift_factor") or 0.0,
            unet_halvings=halvings,
            mask_channels=checkpoint.setting(checkpoint.denoiser, "in_channels") - vae.get("latent_channels", 4),
            rgb=colours.matrix,
            rgb_bias=colours.bias,
        ),
        limits=limits,
        defaults=defaults,
        noise_schedule={k: v for k, v in scheduler.items() if not k.startswith("_") or k == "_class_name"},
        max_rows=_max_rows(checkpoint, limits, pixels, overrides.get("max_rows", {})),
    )
    _check_defaults(checkpoint, spec)
    return spec


def read_serving(checkpoint: Checkpoint) -> dict[str, Any]:
    """The checkpoint's own `serving.json`, or nothing."""
    path = checkpoint.assets / SERVING_FILE
    if not path.is_file():
        return {}
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DamagedFileError(path, f"not JSON ({error})") from None
    if not isinstance(data, dict) or set(data) - {"limits", "defaults", "max_rows"}:
        raise CheckpointError(path, "may hold the objects limits, defaults and max_rows")
    return data


def _check_defaults(checkpoint: Checkpoint, spec: PipelineSpec) -> None:
    """A request that leaves everything out must be one that the engine takes."""
    if Capability.TEXT_TO_IMAGE not in spec.capabilities:
        return
    try:
        make_request(spec, request_id="check", prompt="", seed=0)
    except InvalidFieldError as error:
        raise CheckpointError(checkpoint.assets / SERVING_FILE, f"default {error}") from error
    except SolverError as error:
        raise CheckpointError(checkpoint.folder / "scheduler" / "scheduler_config.json", str(error)) from error


def _pixels_per_latent(checkpoint: Checkpoint) -> int:
    return int(2 ** (len(checkpoint.config(Component.VAE_DECODER)["block_out_channels"]) - 1))


def _halvings(checkpoint: Checkpoint) -> int:
    """How often the denoiser halves its latents: a UNet between its levels, a transformer in patches."""
    if checkpoint.denoiser is Component.TRANSFORMER:
        return int(checkpoint.setting(Component.TRANSFORMER, "patch_size")).bit_length() - 1
    return len(checkpoint.config(Component.UNET)["block_out_channels"]) - 1


def _most_pixels(checkpoint: Checkpoint, pixels: int) -> int:
    """The largest side that a transformer has positions for; a UNet takes any."""
    if checkpoint.denoiser is not Component.TRANSFORMER:
        return sys.maxsize
    positions, patch = (checkpoint.setting(Component.TRANSFORMER, key) for key in ("pos_embed_max_size", "patch_size"))
    return int(positions * patch * pixels)


def _settings(
    checkpoint: Checkpoint, pixels: int, halvings: int, overrides: Mapping[str, Any]
) -> tuple[Limits, Defaults]:
    denoiser = checkpoint.denoiser
    native = int(checkpoint.config(denoiser).get("sample_size") or USUAL_SIDES[denoiser]) * pixels
    most = _most_pixels(checkpoint, pixels)
    multiple = pixels * 2**halvings  # the UNet's halvings must come out even, or its skip connections do not fit
    smallest = max(multiple, min(native, 256) // multiple * multiple)
    scheduler = checkpoint.configs["scheduler"]
    sampler = SAMPLERS.get(scheduler.get("_class_name", ""), FALLBACK_SAMPLER)
    spacing = scheduler.get("timestep_spacing")
    largest = min(native * (4 if native < 256 else 2), most) // multiple * multiple
    limits = Limits(
        min_size=smallest,
        max_size=largest,
        size_multiple=multiple,
        decode_tile=DECODE_TILE // multiple * multiple if largest > DECODE_TILE else 0,
    )
    defaults = Defaults(
        width=native,
        height=native,
        num_inference_steps=DISTILLED_STEPS if sampler in DISTILLED else checkpoint.family.steps,
        guidance_scale=_usual_guidance(checkpoint, sampler),
        sampler=sampler,
        schedule=spacing if spacing in SOLVERS[sampler].schedules else SOLVERS[sampler].default_schedule,
    )
    path = checkpoint.assets / SERVING_FILE
    limits = _changed(path, "limits", limits, overrides)
    _check_limits(path, limits, multiple, most)
    return limits, _changed(path, "defaults", defaults, overrides)


def _usual_guidance(checkpoint: Checkpoint, sampler: str) -> float:
    if checkpoint.config(checkpoint.denoiser).get("time_cond_proj_dim"):
        return GUIDED_BY_ITSELF
    return 1.0 if sampler in DISTILLED else checkpoint.family.guidance


def _changed(path: Path, group: str, settings: Settings, overrides: Mapping[str, Any]) -> Settings:
    values = overrides.get(group, {})
    known = {field.name: type(getattr(settings, field.name)) for field in dataclasses.fields(settings)}
    for key, value in values.items():
        expected = known.get(key)
        if expected is None:
            raise CheckpointError(path, f"{group}.{key} is unknown; known are {', '.join(known)}")
        if not isinstance(value, (int, float) if expected is float else expected) or isinstance(value, bool):
            raise CheckpointError(path, f"{group}.{key} is {value!r}; expected {expected.__name__}")
    return dataclasses.replace(settings, **values)


def _check_limits(path: Path, limits: Limits, multiple: int, most: int) -> None:
    for field in ("min_size", "max_size", "size_multiple"):
        value = getattr(limits, field)
        if value < 1 or value % multiple:
            raise CheckpointError(path, f"limits.{field} is {value}; expected a multiple of {multiple}")
    if limits.max_size > most:
        allowed = f"at most {most}, which the transformer has positions for"
        raise CheckpointError(path, f"limits.max_size is {limits.max_size}; expected {allowed}")
    if limits.reuse_joints < 0:
        raise CheckpointError(path, f"limits.reuse_joints is {limits.reuse_joints}; expected 0 or more")
    tile = limits.decode_tile
    if tile and (tile % multiple or not limits.min_size <= tile <= limits.max_size):
        allowed = f"0 or a multiple of {multiple} from min_size to max_size"
        raise CheckpointError(path, f"limits.decode_tile is {tile}; expected {allowed}")
    if limits.min_size > limits.max_size:
        raise CheckpointError(path, f"limits.min_size {limits.min_size} is above max_size {limits.max_size}")


def _max_rows(checkpoint: Checkpoint, limits: Limits, pixels: int, overrides: Mapping[str, int]) -> dict[str, int]:
    rows = {}
    for component in checkpoint.components:
        tile = limits.decode_tile if component is Component.VAE_DECODER else 0
        cells, side = MAX_CELLS.get(component, 0), (tile or limits.max_size) // pixels
        rows[component.value] = min(MAX_ROWS, max(2, cells // side**2)) if cells else MAX_ROWS
    return rows | {component: int(value) for component, value in overrides.items() if component in rows}


def _text_spec(checkpoint: Checkpoint, component: Component) -> TextSpec:
    """Token ids by the tokenizer's own words: old CLIP configs state wrong ones."""
    from export.tokenizer_file import token_ids

    config, folder = checkpoint.config(component), TOKENIZERS[checkpoint.network(component)]
    tokenizer = checkpoint.configs[folder]
    bos, eos, pad = token_ids(checkpoint.folder / folder, tokenizer)
    longest = config.get("max_position_embeddings", 77)
    variant = checkpoint.family.variant(component)
    return TextSpec(
        chunk_tokens=min(longest, tokenizer.get("model_max_length", longest)),
        width=config["hidden_size"],
        bos=bos,
        eos=eos,
        pad=pad,
        states="penultimate_hidden_state" if variant else "last_hidden_state",
        pooled_width=config.get("projection_dim", 512) if variant == "projected" else 0,
    )
