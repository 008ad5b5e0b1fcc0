"""Bodies and answers of `/v1/admin`."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from gateway.admin.repository import Tally
from gateway.admin.service import Figures
from gateway.jobs.service import JobView
from gateway.storage.tables import AnnouncementRow

By = Literal["user", "key", "model"]
Level = Literal["info", "warning", "critical"]


class Slots(BaseModel):
    """Jobs that run, and that could."""

    used: int
    total: int


class AcceleratorAnswer(BaseModel):
    """GPU use; `kind` is `cpu` where there is none, `unknown` when Triton does not answer."""

    kind: str
    count: int
    utilisation: float | None
    memory_used: int | None
    memory_total: int | None


class FiguresAnswer(BaseModel):
    """The panel: images made and mean time since a moment, slots used, GPU use."""

    since: datetime.datetime
    images: int
    jobs: int
    megapixel_steps: float
    mean_seconds: float | None
    slots: Slots
    waiting: int
    is_paused: bool
    accelerator: AcceleratorAnswer

    @classmethod
    def of(cls, found: Figures) -> FiguresAnswer:
        """From what the service knows."""
        made = found.made
        return cls(
            since=found.since,
            images=made.images,
            jobs=made.jobs,
            megapixel_steps=round(made.work, 3),
            mean_seconds=made.mean_s,
            slots=Slots(used=found.slots_used, total=found.slots_total),
            waiting=found.waiting,
            is_paused=found.is_paused,
            accelerator=AcceleratorAnswer.model_validate(found.accelerator, from_attributes=True),
        )


class TallyAnswer(BaseModel):
    """What one user, key or model made. `name` is None for jobs that came without a key."""

    name: str | None
    label: str | None
    jobs: int
    images: int
    megapixel_steps: float
    mean_seconds: float | None

    @classmethod
    def of(cls, tally: Tally) -> TallyAnswer:
        """From what the service knows."""
        return cls(
            name=tally.name,
            label=tally.label,
            jobs=tally.jobs,
            images=tally.images,
            megapixel_steps=round(tally.work, 3),
            mean_seconds=tally.mean_s,
        )


class DayAnswer(TallyAnswer):
    """The same for one day (UTC)."""

    day: datetime.date

    @classmethod
    def on(cls, day: str, tally: Tally) -> DayAnswer:
        """From what the service knows."""
        return cls(day=datetime.date.fromisoformat(day), **TallyAnswer.of(tally).model_dump())


class QueueJob(BaseModel):
    """A line of the queue table."""

    id: str
    owner: str
    owner_name: str | None
    key_id: str | None
    surface: str
    model: str
    prompt: str
    status: str
    progress: float
    priority: int
    images: int
    queue_position: int | None
    eta_seconds: float | None
    attempts: int
    error: str | None
    created_at: datetime.datetime
    started_at: datetime.datetime | None
    completed_at: datetime.datetime | None

    @classmethod
    def of(cls, view: JobView, owner_name: str | None) -> QueueJob:
        """From what the service knows."""
        row = view.row
        return cls(
            id=row.id,
            owner=row.owner,
            owner_name=owner_name,
            key_id=row.key_id,
            surface=row.surface,
            model=row.model,
            prompt=row.input["prompt"],
            status=row.status,
            progress=view.progress,
            priority=row.priority,
            images=row.input["num_images"],
            queue_position=view.queue_position,
            eta_seconds=None if view.eta_s is None else round(view.eta_s, 1),
            attempts=row.attempts,
            error=None if row.error is None else row.error["message"],
            created_at=row.created_at,
            started_at=row.started_at,
            completed_at=row.finished_at,
        )


class QueueAnswer(BaseModel):
    """A page of the queue table, youngest first."""

    results: list[QueueJob]
    next: str | None


class PausedBody(BaseModel):
    """Whether jobs are started."""

    model_config = ConfigDict(extra="forbid")

    is_paused: bool


class AnnouncementBody(BaseModel):
    """What everybody is to read."""

    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=2000)]
    level: Level = "info"
    until: AwareDatetime | None = None


class Announcement(BaseModel):
    """The announcement; null when there is none."""

    text: str
    level: Level
    until: datetime.datetime | None
    created_at: datetime.datetime

    @classmethod
    def of(cls, row: AnnouncementRow) -> Announcement:
        """From its row."""
        return cls.model_validate(row, from_attributes=True)


class DrainAnswer(BaseModel):
    """A model that is being drained; it can be taken away when `running` is 0."""

    model: str
    since: datetime.datetime
    running: int


class SettingAnswer(BaseModel):
    """A setting: what it is, and who said so. A secret's value is never shown, only whether there is one."""

    name: str
    variable: str
    description: str
    value: Any
    is_secret: bool
    source: Literal["default", "environment", "command line"]
