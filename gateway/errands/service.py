"""Has things done by whom they are the business of: the installer, or this very process where there is none."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import Any, Protocol

from gateway.audit.origin import origin
from gateway.errands.answers import value_of
from gateway.errands.repository import ErrandRepository, Standing
from gateway.errors import UnavailableError
from gateway.kit.clock import Clock
from gateway.kit.ids import new_id
from gateway.storage.database import Database
from gateway.storage.tables import ErrandRow

BEGIN_S, POLL_S = 20.0, 0.1
"""How long an errand waits for an installer, and how often who has sent it looks for the answer."""

Act = Callable[..., Awaitable[Any]]
"""Takes and gives what JSON can hold; raises GatewayError."""
Acts = Mapping[str, Act]


class Errands(Protocol):
    """Has things done."""

    async def ask(self, action: str, **given: Any) -> Any:
        """Have one of the `Acts` done, and wait for its answer.

        Raises:
            GatewayError: as the act does.
            UnavailableError: nobody is there to do it, or who was at it is gone.
        """


class HereErrands:
    """Does them itself: nothing is installed here, so there is no installer."""

    def __init__(self, acts: Acts) -> None:
        self._acts = acts

    async def ask(self, action: str, **given: Any) -> Any:
        """At once."""
        return await self._acts[action](**given)


class SentErrands:
    """Sends them to the installer, over the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def ask(self, action: str, **given: Any) -> Any:
        """See `Errands`. How long it takes is bounded by the act itself; here, how long it waits to be begun."""
        now = self._clock.now()
        row = ErrandRow(id=new_id("err", now), action=action, given=given, origin=asdict(origin()))
        async with self._database.transaction() as session:
            await ErrandRepository(session, now).add(row, BEGIN_S)
        try:
            return await self._answer(row.id)
        finally:
            async with self._database.transaction() as session:
                await ErrandRepository(session, self._clock.now()).forget(row.id)

    async def _answer(self, errand_id: str) -> Any:
        while True:
            standing = await self._standing(errand_id)
            if standing.answer is not None:
                return value_of(standing.answer)
            if standing.is_over and standing.is_taken:
                raise UnavailableError("the installer was lost over this; look how things stand, and ask again")
            if standing.is_over:
                raise UnavailableError("no installer is running (avila installer), and it alone changes models", 30)
            await asyncio.sleep(POLL_S)

    async def _standing(self, errand_id: str) -> Standing:
        async with self._database.reading() as session:
            return await ErrandRepository(session, self._clock.now()).standing(errand_id)
