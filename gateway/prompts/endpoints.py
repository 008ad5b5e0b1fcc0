"""`/v1/prompts`: templates, styles, suggestions, wildcards, token counts."""

from __future__ import annotations

import asyncio
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Query, Request

from diffusion.embeddings import EmbeddingError, embedding_files
from diffusion.prompt.advice import advice_on
from gateway.auth.dependencies import Viewer
from gateway.errors import InvalidRequestError
from gateway.models.dependencies import InstalledLoras, Models
from gateway.models.schemas import LoraFile
from gateway.prompts.items import Style, Template
from gateway.prompts.schemas import (
    Count,
    CountedText,
    EncoderCount,
    ExpandBody,
    FillBody,
    FoundTag,
    PreparedPrompts,
    TokensBody,
    Wildcard,
)
from gateway.prompts.service import Prompts, PromptService
from gateway.prompts.suggestions import Category, Language, of_loras
from gateway.prompts.tokens import read_texts, tokenizer_of
from gateway.settings import Settings

router = APIRouter(prefix="/v1/prompts", tags=["prompts"])
SHOWN_CHOICES = 5


async def _prompts(request: Request) -> PromptService:
    return cast(PromptService, request.state.prompts)


PromptTools = Annotated[PromptService, Depends(_prompts)]


@router.get("/templates")
async def list_templates(caller: Viewer, prompts: PromptTools) -> list[Template]:
    """Prompts with places to fill in."""
    return [*await asyncio.to_thread(prompts.templates)]


@router.post("/templates/{name}/fill")
async def fill_template(name: str, body: FillBody, caller: Viewer, prompts: PromptTools) -> PreparedPrompts:
    """A template with its places filled."""
    return _prepared(await asyncio.to_thread(prompts.fill, name, body.values))


@router.get("/styles")
async def list_styles(caller: Viewer, prompts: PromptTools) -> list[Style]:
    """What can be put around a prompt; a job takes their names in `styles`."""
    return [*await asyncio.to_thread(prompts.styles)]


@router.get("/wildcards")
async def list_wildcards(caller: Viewer, prompts: PromptTools) -> list[Wildcard]:
    """What `__name__` can stand for."""
    found = await asyncio.to_thread(prompts.wildcards)
    return [Wildcard(name=name, choices=len(lines), examples=[*lines[:SHOWN_CHOICES]]) for name, lines in found.items()]


@router.get("/embeddings")
async def list_embeddings(request: Request, caller: Viewer) -> list[str]:
    """Names of embeddings (textual inversion): words that a prompt may use."""
    settings = cast(Settings, request.state.settings)
    files = await asyncio.to_thread(embedding_files, [settings.embedding_folder])
    return sorted(path.stem for path in files.values())


@router.get("/suggestions")
async def suggest(  # noqa: PLR0913 - its parameters are the query's
    caller: Viewer,
    prompts: PromptTools,
    models: Models,
    loras: InstalledLoras,
    q: Annotated[str, Query(max_length=100, description="what was typed so far")] = "",
    category: Category | None = None,
    language: Annotated[Language | None, Query(description="of the words; without it, all")] = None,
    model: Annotated[str | None, Query(max_length=200, description="leaves out tags of other models")] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> list[FoundTag]:
    """English tags for the beginning of a word in Portuguese, French, German or English; LoRAs and their triggers."""
    takes_none = any(spec.name == model and not spec.lora_layers for spec in models.list())
    installed = {} if takes_none else await asyncio.to_thread(loras.list)
    more = of_loras(LoraFile.of(name, header) for name, header in installed.items())
    found = prompts.suggestions.find(q, category=category, language=language, model=model, limit=limit, more=more)
    return [FoundTag(tag=one.tag, category=one.category, word=one.word, language=one.language) for one in found]


@router.post("/expand")
async def expand_prompts(body: ExpandBody, caller: Viewer, prompts: PromptTools) -> PreparedPrompts:
    """The prompts that a job with this seed would have: in their styles, with the choices made."""
    made = await asyncio.to_thread(prompts.prepare, body.prompt, body.negative_prompt, body.styles, body.seed)
    return _prepared(made)


@router.post("/tokens")
async def count_tokens(body: TokensBody, request: Request, caller: Viewer, models: Models) -> Count:
    """How many tokens the prompts have, where chunks begin, and what will have no effect."""
    spec = models.resolve(body.model)
    settings = cast(Settings, request.state.settings)
    steps = body.num_inference_steps or spec.defaults.num_inference_steps
    folders = (settings.embedding_folder,)
    tokenizer = await asyncio.to_thread(tokenizer_of, spec, settings.model_repository, folders)
    try:
        prompts = (body.prompt, body.negative_prompt)
        texts = await asyncio.to_thread(read_texts, spec, tokenizer, prompts, steps, body.emphasis)
    except EmbeddingError as error:
        raise InvalidRequestError(f"prompt: {error}", field="prompt") from error
    counted = [
        CountedText(
            field=text.field, text=text.text, tokens=sum(text.tokens), chunks=[*text.tokens], marks=[*text.marks]
        )
        for text in texts
    ]
    longest = spec.limits.max_prompt_chunks
    fits = all(len(text.chunks) <= longest for text in counted)
    body_tokens = spec.text.chunk_tokens - 2
    encoders = [  # those of one pipeline read the same tokens
        EncoderCount(encoder=component.value, chunk_tokens=body_tokens, max_chunks=longest, fits=fits, texts=counted)
        for component in spec.texts
    ]
    guidance = spec.defaults.guidance_scale if body.guidance_scale is None else body.guidance_scale
    fields = {**body.model_dump(), "num_inference_steps": steps, "guidance_scale": guidance}
    advice = advice_on(fields, is_guided_by_rows=not spec.guidance_width)
    return Count(model=spec.name, encoders=encoders, warnings=[*advice])


def _prepared(prompts: Prompts) -> PreparedPrompts:
    return PreparedPrompts(prompt=prompts.prompt, negative_prompt=prompts.negative_prompt, warnings=[*prompts.warnings])
