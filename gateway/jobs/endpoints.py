"""`/v1/jobs`: create, look, list, cancel, retry, delete."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from gateway.auth.dependencies import Maker, Viewer
from gateway.errors import InvalidRequestError, NotFoundError
from gateway.jobs.dependencies import CallerWishes, JobDesk
from gateway.jobs.ordering import order_of, plain_order
from gateway.jobs.records import ADVICE, SOURCES
from gateway.jobs.schemas import Job, JobBody, JobList, StoredInput
from gateway.jobs.status import JobStatus
from gateway.kit.disconnect import run_while_connected
from gateway.storage.data_urls import PARENT, data_in, pictures_in
from gateway.storage.tables import JobRow

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])
SURFACE = "jobs"
MAX_PAGE = 100
APART = (SOURCES, PARENT, ADVICE)
PNG: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/png": {"schema": {"type": "string", "format": "binary"}}}}
}


@router.post("", status_code=201, responses={200: {"model": Job, "description": "The same job, made before"}})
async def create_job(
    body: JobBody, request: Request, response: Response, caller: Maker, desk: JobDesk, wishes: CallerWishes
) -> Job:
    """Accept a job. It is stored before this answers, and it runs on whatever becomes of the caller."""
    order = await order_of(body, caller, desk, SURFACE)
    row, is_new = await desk.jobs.accept(dataclasses.replace(order, idempotency_key=wishes.idempotency_key))
    response.status_code = 201 if is_new else 200
    response.headers["location"] = f"/v1/jobs/{row.id}"
    if wishes.wait_s:
        response.headers["preference-applied"] = f"wait={wishes.wait_s}"
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wishes.wait_s):
                await run_while_connected(request.receive, desk.jobs.ended(row))
    return await desk.show(row.id, caller.owner)


@router.get("")
async def list_jobs(
    caller: Viewer,
    desk: JobDesk,
    status: Annotated[list[JobStatus] | None, Query(max_length=6)] = None,
    cursor: Annotated[str | None, Query(max_length=40)] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 20,
) -> JobList:
    """The caller's jobs, youngest first."""
    return JobList.of(await desk.jobs.list(caller.owner, status or (), cursor, limit), desk.link)


@router.get("/{job_id}")
async def get_job(job_id: str, caller: Viewer, desk: JobDesk) -> Job:
    """One job."""
    return await desk.show(job_id, caller.owner)


@router.get("/{job_id}/inputs/{field}", response_class=Response, responses=PNG)
async def get_input(
    job_id: str,
    field: Annotated[str, Path(max_length=40, description="`image`, `mask`, or a control's map: `controls[0].image`")],
    caller: Viewer,
    desk: JobDesk,
) -> Response:
    """A picture that went into a job, as it was used: a control's is the map that was made of what was sent."""
    stored = pictures_in((await desk.jobs.get(job_id, caller.owner)).row.input)
    if field not in stored:
        raise NotFoundError(f"Nothing went into this job as {field!r}; there is: {', '.join(stored) or 'nothing'}")
    data = await asyncio.to_thread(data_in, field, stored[field])
    return Response(data, media_type="image/png", headers={"cache-control": "private, no-store"})


@router.post("/{job_id}/cancel")
async def cancel_job(job_id: str, caller: Maker, desk: JobDesk) -> Job:
    """Withdraw a job: at once while it waits, at the next step while it runs."""
    return Job.of(await desk.jobs.cancel(job_id, caller.owner), desk.link)


@router.post("/{job_id}/retry", status_code=201)
async def retry_job(job_id: str, caller: Maker, desk: JobDesk) -> Job:
    """A new job with the same input."""
    old = (await desk.jobs.get(job_id, caller.owner)).row
    if not JobStatus(old.status).is_terminal:
        raise InvalidRequestError(f"The job is {old.status}; only an ended job can be sent again")
    known = StoredInput.model_fields  # of what other surfaces alone can ask for, nothing that was used is left out
    given = {name: value for name, value in old.input.items() if name not in APART and (name in known or value)}
    body = JobBody(model=old.model, input=StoredInput.model_validate(given), priority=old.priority)
    sources = await desk.uploads.sources(caller.owner, body.input.pictures)  # its own copies, not what they came from
    order = await asyncio.to_thread(plain_order, body, desk.models.resolve(old.model), caller, sources)
    row, _ = await desk.jobs.accept(dataclasses.replace(order, **_kept(old)))
    return await desk.show(row.id, caller.owner)


def _kept(old: JobRow) -> dict[str, Any]:
    """What an order has of an earlier job beside its input: how its pictures were named, where its picture comes from,
    and whom it told."""
    parent = old.input.get(PARENT)
    return {
        "sources": old.input.get(SOURCES, {}),
        "parent": None if parent is None else data_in(PARENT, parent),
        "webhook": next((one for one in (old.webhooks or {}).get("targets", ()) if "url" in one), None),
    }


@router.delete("/{job_id}", status_code=204)
async def delete_job(job_id: str, caller: Maker, desk: JobDesk) -> None:
    """Remove an ended job and its pictures."""
    await desk.jobs.delete(job_id, caller.owner)
