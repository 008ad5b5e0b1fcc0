"""How much somebody may use. None means as much as he likes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from gateway.errors import GatewayError

Count = Annotated[int, Field(ge=0, le=10**12)]


class Limits(BaseModel):
    """Bounds of a person or a role. A person's own go before his role's, field by field, also where they say None."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    images_per_day: Count | None = None
    megapixel_steps_per_day: Annotated[float, Field(ge=0, le=1e12)] | None = None
    parallel_jobs: Annotated[int, Field(ge=1, le=10_000)] | None = None
    queued_jobs: Count | None = None
    stored_bytes: Count | None = None
    requests_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] | None = None

    @classmethod
    def combined(cls, role: Mapping[str, Any], own: Mapping[str, Any]) -> Limits:
        """A person's limits, from what is stored for his role and for himself."""
        return cls.model_validate({**role, **own})


@dataclass(frozen=True, slots=True)
class Day:
    """A day in somebody's time zone."""

    name: str
    ends_at: datetime

    @classmethod
    def of(cls, now: datetime, timezone: str) -> Day:
        """The day that `now` falls on there."""
        zone = ZoneInfo(timezone)
        here = now.astimezone(zone)
        tomorrow = (here + timedelta(days=1)).date()
        return cls(here.date().isoformat(), datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=zone))


WORDS = {
    "images_per_day": "images a day",
    "megapixel_steps_per_day": "megapixel-steps a day",
    "key_images_per_day": "images a day for this key",
    "queued_jobs": "waiting jobs",
    "stored_bytes": "stored bytes",
}


class QuotaExceededError(GatewayError):
    """Nothing left of something; says of what, how much was asked, and when there is more.

    Attributes:
        quota: which one, a name of `WORDS`.
    """

    status = 429
    code = "insufficient_quota"

    def __init__(self, quota: str, limit: float, left: float, wait_s: float | None) -> None:
        self.quota = quota
        what = WORDS[quota]
        headers = {"x-should-retry": "false"}
        when = ""
        if wait_s is not None:
            headers["retry-after"] = str(max(1, round(wait_s)))
            when = f"; more in {wait_s / 3600:.1f} h" if wait_s >= 3600 else f"; more in {max(1, wait_s / 60):.0f} min"
        super().__init__(f"The quota of {limit:g} {what} is used up ({max(0, left):g} left){when}", headers=headers)
