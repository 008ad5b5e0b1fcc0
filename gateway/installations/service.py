"""The administrators' side of installing models."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from gateway.errands.service import Errands
from gateway.errors import InvalidRequestError, NotFoundError, PermissionDeniedError
from gateway.installations.errors import NoRoomError, NotNowError, SourceRefusedError
from gateway.installations.looking import PREVIEW, is_installed
from gateway.installations.needs import Needs
from gateway.installations.offer import Kind, Offer, is_name
from gateway.installations.places import shown
from gateway.installations.repository import AlreadyOpenError, InstallationRepository
from gateway.installations.sources import Question, with_checksum
from gateway.installations.status import ACTIVE, TERMINAL, InstallationStatus, Wish
from gateway.kit.clock import Clock
from gateway.kit.ids import new_id
from gateway.settings import SHIPPED_PIPELINE, Settings
from gateway.storage.database import Database
from gateway.storage.tables import InstallationRow

FOLLOW_S = 0.3
STOPPABLE = (InstallationStatus.QUEUED, InstallationStatus.PAUSED, InstallationStatus.FAILED)


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants installed, and what he has accepted."""

    question: Question
    kind: Kind
    name: str
    precision: str = "fp32"
    pipeline: str | None = None
    sha256: str | None = None


class InstallationService:
    """Has sources looked at, and keeps the list that the installer works off."""

    def __init__(self, database: Database, clock: Clock, settings: Settings, errands: Errands) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings
        self._errands = errands

    async def preview(self, question: Question, name: str | None) -> tuple[Offer, Needs, bool]:
        """What would be installed, what it needs, and whether it would replace something.

        Raises:
            PermissionDeniedError: nothing is installed over HTTP here.
            GatewayError: as `SourceRefusedError` and its subclasses, by whom has looked.
            UnavailableError: no installer is running.
        """
        if not self._settings.install_models:
            raise PermissionDeniedError("Models are not installed over HTTP here (AVILA_INSTALL_MODELS)")
        found = await self._errands.ask(PREVIEW, question=asdict(question), name=name)
        return Offer.of(found["offer"]), Needs(**found["needs"]), found["replaces"]

    async def order(self, order: Order, by: str) -> InstallationRow:
        """Put an installation on the list.

        Raises:
            InvalidRequestError: the source, the name or the room for it is not what it must be.
        """
        self._check_name(order)
        offer, needs, _ = await self.preview(replace(order.question, kind=order.kind), order.name)
        if offer.needs_base:
            raise SourceRefusedError(
                "a checkpoint in one file holds no configs and no tokenizer: name a pipeline of its family", "base"
            )
        if needs.problem:
            raise NoRoomError(f"{order.name} does not fit: {needs.problem}")
        offer = with_checksum(offer, order.sha256)
        now = self._clock.now()
        row = InstallationRow(
            id=new_id("ins", now),
            source=offer.source,
            kind=order.kind,
            name=order.name,
            offer=offer.to_json(),
            options={"precision": order.precision, "pipeline": order.pipeline},
            status=InstallationStatus.QUEUED,
            bytes_done=0,
            bytes_total=offer.total_bytes,
            fence=0,
            attempts=0,
            version=1,
            created_by=by,
            created_at=now,
        )
        async with self._database.transaction() as session:
            installations = InstallationRepository(session)
            try:
                await installations.add(row)
            except AlreadyOpenError:
                raise NotNowError(f"the {order.kind} {order.name} is being installed already", field="name") from None
            details: dict[str, Any] = {"kind": order.kind, "name": order.name, "source": shown(offer.source)}
            installations.audit.record(now, "model.install", row.id, licence=offer.licence.id, **details)
        return row

    async def get(self, installation_id: str) -> InstallationRow:
        """One. Raises NotFoundError."""
        async with self._database.reading() as session:
            row = await InstallationRepository(session).get(installation_id)
        if row is None:
            raise NotFoundError(f"There is no installation {installation_id[:40]!r}")
        return row

    async def page(self, cursor: str | None, limit: int) -> tuple[Sequence[InstallationRow], str | None]:
        """Youngest first, and where the next page begins."""
        async with self._database.reading() as session:
            rows = await InstallationRepository(session).page(cursor, limit + 1)
        return rows[:limit], rows[limit - 1].id if len(rows) > limit else None

    async def follow(self, installation_id: str, after: int) -> AsyncGenerator[InstallationRow, None]:
        """Its row whenever that has changed beyond version `after`, up to its end. Raises NotFoundError.

        The installer is another process: the row is looked at a few times a second, and no session is kept open.
        """
        while True:
            row = await self.get(installation_id)
            if row.version > after:
                after = row.version
                yield row
            if InstallationStatus(row.status).is_terminal:
                return
            await asyncio.sleep(FOLLOW_S)

    # -- stopping and going on ----------------------------------------------------------------------------------------

    async def pause(self, installation_id: str) -> InstallationRow:
        """Stop for now; what has been downloaded and exported is kept.

        Raises:
            NotNowError: it has ended.
        """
        return await self._stop(installation_id, Wish.PAUSE, (InstallationStatus.QUEUED,), InstallationStatus.PAUSED)

    async def cancel(self, installation_id: str) -> InstallationRow:
        """Give up, and let go of what was downloaded; also of what has failed.

        Raises:
            NotNowError: it is installed, or was cancelled before.
        """
        return await self._stop(installation_id, Wish.CANCEL, STOPPABLE, InstallationStatus.CANCELED)

    async def resume(self, installation_id: str) -> InstallationRow:
        """Go on with what was paused, or try again what has failed.

        Raises:
            NotNowError: it is neither.
        """
        row = await self.get(installation_id)
        states = (InstallationStatus.PAUSED, InstallationStatus.FAILED)
        waiting = {"status": InstallationStatus.QUEUED, "error": None, "attempts": 0, "finished_at": None, "wish": None}
        async with self._database.transaction() as session:
            installations = InstallationRepository(session)
            try:
                found = await installations.change(row, states, **waiting)
            except AlreadyOpenError:
                raise NotNowError(f"the {row.kind} {row.name} is being installed already") from None
            if found is not None:
                installations.audit.record(self._clock.now(), "model.install_resume", row.id)
        if found is None:
            raise NotNowError(f"The installation is {row.status}; one that is paused or has failed can go on")
        return found

    async def _stop(
        self, installation_id: str, wish: Wish, at_once: Sequence[InstallationStatus], status: InstallationStatus
    ) -> InstallationRow:
        row = await self.get(installation_id)
        now = self._clock.now()
        ended = {"finished_at": now} if status in TERMINAL else {}
        async with self._database.transaction() as session:
            installations = InstallationRepository(session)
            found = await installations.change(row, at_once, status=status, wish=None, **ended)
            found = found or await installations.change(row, ACTIVE, wish=wish)
            if found is not None:
                installations.audit.record(now, f"model.install_{wish}", row.id)
        if found is None:
            raise NotNowError(f"The installation is {row.status}; it cannot be stopped any more")
        return found

    def _check_name(self, order: Order) -> None:
        if not is_name(order.kind, order.name):
            expected = "lower-case letters, digits, '.', '-' and single '_'"
            raise InvalidRequestError(f"name: {order.name!r} is no name of a {order.kind}: {expected}", field="name")
        if order.kind is Kind.PIPELINE and self._settings.install_shipped and order.name == SHIPPED_PIPELINE:
            message = f"name: {order.name} is the pipeline that ships, which the next start would put back"
            raise InvalidRequestError(message, field="name")
        if (order.kind is Kind.CONTROLNET) != (order.pipeline is not None):
            raise InvalidRequestError(
                "pipeline: a ControlNet is served with an installed pipeline, which this names; nothing else has one",
                field="pipeline",
            )
        if order.pipeline and not is_installed(self._settings, Kind.PIPELINE, order.pipeline):
            raise InvalidRequestError(f"pipeline: {order.pipeline!r} is not installed", field="pipeline")
