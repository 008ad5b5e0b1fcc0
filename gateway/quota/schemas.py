"""Answers of the quota endpoints."""

from __future__ import annotations

import datetime

from pydantic import BaseModel

from gateway.limits.quota import Limits
from gateway.limits.service import Standing


class Used(BaseModel):
    """What has been used; of the day, or right now."""

    images_today: int
    megapixel_steps_today: float
    queued_jobs: int
    stored_bytes: int


class Remaining(BaseModel):
    """What is left; null means as much as one likes."""

    images_today: int | None
    megapixel_steps_today: float | None
    queued_jobs: int | None
    stored_bytes: int | None


class Quota(BaseModel):
    """Limits, what has been used of them, and when the day's begin anew."""

    limits: Limits
    used: Used
    remaining: Remaining
    resets_at: datetime.datetime

    @classmethod
    def of(cls, standing: Standing) -> Quota:
        """From what the service knows."""
        limits = standing.allowance.limits
        used = Used(
            images_today=standing.images,
            megapixel_steps_today=round(standing.work, 6),
            queued_jobs=standing.queued_jobs,
            stored_bytes=standing.stored_bytes,
        )
        remaining = Remaining(
            images_today=_left(limits.images_per_day, used.images_today),
            megapixel_steps_today=None
            if limits.megapixel_steps_per_day is None
            else max(0.0, limits.megapixel_steps_per_day - used.megapixel_steps_today),
            queued_jobs=_left(limits.queued_jobs, used.queued_jobs),
            stored_bytes=_left(limits.stored_bytes, used.stored_bytes),
        )
        return cls(limits=limits, used=used, remaining=remaining, resets_at=standing.allowance.day.ends_at)


def _left(limit: int | None, used: int) -> int | None:
    return None if limit is None else max(0, limit - used)
