"""Secrets and signatures of Standard Webhooks, https://www.standardwebhooks.com.

No secret is stored: each is derived from the installation's own, from whose it is and from how often it was rotated.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime

from gateway.auth.signing import Signer
from gateway.storage.tables import WebhookSecretRow

PREFIX = "whsec_"


class Secrets:
    """Makes the secrets of endpoints and, for addresses that jobs bring themselves, of owners."""

    def __init__(self, signer: Signer) -> None:
        self._key = signer.key

    def of(self, name: str, generation: int) -> str:
        """The secret of one generation, as its receiver knows it."""
        key = hmac.digest(self._key, f"{name}:{generation}".encode(), "sha256")
        return PREFIX + base64.b64encode(key).decode()

    def current(self, name: str, row: WebhookSecretRow | None) -> str:
        """The newest one; `row` says how often it was rotated, None for never."""
        return self.of(name, 0 if row is None else row.generation)

    def valid(self, name: str, row: WebhookSecretRow | None, now: datetime) -> list[str]:
        """Those that sign now: the newest one, and for a while after a rotation the one before."""
        found = [self.current(name, row)]
        if row is not None and row.overlap_until is not None and now < row.overlap_until:
            found.append(self.of(name, row.generation - 1))
        return found


def signed_headers(secrets: Sequence[str], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The three headers. Every secret signs; a receiver takes any signature that it can check."""
    timestamp = str(int(at.timestamp()))
    signatures = [_signature(secret, message_id, timestamp, body) for secret in secrets]
    return {"webhook-id": message_id, "webhook-timestamp": timestamp, "webhook-signature": " ".join(signatures)}


def _signature(secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    digest = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"
