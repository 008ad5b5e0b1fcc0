"""Jobs in an endpoint's signature, and what a caller says beside his body."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Annotated, Any, cast

from fastapi import Depends, Header, Request

from gateway.files.dependencies import Links
from gateway.files.service import LinkMaker
from gateway.jobs.schemas import Job
from gateway.jobs.service import JobService
from gateway.models.dependencies import Models
from gateway.models.service import Catalogue

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
    link: LinkMaker

    async def show(self, job_id: str, owner: str) -> Job:
        """A job, with fresh links."""
        return Job.of(await self.jobs.get(job_id, owner), self.link)


def _desk(request: Request, models: Models, link: Links) -> Desk:
    return Desk(cast(JobService, request.state.jobs), models, link)


def _wishes(
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
