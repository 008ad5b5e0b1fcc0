"""What the tools do: the same as the endpoints of their names, told as text and pictures."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any, cast

from fastapi import Request
from mcp.types import ContentBlock, ImageContent, TextContent

from gateway.auth.subject import Role, Scope, Subject
from gateway.errors import GenerationFailedError, PermissionDeniedError
from gateway.jobs.dependencies import Desk, desk_of
from gateway.jobs.ordering import order_of
from gateway.jobs.schemas import JobBody
from gateway.openai.models.schemas import Model
from gateway.storage.images import ImageStore

PATIENCE_S = 110.0
"""Clients wait for about two minutes; what takes longer is answered with its job."""

Told = Callable[[float, float | None], Awaitable[None]]


async def models(request: Request) -> list[ContentBlock]:
    """The installed pipelines."""
    found = [Model.of(spec).model_dump(mode="json") for spec in (await desk_of(request)).models.list()]
    return [_text({"models": found})]


async def job(request: Request, caller: Subject, job_id: str) -> list[ContentBlock]:
    """A job of the caller's, with its pictures. Raises NotFoundError."""
    return await _shown(request, await desk_of(request), caller, job_id)


async def make(request: Request, caller: Subject, body: JobBody, tell: Told) -> list[ContentBlock]:
    """Accept a job and wait for it, telling how far it is.

    Raises:
        GatewayError, InvalidFieldError: it is not accepted, or failed.
    """
    if not caller.may(Role.USER, Scope.GENERATE):
        raise PermissionDeniedError(
            f"You may not do this: it needs the role {Role.USER} and the scope {Scope.GENERATE}"
        )
    desk = await desk_of(request)
    row, _ = await desk.jobs.accept(await order_of(body, caller, desk, "mcp"))
    try:
        async with asyncio.timeout(PATIENCE_S), aclosing(desk.jobs.follow_accepted(row)) as events:
            async for event in events:
                if event.type == "progress":
                    await tell(float(event.data["progress"]), 1.0)
    except TimeoutError:
        pass
    return await _shown(request, desk, caller, row.id)


async def _shown(request: Request, desk: Desk, caller: Subject, job_id: str) -> list[ContentBlock]:
    view = await desk.jobs.get(job_id, caller.owner)
    told = (await desk.show(job_id, caller.owner)).model_dump(mode="json", include=SHOWN)
    if told["error"] is not None:
        raise GenerationFailedError(f"The job {job_id} failed: {told['error']}")
    store = cast(ImageStore, request.state.images)
    pictures = [_picture(await store.get(image.blob), image.media_type) for image in view.images]
    return [_text(told), *pictures]


SHOWN = {
    "id",
    "model",
    "status",
    "images",
    "error",
    "warnings",
    "moderation",
    "progress",
    "queue_position",
    "eta_seconds",
}


def _text(value: dict[str, Any]) -> TextContent:
    return TextContent(type="text", text=json.dumps(value, ensure_ascii=False))


def _picture(data: bytes, media_type: str) -> ImageContent:
    return ImageContent(type="image", data=base64.b64encode(data).decode("ascii"), mime_type=media_type)
