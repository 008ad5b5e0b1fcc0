"""Signatures of this installation: one secret, a key derived from it for each purpose."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from gateway.auth.repository import SecretRepository
from gateway.storage.database import Database

MASTER = "master"


class Signer:
    """Signs short texts for one purpose."""

    def __init__(self, master: str, purpose: str) -> None:
        self.key = hmac.digest(master.encode(), purpose.encode(), "sha256")

    def sign(self, text: str) -> str:
        """128 bits of HMAC-SHA256, in hexadecimal."""
        return hmac.new(self.key, text.encode(), hashlib.sha256).hexdigest()[:32]

    def is_valid(self, text: str, signature: str) -> bool:
        """Whether `signature` is that of `text`; takes the same time either way."""
        return hmac.compare_digest(self.sign(text).encode(), signature.encode())


async def master_secret(database: Database) -> str:
    """The installation's own secret, made when it is asked for the first time."""
    async with database.transaction() as session:
        return await SecretRepository(session).get_or_set(MASTER, secrets.token_hex(32))
