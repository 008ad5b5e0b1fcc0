"""Invitations that nobody has accepted yet: looked at and withdrawn by administrators."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.accounts.repository import OneTimeTokenRepository
from gateway.audit.repository import AuditRepository
from gateway.errors import NotFoundError
from gateway.kit.clock import Clock
from gateway.storage.database import Database
from gateway.storage.tables import OneTimeTokenRow

PURPOSE = "invitation"


class Invitations:
    """Their tokens are shown once, when they are made; what is here cannot be used to get an account."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def open(self) -> Sequence[OneTimeTokenRow]:
        """Those that still work, youngest first."""
        async with self._database.reading() as session:
            return await OneTimeTokenRepository(session).unused(PURPOSE, self._clock.now())

    async def withdraw(self, invitation_id: str) -> None:
        """Make one worthless.

        Raises:
            NotFoundError: none of this id still works.
        """
        now = self._clock.now()
        async with self._database.transaction() as session:
            if not await OneTimeTokenRepository(session).withdraw(PURPOSE, invitation_id, now):
                raise NotFoundError(f"There is no open invitation {invitation_id[:60]!r}")
            AuditRepository(session).record(now, "token.invitation.withdraw", invitation_id)
