"""`/v1/admin`, for administrators, and `/v1/announcement`, for everybody."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime

from gateway.admin.schemas import (
    Announcement,
    AnnouncementBody,
    By,
    DayAnswer,
    DrainAnswer,
    FiguresAnswer,
    PausedBody,
    QueueAnswer,
    QueueJob,
    SettingAnswer,
    TallyAnswer,
)
from gateway.admin.service import AdminService
from gateway.auth.dependencies import Admin, Viewer
from gateway.jobs.dependencies import JobDesk
from gateway.jobs.schemas import Job
from gateway.jobs.status import JobStatus
from gateway.models.dependencies import Models
from gateway.settings import Settings, described

router = APIRouter(tags=["admin"])
Hours = Annotated[int, Query(ge=1, le=24 * 366)]


async def _admin(request: Request) -> AdminService:
    return cast(AdminService, request.state.admin)


Service = Annotated[AdminService, Depends(_admin)]


@router.get("/v1/admin/figures")
async def figures(caller: Admin, service: Service, hours: Hours = 24) -> FiguresAnswer:
    """Images made and their mean time within the last hours; slots used and GPU use now."""
    return FiguresAnswer.of(await service.figures(timedelta(hours=hours)))


@router.get("/v1/admin/figures/{by}")
async def figures_by(by: By, caller: Admin, service: Service, hours: Hours = 24) -> list[TallyAnswer]:
    """The same for each user, key or model, most images first."""
    return [TallyAnswer.of(tally) for tally in await service.tallies(timedelta(hours=hours), by)]


@router.get("/v1/admin/usage")
async def usage(
    caller: Admin,
    service: Service,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    by: By | None = None,
) -> list[DayAnswer]:
    """Day by day, of all or by user, key or model."""
    return [DayAnswer.on(day, tally) for day, tally in await service.usage(since, until, by)]


@router.get("/v1/admin/queue")
async def queue(
    caller: Admin,
    service: Service,
    status: Annotated[list[JobStatus] | None, Query(max_length=6)] = None,
    cursor: Annotated[str | None, Query(max_length=40)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> QueueAnswer:
    """Everybody's jobs; those that wait or run where no status is named."""
    wanted = status or [JobStatus.QUEUED, JobStatus.STARTING, JobStatus.PROCESSING]
    page, names = await service.queue(wanted, cursor, limit)
    jobs = [QueueJob.of(view, names.get(view.row.owner)) for view in page.jobs]
    return QueueAnswer(results=jobs, next=page.next_cursor)


@router.put("/v1/admin/queue/paused")
async def pause(body: PausedBody, caller: Admin, desk: JobDesk) -> PausedBody:
    """Stop or let go on the starting of jobs; what runs runs on."""
    await desk.jobs.set_paused(body.is_paused)
    return PausedBody(is_paused=await desk.jobs.is_paused())


@router.post("/v1/admin/jobs/{job_id}/cancel")
async def cancel(job_id: str, caller: Admin, desk: JobDesk) -> Job:
    """Withdraw anybody's job."""
    return Job.of(await desk.jobs.cancel(job_id, None), desk.link)


@router.get("/v1/admin/drains")
async def drains(caller: Admin, service: Service) -> list[DrainAnswer]:
    """The models that are being drained."""
    return [DrainAnswer.model_validate(found, from_attributes=True) for found in await service.drains()]


@router.put("/v1/admin/drains/{model:path}", status_code=204)
async def drain(model: str, caller: Admin, service: Service, models: Models) -> None:
    """Start no more jobs of a model; those that wait go on waiting."""
    await service.drain(models.resolve(model).name)


@router.delete("/v1/admin/drains/{model:path}", status_code=204)
async def undrain(model: str, caller: Admin, service: Service) -> None:
    """Let its jobs start again."""
    await service.undrain(model[:200])


@router.get("/v1/announcement")
async def announcement(caller: Viewer, service: Service) -> Announcement | None:
    """What everybody is to read, or null."""
    row = await service.announcement()
    return None if row is None else Announcement.of(row)


@router.put("/v1/admin/announcement")
async def announce(body: AnnouncementBody, caller: Admin, service: Service) -> Announcement | None:
    """Tell everybody something; it replaces what was told before."""
    await service.announce(body.text, body.level, body.until, caller.owner)
    row = await service.announcement()
    return None if row is None else Announcement.of(row)


@router.delete("/v1/admin/announcement", status_code=204)
async def withdraw(caller: Admin, service: Service) -> None:
    """Take it back."""
    await service.withdraw()


@router.get("/v1/admin/settings")
async def settings(caller: Admin, request: Request) -> list[SettingAnswer]:
    """Every setting with its source. They are changed in the environment, and count from the next start."""
    found = described(cast(Settings, request.state.settings))
    return [SettingAnswer.model_validate(setting, from_attributes=True) for setting in found]
