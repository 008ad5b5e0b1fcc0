"""Lists, the options of the calling key, and what a picture tells of itself."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

from fastapi import APIRouter, Request

from diffusion.embeddings import EmbeddingError, embedding_files, read_embedding
from diffusion.loras.file import LoraHeader
from diffusion.pipeline import TextSpec
from diffusion.solvers.catalogue import SCHEDULE_LABELS, SOLVERS
from gateway.a1111.controlnet.units import SCRIPT as CONTROLNET
from gateway.a1111.dependencies import Service
from gateway.a1111.lists.schemas import (
    Checkpoint,
    Embeddings,
    Lora,
    Memory,
    Named,
    Sampler,
    Scheduler,
    ScriptInfo,
    Scripts,
    Style,
    Upscaler,
)
from gateway.a1111.mapping import HASH_CHARS, pipeline_called, title_of
from gateway.a1111.options import Options
from gateway.a1111.schemas import PictureBody, PngInfo
from gateway.auth.dependencies import Maker, Viewer
from gateway.errors import ModelNotFoundError
from gateway.models.dependencies import InstalledLoras, Models
from gateway.models.service import Catalogue
from gateway.prompts.endpoints import PromptTools
from gateway.provenance.infotext import parse_infotext
from gateway.provenance.reading import read_texts, uploaded
from gateway.settings import Settings

router = APIRouter(prefix="/sdapi/v1", tags=["a1111"])


@router.get("/sd-models")
async def sd_models(caller: Viewer, models: Models) -> list[Checkpoint]:
    """The installed pipelines."""
    return [
        Checkpoint(
            title=title_of(spec),
            model_name=spec.name,
            hash=spec.fingerprint[:HASH_CHARS],
            sha256=spec.fingerprint,
            filename=f"{spec.name}.safetensors",
        )
        for spec in models.list()
    ]


@router.get("/options")
async def get_options(caller: Viewer, models: Models, service: Service) -> dict[str, Any]:
    """The caller's own options; the model is one of the titles of `sd-models`."""
    return _shown(await service.options(caller), models)


@router.post("/options")
async def set_options(body: dict[str, Any], caller: Maker, models: Models, service: Service) -> dict[str, Any]:
    """Change some of the caller's own options. Clients send the whole object back; what is unknown is ignored."""
    if body.get("sd_model_checkpoint"):
        pipeline_called(str(body["sd_model_checkpoint"])[:300], models)
    return _shown(await service.change_options(caller, body), models)


@router.get("/samplers")
async def samplers(caller: Viewer) -> list[Sampler]:
    """The solvers."""
    return [
        Sampler(name=info.name, aliases=[info.key, *info.aliases], options={"scheduler": info.default_schedule})
        for info in SOLVERS.values()
    ]


@router.get("/schedulers")
async def schedulers(caller: Viewer) -> list[Scheduler]:
    """The schedules."""
    return [
        Scheduler(name="automatic" if key == "default" else key, label=label) for key, label in SCHEDULE_LABELS.items()
    ]


@router.get("/upscalers")
async def upscalers(caller: Viewer) -> list[Upscaler]:
    """What may be named as `hr_upscaler`."""
    return [Upscaler(name="None", scale=1), Upscaler(name="Latent")]


@router.get("/latent-upscale-modes")
async def latent_upscale_modes(caller: Viewer) -> list[Named]:
    """The ones among them that work on latents."""
    return [Named(name="Latent")]


@router.get("/loras")
async def loras(caller: Viewer, installed: InstalledLoras) -> list[Lora]:
    """The installed LoRA files that can be used."""
    found = await asyncio.to_thread(installed.list)
    return [
        Lora(
            name=name,
            alias=header.metadata.get("ss_output_name", name),
            path=header.path.name,
            metadata=header.metadata,
        )
        for name, header in found.items()
        if isinstance(header, LoraHeader)
    ]


@router.get("/prompt-styles")
async def prompt_styles(caller: Viewer, prompts: PromptTools) -> list[Style]:
    """The installed styles."""
    found = await asyncio.to_thread(prompts.styles)
    return [Style(name=one.name, prompt=one.prompt, negative_prompt=one.negative_prompt) for one in found]


@router.get("/embeddings")
async def embeddings(request: Request, caller: Viewer, models: Models, service: Service) -> Embeddings:
    """The installed embeddings: those that fit the caller's model, and the others."""
    spec = pipeline_called((await service.options(caller)).sd_model_checkpoint, models)
    folder = cast(Settings, request.state.settings).embedding_folder
    return await asyncio.to_thread(_embeddings, folder, spec.text)


@router.get("/scripts")
async def scripts(caller: Viewer) -> Scripts:
    """The one that does something here: ControlNet's units."""
    return Scripts(txt2img=[CONTROLNET], img2img=[CONTROLNET])


@router.get("/script-info")
async def script_info(caller: Viewer) -> list[ScriptInfo]:
    """The same, for either kind of generation; clients look here whether there are ControlNets."""
    return [ScriptInfo(name=CONTROLNET, is_img2img=is_img2img) for is_img2img in (False, True)]


@router.get("/memory")
async def memory(caller: Viewer) -> Memory:
    """Administrators find it in the metrics."""
    return Memory()


@router.get("/cmd-flags")
async def cmd_flags(caller: Viewer) -> dict[str, Any]:
    """There is no command line to tell of."""
    return {}


@router.get("/sd-vae")
@router.get("/hypernetworks")
@router.get("/face-restorers")
@router.get("/realesrgan-models")
@router.get("/extensions")
async def nothing(caller: Viewer) -> list[Named]:
    """Lists that are empty here."""
    return []


@router.post("/refresh-checkpoints")
@router.post("/refresh-vae")
@router.post("/refresh-loras")
@router.post("/refresh-embeddings")
async def refresh(caller: Maker) -> None:
    """Nothing to do: the lists are always fresh."""


@router.post("/png-info")
async def png_info(body: PictureBody, caller: Viewer) -> PngInfo:
    """What a picture tells of how it was made, whoever made it."""
    found = await read_texts(uploaded(body.image))
    text = found.infotext or ""
    return PngInfo(info=text, items=found.texts, parameters=parse_infotext(text) if text else {})


def _embeddings(folder: Path, text: TextSpec) -> Embeddings:
    found = Embeddings()
    for name, path in sorted(embedding_files([folder]).items()):
        told = {"step": None, "sd_checkpoint": None, "sd_checkpoint_name": None, "shape": text.width, "vectors": 0}
        try:
            told["vectors"] = len(read_embedding(path, text))
            fits = text.max_clip_skip > 0
        except EmbeddingError:
            fits = False
        (found.loaded if fits else found.skipped)[name] = told
    return found


def _shown(options: Options, models: Catalogue) -> dict[str, Any]:
    """The options, with the model as the title that `sd-models` has for it."""
    try:
        title = title_of(pipeline_called(options.sd_model_checkpoint, models))
    except ModelNotFoundError:  # removed since it was chosen
        title = title_of(models.resolve(None))
    return {**options.model_dump(), "sd_model_checkpoint": title}
