"""The ways into the service, for commands that run beside it or without it: keys, and the administrator's set-up."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta

from gateway.accounts.service import AccountService
from gateway.auth.service import KeyService
from gateway.auth.sessions import SessionService
from gateway.auth.signing import Signer, master_secret
from gateway.auth.tokens import AccessTokens
from gateway.kit.clock import SystemClock
from gateway.limits.rates import RateLimiter
from gateway.settings import Settings
from gateway.stores import make_database


@contextlib.asynccontextmanager
async def opened_keys(settings: Settings) -> AsyncIterator[KeyService]:
    """The keys in the database that the settings name; the database is made where it is missing."""
    database = make_database(settings)
    await database.open()
    try:
        yield KeyService(database, SystemClock())
    finally:
        await database.aclose()


async def set_up_token(settings: Settings) -> str | None:
    """A fresh token for the page's set-up form, or None when there is an administrator."""
    clock, database = SystemClock(), make_database(settings)
    await database.open()
    try:
        secret = settings.secret_key.get_secret_value() if settings.secret_key else await master_secret(database)
        tokens = AccessTokens(Signer(secret, "sessions").key, settings.access_lifetime_s)
        sessions = SessionService(database, tokens, clock, timedelta(seconds=settings.session_lifetime_s))
        accounts = AccountService(database, sessions, RateLimiter(clock, None), clock, settings.registration)
        return await accounts.setup_token()
    finally:
        await database.aclose()
