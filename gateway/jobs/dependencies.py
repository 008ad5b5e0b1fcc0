"""Jobs in an endpoint's signature, and what a caller says beside his body."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Annotated, Any, cast

from fastapi import Depends, Header, Request

from gateway.controls.service import MapMaker
from gateway.files.dependencies import Links, file_service, link_maker
from gateway.files.service import LinkMaker
from gateway.jobs.schemas import Job
from gateway.jobs.service import JobService
from gateway.models.dependencies import Models, catalogue_of
from gateway.models.service import Catalogue
from gateway.prompts.service import PromptService
from gateway.uploads.service import UploadService
from gateway.webhooks.service import WebhookService

_WAIT = re.compile(r"\bwait(?:=([0-9]{1,4}))?\b")
MAX_WAIT_S = 60


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a caller says beside the order itself.

    Attributes:
        wait_s: seconds that he wants to wait for the end (`Prefer: wait` or `Prefer: wait=n`).
        idempotency_key: his own name for the order.
    """

    wait_s: int
    idempotency_key: str | None


@dataclass(frozen=True, slots=True)
class Desk:
    """Where orders are taken and jobs are shown."""

    jobs: JobService
    models: Catalogue
    prompts: PromptService
    uploads: UploadService
    webhooks: WebhookService
    maps: MapMaker
    link: LinkMaker

    async def show(self, job_id: str, owner: str) -> Job:
        """A job, with fresh links."""
        return Job.of(await self.jobs.get(job_id, owner), self.link)


async def desk_of(request: Request) -> Desk:
    """The desk, for what is no endpoint of the framework's."""
    link = await link_maker(request, await file_service(request))
    return await _desk(request, await catalogue_of(request), link)


async def _desk(request: Request, models: Models, link: Links) -> Desk:
    state = request.state
    prompts, uploads = cast(PromptService, state.prompts), cast(UploadService, state.uploads)
    webhooks, maps = cast(WebhookService, state.webhooks), cast(MapMaker, state.maps)
    return Desk(cast(JobService, state.jobs), models, prompts, uploads, webhooks, maps, link)


async def _wishes(
    prefer: Annotated[str, Header(max_length=200)] = "",
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=255)] = None,
) -> Wishes:
    match = _WAIT.search(prefer)
    wait_s = 0 if match is None else min(int(match[1] or MAX_WAIT_S), MAX_WAIT_S)
    return Wishes(wait_s, idempotency_key)


def hash_of_body(surface: str, body: dict[str, Any]) -> str:
    """Recognises the same order sent again."""
    text = json.dumps([surface, body], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


JobDesk = Annotated[Desk, Depends(_desk)]
CallerWishes = Annotated[Wishes, Depends(_wishes)]
