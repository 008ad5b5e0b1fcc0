"""From AUTOMATIC1111's fields to a `GenerationRequest`, and back to the texts of its answers."""

from __future__ import annotations

import base64
import dataclasses
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from diffusion.admission import make_request
from diffusion.pipeline import PipelineSpec
from diffusion.request import GenerationRequest
from diffusion.solvers.registry import SCHEDULE_LABELS, SOLVERS
from gateway.a1111.controlnet.units import SCRIPT, controls_of, units_in, wanted_of
from gateway.a1111.extras import extras_of
from gateway.a1111.options import Options
from gateway.a1111.schemas import GenerationBody
from gateway.controls.service import Wanted
from gateway.errors import InvalidRequestError
from gateway.models.service import Catalogue
from gateway.prompts.advice import advice_of
from gateway.provenance.infotext import infotext, solver_of
from gateway.provenance.recipe import SOFTWARE, recipe_of
from gateway.safety.policy import Level
from gateway.storage.data_urls import png_of
from gateway.storage.encoding import Encoding

_NEAREST = {
    "dpm fast": "dpmpp_2m",
    "dpm adaptive": "dpmpp_2m",
    "restart": "dpmpp_2m",
    "dpm++ 2s a karras": "dpmpp_2s_a",
}
HASH_CHARS = 10


@dataclass(frozen=True, slots=True)
class Generation:
    """A request with what the answer needs beside it. `echo` repeats the fields that were understood.

    Attributes:
        wanted: of each of its controls, the map that is wanted of its picture.
        shows_map: of each of its controls, whether the answer has its map behind the pictures.
    """

    request: GenerationRequest
    encoding: Encoding
    spec: PipelineSpec
    echo: Mapping[str, Any]
    warnings: tuple[str, ...]
    sends_images: bool
    safety: Level | None = None
    wanted: tuple[Wanted, ...] = ()
    shows_map: tuple[bool, ...] = ()

    def maps(self) -> list[str]:
        """The maps that the answer has behind its pictures, in base64. Slow work: use a thread."""
        pairs = zip(self.request.controls, self.shows_map, strict=True)
        shown = [control.image for control, is_shown in pairs if is_shown and control.image is not None]
        return [base64.b64encode(png_of(picture)).decode("ascii") for picture in shown]


def title_of(spec: PipelineSpec) -> str:
    """What these clients show and send back for a pipeline."""
    return f"{spec.name}.safetensors [{spec.fingerprint[:HASH_CHARS]}]"


def pipeline_called(name: str, catalogue: Catalogue) -> PipelineSpec:
    """The pipeline of a title, name, file name or hash; the default for none.

    Raises:
        ModelNotFoundError: there is none of that name.
    """
    for spec in catalogue.list():
        if name in (title_of(spec), spec.name, f"{spec.name}.safetensors", spec.fingerprint[:HASH_CHARS]):
            return spec
    return catalogue.resolve(name or None)


def to_generation(
    body: GenerationBody, options: Options, catalogue: Catalogue, owner: str, preprocessors: Sequence[str]
) -> Generation:
    """Translate and check; `preprocessors` are those that can run here.

    Raises:
        InvalidRequestError, InvalidFieldError, ModelNotFoundError: naming what cannot be.
    """
    options = options.overlaid(body.override_settings)
    spec = pipeline_called(options.sd_model_checkpoint, catalogue)
    warnings: list[str] = []
    sampler, schedule = _solver(body, warnings)
    extras = extras_of(body, options, spec, sampler, warnings)
    units = units_in(body.alwayson_scripts)
    wanted = wanted_of(units, preprocessors, warnings)
    extras["controls"] = controls_of(units, spec, (body.width, body.height), extras, warnings)
    _warn_of_the_rest(body, warnings)
    request = make_request(
        spec,
        request_id="new",
        prompt=body.prompt,
        owner=owner,
        negative_prompt=body.negative_prompt,
        width=body.width,
        height=body.height,
        num_inference_steps=body.steps,
        guidance_scale=body.cfg_scale,
        seed=None if body.seed < 0 else body.seed,
        num_images=body.num_images,
        sampler=sampler,
        schedule=schedule,
        preview_every=min(options.preview_every, spec.limits.max_steps),
        **extras,
    )
    warnings += advice_of(request, spec)
    quality = options.jpeg_quality if options.format.value == "jpeg" else 100
    echo = body.model_dump(exclude={"alwayson_scripts", "override_settings", "init_images", "mask"})
    return Generation(
        request,
        Encoding(options.format, quality),
        spec,
        echo,
        tuple(warnings),
        body.send_images,
        options.safety,
        wanted,
        tuple(placed.unit.save_detected_map for placed in units),
    )


def info_of(
    generation: Generation, seeds: Sequence[int], now: datetime, found: Sequence[Mapping[str, Any]] = ()
) -> str:
    """The `info` text of an answer. `found` has the pictures that were blocked or blurred."""
    request, spec = generation.request, generation.spec
    stored = dataclasses.asdict(dataclasses.replace(request, image=None, mask=None, controls=()))
    controls = [
        {"model": one.model, "weight": one.weight, "start": one.start, "end": one.end} for one in request.controls
    ]
    recipes = [recipe_of(stored, spec.name, spec.fingerprint, seed) | {"controls": controls} for seed in seeds]
    texts = [infotext(recipe) for recipe in recipes]
    count = len(seeds)
    return json.dumps(
        {
            "prompt": request.prompt,
            "all_prompts": [request.prompt] * count,
            "negative_prompt": request.negative_prompt,
            "all_negative_prompts": [request.negative_prompt] * count,
            "seed": seeds[0] if seeds else request.seed,
            "all_seeds": list(seeds),
            "subseed": _or_none(request.variation_seed),
            "all_subseeds": [_or_none(request.variation_seed)] * count,
            "subseed_strength": request.variation_strength,
            "width": request.width,
            "height": request.height,
            "sampler_name": SOLVERS[request.sampler].name,
            "cfg_scale": request.guidance_scale,
            "steps": request.num_inference_steps,
            "batch_size": request.num_images,
            "restore_faces": False,
            "face_restoration_model": None,
            "sd_model_name": spec.name,
            "sd_model_hash": spec.fingerprint[:HASH_CHARS],
            "sd_vae_name": None,
            "sd_vae_hash": None,
            "seed_resize_from_w": -1,
            "seed_resize_from_h": -1,
            "denoising_strength": request.strength if request.hires is None else request.hires.strength,
            "extra_generation_params": {"Schedule type": SCHEDULE_LABELS[request.schedule]},
            "index_of_first_image": 0,
            "infotexts": texts,
            "styles": [],
            "job_timestamp": now.strftime("%Y%m%d%H%M%S"),
            "clip_skip": request.clip_skip + 1,
            "is_using_inpainting_conditioning": False,
            "version": SOFTWARE,
            **({"moderation": list(found)} if found else {}),
        },
        ensure_ascii=False,
    )


def _or_none(seed: int | None) -> int:
    return -1 if seed is None else seed


def _solver(body: GenerationBody, warnings: list[str]) -> tuple[str, str | None]:
    name = body.sampler_name or body.sampler_index
    solver, schedule = solver_of(name, body.scheduler)
    if solver is None and name.casefold() in _NEAREST:
        solver = _NEAREST[name.casefold()]
        warnings.append(f"sampler_name: there is no {name!r} here; {SOLVERS[solver].name} was used")
    if solver is None:
        known = ", ".join(info.name for info in SOLVERS.values())
        raise InvalidRequestError(f"Sampler not found: {name[:60]!r}; there are {known}", field="sampler_name")
    if body.scheduler and schedule is None and body.scheduler.casefold() != "automatic":
        warnings.append(f"scheduler: there is no {body.scheduler[:60]!r} here; the sampler's own was used")
    if schedule is not None and schedule not in SOLVERS[solver].schedules:
        warnings.append(f"scheduler: {SOLVERS[solver].name} does not run on {schedule}; its own was used")
        schedule = None
    return solver, schedule


def _warn_of_the_rest(body: GenerationBody, warnings: list[str]) -> None:
    """What would make another picture elsewhere and does nothing here."""
    if body.restore_faces:
        warnings.append("restore_faces: there is no face restoration here")
    if body.tiling:
        warnings.append("tiling: there are no seamless pictures here")
    if body.script_name:
        warnings.append("script_name: there are no scripts here")
    unknown = [name for name in body.alwayson_scripts if name.casefold() != SCRIPT]
    if unknown:
        warnings.append(f"alwayson_scripts: {', '.join(repr(name[:60]) for name in unknown)} did nothing")
