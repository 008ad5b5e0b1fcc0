"""Access tokens (JWT, HS256) and opaque random ones."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

ALGORITHMS = ["HS256"]
ISSUER = "avila"
MAX_CHARS = 2000


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What a valid access token says."""

    user_id: str
    session_id: str


class AccessTokens:
    """Makes and reads access tokens. Reading says nothing about whether the session was ended meanwhile."""

    def __init__(self, key: bytes, lifetime_s: int) -> None:
        self._key = OctKey.import_key(key)
        self.lifetime_s = lifetime_s

    def make(self, user_id: str, session_id: str, now: datetime) -> str:
        """A token for a session."""
        claims = {
            "iss": ISSUER,
            "sub": user_id,
            "sid": session_id,
            "iat": int(now.timestamp()),
            "exp": int((now + timedelta(seconds=self.lifetime_s)).timestamp()),
        }
        return jwt.encode({"alg": ALGORITHMS[0]}, claims, self._key, algorithms=ALGORITHMS)

    def read(self, text: str, now: datetime) -> AccessToken | None:
        """What it says, or None when it is not ours, was changed, or has expired."""
        if len(text) > MAX_CHARS:
            return None
        try:
            claims = jwt.decode(text, self._key, algorithms=ALGORITHMS).claims
            if claims["iss"] != ISSUER or int(claims["exp"]) <= now.timestamp():
                return None
            return AccessToken(str(claims["sub"]), str(claims["sid"]))
        except (JoseError, KeyError, TypeError, ValueError):
            return None


def new_token() -> str:
    """256 random bits, for a refresh token or a token that works once."""
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """What is stored of such a token."""
    return hashlib.sha256(token.encode()).hexdigest()
