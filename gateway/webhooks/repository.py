"""The rows of webhooks. `Outbox` writes deliveries in the transaction of what they tell; `Deliveries` claims them.

A delivery that is claimed becomes due again when its claim's time is over, so one whose gateway was killed is sent
again by any other. Every write of a sender names the fence of its own claim.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import delete, func, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.jobs.records import JobEvent
from gateway.kit.ids import new_id
from gateway.storage.database import UNTRACKED
from gateway.storage.tables import ImageRow, JobRow, WebhookDeliveryRow, WebhookEndpointRow, WebhookSecretRow
from gateway.storage.tables.base import Instant
from gateway.webhooks.messages import Happening, happening_of, of_event, of_progress

PENDING, DELIVERED, FAILED = "pending", "delivered", "failed"
MAX_LOGGED = 30


class Outbox:
    """Writes down what is to be told."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def tell(self, job: JobRow, event: JobEvent, now: datetime) -> None:
        """Write a stored event's deliveries, if anybody is to hear of it."""
        happening = happening_of(event)
        targets = [] if happening is None else _wanting(job, happening)
        if happening is None or not targets:
            return
        images: Sequence[ImageRow] = ()
        if happening is Happening.COMPLETED:
            statement = select(ImageRow).where(ImageRow.job_id == job.id).order_by(ImageRow.index)
            images = (await self._session.scalars(statement)).all()
            await self._drop_progress(job)
        payload = of_event(job, event, images, now)
        self._session.add_all(_row(job.owner, target, happening, payload, now, job.id) for target in targets)

    async def tell_progress(self, job: JobRow, progress: float, now: datetime) -> None:
        """The same of a job's progress; what was not sent of it yet is replaced."""
        targets = _wanting(job, Happening.PROGRESS)
        if targets:
            await self._drop_progress(job)
            payload = of_progress(job, progress, now)
            self._session.add_all(_row(job.owner, one, Happening.PROGRESS, payload, now, job.id) for one in targets)

    def tell_test(self, endpoint: WebhookEndpointRow, payload: dict[str, Any], now: datetime) -> WebhookDeliveryRow:
        """Write a test's delivery."""
        row = _row(endpoint.owner, {"endpoint": endpoint.id}, Happening.TEST, payload, now, None)
        self._session.add(row)
        return row

    async def _drop_progress(self, job: JobRow) -> None:
        statement = delete(WebhookDeliveryRow).where(
            WebhookDeliveryRow.job_id == job.id,
            WebhookDeliveryRow.event == Happening.PROGRESS,
            WebhookDeliveryRow.status == PENDING,
        )
        await self._session.execute(statement, execution_options=UNTRACKED)


def targets(endpoints: Sequence[Mapping[str, Any]], own: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Whom a new job is told to, as it is kept with it: its owner's endpoints, and what the job brings itself."""
    found = [*endpoints] if own is None else [*endpoints, own]
    return {"targets": found} if found else None


def tells_progress(job: JobRow) -> bool:
    """Whether anybody wants to hear of a job's progress."""
    return bool(_wanting(job, Happening.PROGRESS))


def _wanting(job: JobRow, happening: Happening) -> list[Mapping[str, Any]]:
    return [target for target in (job.webhooks or {}).get("targets", ()) if happening in target["events"]]


def _row(
    owner: str,
    target: Mapping[str, Any],
    happening: Happening,
    payload: dict[str, Any],
    now: datetime,
    job_id: str | None,
) -> WebhookDeliveryRow:
    return WebhookDeliveryRow(
        id=new_id("msg", now),
        owner=owner,
        endpoint_id=target.get("endpoint"),
        url=target.get("url"),
        job_id=job_id,
        event=happening,
        payload=payload,
        status=PENDING,
        attempts=0,
        fence=0,
        next_at=now,
        log={"attempts": []},
        created_at=now,
    )


class EndpointRepository:
    """All SQL about endpoints and secrets."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, row: WebhookEndpointRow) -> None:
        """Insert one."""
        self._session.add(row)

    async def list(self, owner: str) -> Sequence[WebhookEndpointRow]:
        """An owner's, oldest first."""
        statement = select(WebhookEndpointRow).where(WebhookEndpointRow.owner == owner)
        return (await self._session.scalars(statement.order_by(WebhookEndpointRow.id))).all()

    async def get(self, endpoint_id: str, owner: str) -> WebhookEndpointRow | None:
        """One of an owner's."""
        statement = select(WebhookEndpointRow).where(
            WebhookEndpointRow.id == endpoint_id, WebhookEndpointRow.owner == owner
        )
        return (await self._session.scalars(statement)).one_or_none()

    async def delete(self, endpoint_id: str) -> None:
        """Remove an endpoint, its secret's count, and its log with what was not delivered yet."""
        for statement in (
            delete(WebhookDeliveryRow).where(WebhookDeliveryRow.endpoint_id == endpoint_id),
            delete(WebhookSecretRow).where(WebhookSecretRow.name == endpoint_id),
            delete(WebhookEndpointRow).where(WebhookEndpointRow.id == endpoint_id),
        ):
            await self._session.execute(statement, execution_options=UNTRACKED)

    async def secret(self, name: str) -> WebhookSecretRow | None:
        """How often a secret was rotated."""
        return await self._session.get(WebhookSecretRow, name)

    async def rotate(self, name: str, owner: str, overlap_until: datetime) -> WebhookSecretRow:
        """Count one rotation more; two at once are two."""
        dialect = sqlite if self._session.get_bind().dialect.name == "sqlite" else postgresql
        first = {"name": name, "owner": owner, "generation": 1, "overlap_until": overlap_until}
        again = {"generation": WebhookSecretRow.generation + 1, "overlap_until": overlap_until}
        statement = dialect.insert(WebhookSecretRow).values(first)
        counted = statement.on_conflict_do_update(index_elements=["name"], set_=again).returning(WebhookSecretRow)
        rows = await self._session.scalars(counted, execution_options=UNTRACKED)
        return cast(WebhookSecretRow, rows.one())

    async def succeeded(self, endpoint_id: str, now: datetime) -> None:
        """Note that an endpoint took something."""
        await self._session.execute(
            update(WebhookEndpointRow).where(WebhookEndpointRow.id == endpoint_id).values(last_success_at=now),
            execution_options=UNTRACKED,
        )

    async def disable(self, endpoint_id: str, reason: str, unless_success_since: datetime | None) -> bool:
        """Tell an endpoint nothing more, unless it took something since a moment; whether that is new."""
        statement = update(WebhookEndpointRow).where(
            WebhookEndpointRow.id == endpoint_id, WebhookEndpointRow.is_enabled
        )
        if unless_success_since is not None:
            last = func.coalesce(WebhookEndpointRow.last_success_at, WebhookEndpointRow.created_at)
            statement = statement.where(last <= unless_success_since)
        values = {"is_enabled": False, "disabled_reason": reason[:300]}
        found = await self._session.scalar(
            statement.values(values).returning(WebhookEndpointRow.id), execution_options=UNTRACKED
        )
        return found is not None


class DeliveryRepository:
    """All SQL about deliveries."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def is_any_due(self, now: datetime) -> bool:
        """Whether there is something to send."""
        statement = select(WebhookDeliveryRow.id).where(
            WebhookDeliveryRow.status == PENDING, WebhookDeliveryRow.next_at <= now
        )
        return await self._session.scalar(statement.limit(1)) is not None

    async def oldest_pending(self) -> datetime | None:
        """When the oldest was made that is still to be delivered."""
        return await self._session.scalar(
            select(func.min(WebhookDeliveryRow.created_at)).where(WebhookDeliveryRow.status == PENDING)
        )

    async def claim(
        self, now: datetime, claim_s: float, limit: int, busy: Collection[str]
    ) -> Sequence[WebhookDeliveryRow]:
        """Take some that are due, none of owners who are busy; nobody else takes them for `claim_s` seconds."""
        due = (
            select(WebhookDeliveryRow.id)
            .where(
                WebhookDeliveryRow.status == PENDING,
                WebhookDeliveryRow.next_at <= now,
                WebhookDeliveryRow.owner.not_in(busy),
            )
            .order_by(WebhookDeliveryRow.next_at, WebhookDeliveryRow.id)
            .limit(limit)
        )
        if self._session.get_bind().dialect.name != "sqlite":
            due = due.with_for_update(skip_locked=True)
        picked = due.cte("picked")
        take = (
            update(WebhookDeliveryRow)
            .where(WebhookDeliveryRow.id.in_(select(picked.c.id)))
            .values(
                next_at=now + timedelta(seconds=claim_s),
                fence=WebhookDeliveryRow.fence + 1,
                attempts=WebhookDeliveryRow.attempts + 1,
                begun_at=func.coalesce(WebhookDeliveryRow.begun_at, literal(now, Instant())),
            )
            .returning(WebhookDeliveryRow)
        )
        found = (await self._session.scalars(take, execution_options=UNTRACKED)).all()
        return sorted(found, key=lambda row: row.id)

    async def record(self, row: WebhookDeliveryRow, attempt: Mapping[str, Any] | None, **values: Any) -> bool:
        """Write how an attempt ended; False when the delivery is somebody else's by now, or gone."""
        if attempt is not None:
            values["log"] = {"attempts": [*row.log["attempts"], dict(attempt)][-MAX_LOGGED:]}
        statement = (
            update(WebhookDeliveryRow)
            .where(
                WebhookDeliveryRow.id == row.id,
                WebhookDeliveryRow.fence == row.fence,
                WebhookDeliveryRow.status == PENDING,
            )
            .values(values)
            .returning(WebhookDeliveryRow.id)
        )
        return await self._session.scalar(statement, execution_options=UNTRACKED) is not None

    async def get(self, delivery_id: str, owner: str) -> WebhookDeliveryRow | None:
        """One of an owner's."""
        statement = select(WebhookDeliveryRow).where(
            WebhookDeliveryRow.id == delivery_id, WebhookDeliveryRow.owner == owner
        )
        return (await self._session.scalars(statement)).one_or_none()

    async def page(
        self, owner: str, endpoint_id: str | None, before: str | None, limit: int
    ) -> Sequence[WebhookDeliveryRow]:
        """An endpoint's, youngest first; None for the endpoint means the addresses that jobs brought themselves."""
        statement = select(WebhookDeliveryRow).where(
            WebhookDeliveryRow.owner == owner, WebhookDeliveryRow.endpoint_id == endpoint_id
        )
        if before is not None:
            statement = statement.where(WebhookDeliveryRow.id < before)
        return (await self._session.scalars(statement.order_by(WebhookDeliveryRow.id.desc()).limit(limit))).all()

    async def send_again(self, row: WebhookDeliveryRow, now: datetime) -> None:
        """Make an ended delivery due, under the same id."""
        again = {"status": PENDING, "next_at": now, "begun_at": None, "finished_at": None, "attempts": 0}
        await self._session.execute(
            update(WebhookDeliveryRow).where(WebhookDeliveryRow.id == row.id).values(again), execution_options=UNTRACKED
        )
