"""`/v1/audit`: who did what, for administrators."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Literal, cast

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime
from starlette.responses import StreamingResponse

from gateway.audit.repository import AuditFilter
from gateway.audit.schemas import Act, ActList
from gateway.audit.service import AuditService
from gateway.auth.dependencies import Admin

router = APIRouter(prefix="/v1/audit", tags=["audit"])
JSON_LINES = "application/x-ndjson"


async def _audit(request: Request) -> AuditService:
    return cast(AuditService, request.state.audit)


async def _filter(
    action: Annotated[str | None, Query(max_length=40, pattern=r"^[a-z_.]+$")] = None,
    outcome: Literal["done", "refused"] | None = None,
    actor: Annotated[str | None, Query(max_length=40)] = None,
    target: Annotated[str | None, Query(max_length=80)] = None,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
) -> AuditFilter:
    return AuditFilter(action, outcome, actor, target, since, until)


Audit = Annotated[AuditService, Depends(_audit)]
Which = Annotated[AuditFilter, Depends(_filter)]


@router.get("")
async def list_acts(
    caller: Admin,
    audit: Audit,
    which: Which,
    cursor: Annotated[str | None, Query(max_length=40)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> ActList:
    """Acts, youngest first. `action=key` finds every act on keys, `action=key.create` that one."""
    rows = await audit.page(which, cursor, limit + 1)
    shown = [Act.of(row) for row in rows[:limit]]
    return ActList(results=shown, next=shown[-1].id if len(rows) > limit else None)


@router.get("/export", response_class=StreamingResponse, responses={200: {"content": {JSON_LINES: {}}}})
async def export_acts(caller: Admin, audit: Audit, which: Which) -> StreamingResponse:
    """All of them, oldest first, one JSON object a line. The export is itself an act."""
    await audit.record("audit.export")

    async def lines() -> AsyncIterator[str]:
        async for row in audit.export(which):
            yield f"{Act.of(row).model_dump_json()}\n"

    headers = {"content-disposition": 'attachment; filename="avila-audit.jsonl"'}
    return StreamingResponse(lines(), media_type=JSON_LINES, headers=headers)
