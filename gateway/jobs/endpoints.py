"""`/v1/jobs`: create, look, list, cancel, retry, delete."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from diffusion.admission import make_request
from diffusion.pipeline import PipelineSpec
from gateway.auth.dependencies import Maker, Viewer
from gateway.auth.subject import Subject
from gateway.errors import InvalidRequestError
from gateway.jobs.dependencies import CallerWishes, JobDesk, hash_of_body
from gateway.jobs.records import Order
from gateway.jobs.schemas import Job, JobBody, JobInput, JobList
from gateway.jobs.status import JobStatus
from gateway.kit.disconnect import run_while_connected
from gateway.storage.encoding import Encoding, ImageFormat

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])
SURFACE = "jobs"
MAX_PAGE = 100


@router.post("", status_code=201, responses={200: {"model": Job, "description": "The same job, made before"}})
async def create_job(
    body: JobBody, request: Request, response: Response, caller: Maker, desk: JobDesk, wishes: CallerWishes
) -> Job:
    """Accept a job. It is stored before this answers, and it runs on whatever becomes of the caller."""
    row, is_new = await desk.jobs.accept(_order(body, desk.models.resolve(body.model), caller, wishes.idempotency_key))
    response.status_code = 201 if is_new else 200
    response.headers["location"] = f"/v1/jobs/{row.id}"
    if wishes.wait_s:
        response.headers["preference-applied"] = f"wait={wishes.wait_s}"
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wishes.wait_s):
                await run_while_connected(request.receive, desk.jobs.ended(row.id, caller.owner))
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
    body = JobBody(model=old.model, input=JobInput.model_validate(old.input), priority=old.priority)
    row, _ = await desk.jobs.accept(_order(body, desk.models.resolve(old.model), caller, None))
    return await desk.show(row.id, caller.owner)


@router.delete("/{job_id}", status_code=204)
async def delete_job(job_id: str, caller: Maker, desk: JobDesk) -> None:
    """Remove an ended job and its pictures."""
    await desk.jobs.delete(job_id, caller.owner)


def _order(body: JobBody, spec: PipelineSpec, caller: Subject, idempotency_key: str | None) -> Order:
    given = body.input.model_dump(exclude={"output_format", "output_quality"})
    request = make_request(spec, request_id="new", owner=caller.owner, priority=body.priority, **given)
    return Order(
        request=request,
        encoding=Encoding(ImageFormat(body.input.output_format), body.input.output_quality),
        surface=SURFACE,
        subject=caller,
        fingerprint=spec.fingerprint,
        idempotency_key=idempotency_key,
        body_hash=hash_of_body(SURFACE, body.model_dump(mode="json")),
    )
