"""Does the errands that gateways send; the installer has one beside its installations."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import structlog

from gateway import VERSION
from gateway.audit.origin import Origin, act_for
from gateway.errands.answers import answered, failed
from gateway.errands.repository import ErrandRepository
from gateway.errands.service import Act, Acts
from gateway.errors import GatewayError, InternalError, UnavailableError
from gateway.kit.clock import Clock
from gateway.storage.database import Database, DatabaseUnavailableError
from gateway.storage.tables import ErrandRow

POLL_S, LEASE_S, GRACE_S = 0.2, 15.0, 3.0
SWEEP_S, KEPT_S = 600.0, 3600.0
AT_ONCE = 8
OTHER_VERSION_S = 60
"""When to ask again: while both are updated they are not alike for a minute or so."""

log = structlog.stdlib.get_logger("gateway.errands")


class ErrandRunner:
    """Up to eight at a time; an installation that takes hours is in nobody's way. The constructor starts nothing."""

    def __init__(self, database: Database, clock: Clock, acts: Acts) -> None:
        self._database = database
        self._clock = clock
        self._acts = acts
        self._running: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Until cancelled; what runs then has a moment to end, and who has asked for the rest is told by its lease."""
        swept_at = float("-inf")
        try:
            while True:
                try:
                    if self._clock.monotonic() - swept_at >= SWEEP_S:
                        swept_at = self._clock.monotonic()
                        await self._sweep()
                    row = await self._take() if len(self._running) < AT_ONCE else None
                except DatabaseUnavailableError as error:
                    row = None
                    log.warning("the database is away", reason=str(error))
                if row is None:
                    await asyncio.sleep(POLL_S)
                else:
                    task = asyncio.create_task(self._do(row), name=f"errand-{row.id}")
                    self._running.add(task)
                    task.add_done_callback(self._running.discard)
        finally:
            if self._running:
                await asyncio.wait(self._running, timeout=GRACE_S)
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    async def _take(self) -> ErrandRow | None:
        async with self._database.reading() as session:
            if not await ErrandRepository(session, self._clock.now()).has_work():
                return None
        async with self._database.transaction() as session:
            return await ErrandRepository(session, self._clock.now()).take(LEASE_S)

    async def _sweep(self) -> None:
        async with self._database.transaction() as session:
            await ErrandRepository(session, self._clock.now()).forget_old(KEPT_S)

    async def _do(self, row: ErrandRow) -> None:
        renewing = asyncio.ensure_future(self._renew(row.id))
        try:
            act = self._act_of(row)
            act_for(Origin(**row.origin))  # of this task alone
            answer = answered(await act(**row.given))
        except GatewayError as error:
            answer = failed(error)
        except DatabaseUnavailableError as error:
            log.warning("the database is away", reason=str(error))
            answer = failed(UnavailableError("The service cannot reach its storage; try again in a moment"))
        except Exception:
            log.exception("an errand failed", errand=row.id, action=row.action)
            answer = failed(InternalError())
        finally:
            renewing.cancel()
        await self._answer(row.id, answer)

    def _act_of(self, row: ErrandRow) -> Act:
        """What is to be done.

        Raises:
            UnavailableError: a gateway of another version asks for what is not known here, or in another way.
        """
        act = self._acts.get(row.action)
        if act is not None and _takes(act, row.given) and _takes(Origin, row.origin):
            return act
        log.error("a gateway of another version asks for this", action=row.action, given=sorted(row.given))
        raise UnavailableError(
            f"the installer is of another version ({VERSION}) than the gateway and cannot do {row.action!r} as it is "
            "asked; let both run the same version",
            OTHER_VERSION_S,
        )

    async def _answer(self, errand_id: str, answer: dict[str, Any]) -> None:
        while True:
            try:
                async with self._database.transaction() as session:
                    return await ErrandRepository(session, self._clock.now()).answer(errand_id, answer)
            except DatabaseUnavailableError as error:
                log.warning("the database is away", reason=str(error))
                await asyncio.sleep(POLL_S)

    async def _renew(self, errand_id: str) -> None:
        while True:
            await asyncio.sleep(LEASE_S / 3)
            with contextlib.suppress(DatabaseUnavailableError):
                async with self._database.transaction() as session:
                    await ErrandRepository(session, self._clock.now()).renew(errand_id, LEASE_S)


def _takes(function: Callable[..., Any], given: Mapping[str, Any]) -> bool:
    try:
        inspect.signature(function).bind(**given)
    except TypeError:
        return False
    return True
