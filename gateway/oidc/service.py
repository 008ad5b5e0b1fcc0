"""From the provider's claims to a session here. Accounts are found by issuer and subject, never by an e-mail."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from gateway.accounts.people import Person
from gateway.accounts.service import AccountService
from gateway.auth.sessions import SessionService, SignedIn
from gateway.auth.subject import Role
from gateway.errors import AuthenticationError, PermissionDeniedError
from gateway.kit.clock import Clock
from gateway.oidc.provider import Provider
from gateway.settings import Settings

ATTEMPT_S = 600
SIGNED = ["HS256"]
STALE = "This sign-in was not begun in this browser, or too long ago; begin again"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What the browser keeps, signed, between going to the provider and coming back."""

    state: str
    nonce: str
    verifier: str
    back_to: str


class OidcService:
    """Sign-in through the provider that the settings name."""

    def __init__(
        self, settings: Settings, accounts: AccountService, sessions: SessionService, key: bytes, clock: Clock
    ) -> None:
        self._settings = settings
        self._accounts = accounts
        self._sessions = sessions
        self._key = OctKey.import_key(key)
        self._clock = clock
        self._provider = Provider(settings)

    @property
    def is_on(self) -> bool:
        """Whether a provider is set."""
        return self._settings.oidc_issuer is not None

    @property
    def name(self) -> str:
        """For the button."""
        return self._settings.oidc_name

    async def begin(self, redirect_uri: str, back_to: str) -> tuple[str, str]:
        """Where the browser goes, and what it keeps until it comes back. Raises UnavailableError."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        attempt = Attempt(state, nonce, verifier, _local(back_to))
        url = await self._provider.authorization_url(redirect_uri, attempt.state, attempt.nonce, attempt.verifier)
        claims = {
            "state": attempt.state,
            "nonce": attempt.nonce,
            "verifier": attempt.verifier,
            "back_to": attempt.back_to,
            "exp": int(self._clock.now().timestamp()) + ATTEMPT_S,
        }
        return url, jwt.encode({"alg": SIGNED[0]}, claims, self._key, algorithms=SIGNED)

    async def finish(self, kept: str, state: str, code: str, redirect_uri: str, agent: str) -> tuple[SignedIn, str]:
        """A session for whom the provider vouches for, and where he wanted to go.

        Raises:
            AuthenticationError: the browser did not begin this, or the provider's answer is not good.
            PermissionDeniedError: none of his groups may use this installation, or his address has another account.
            UnavailableError: the provider is away.
        """
        attempt = self._read(kept)
        if attempt is None or not hmac.compare_digest(attempt.state.encode(), state.encode()):
            raise AuthenticationError(STALE)
        claims = await self._provider.claims(code, redirect_uri, attempt.nonce, attempt.verifier)
        user = await self._accounts.from_provider(person_of(claims), self._role(claims))
        return await self._sessions.open(user.id, agent), attempt.back_to

    async def end_session_url(self, back_to: str) -> str | None:
        """See `Provider.end_session_url`."""
        return await self._provider.end_session_url(back_to)

    def _role(self, claims: Mapping[str, Any]) -> Role:
        """The mightiest of his groups' roles, else the one of everybody else."""
        groups = claims.get(self._settings.oidc_groups_claim, [])
        groups = [groups] if isinstance(groups, str) else groups if isinstance(groups, list) else []
        roles = [Role(self._settings.oidc_roles[group]) for group in groups if group in self._settings.oidc_roles]
        if roles:
            return max(roles, key=lambda role: role.rank)
        if self._settings.oidc_default_role == "none":
            raise PermissionDeniedError("None of your groups may use this service; ask an administrator")
        return Role(self._settings.oidc_default_role)

    def _read(self, kept: str) -> Attempt | None:
        try:
            claims = jwt.decode(kept, self._key, algorithms=SIGNED).claims
            if int(claims["exp"]) < self._clock.now().timestamp():
                return None
            return Attempt(claims["state"], claims["nonce"], claims["verifier"], claims["back_to"])
        except (JoseError, KeyError, TypeError, ValueError):
            return None


def person_of(claims: Mapping[str, Any]) -> Person:
    """Who it is.

    Raises:
        PermissionDeniedError: the provider knows no address of his, or says that it is not his.
    """
    email = claims.get("email")
    if not isinstance(email, str) or claims.get("email_verified", True) is not True:
        raise PermissionDeniedError("The sign-in provider has no verified e-mail address of yours")
    name = claims.get("name") or claims.get("preferred_username") or ""
    return Person(email, str(name)[:100], None, f"{claims['iss']} {claims['sub']}"[:400])


def _local(path: str) -> str:
    """A path of the page here; anything that could lead elsewhere becomes the start page."""
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path[:500] if is_ours else "/"
