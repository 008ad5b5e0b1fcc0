"""Names for new things: unique, sortable by the time they were made, and free of anything secret."""

from __future__ import annotations

import re
import secrets
from datetime import datetime

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u to misread
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def _base32(value: int, digits: int) -> str:
    return "".join(_ALPHABET[(value >> (5 * i)) & 31] for i in reversed(range(digits)))


def new_id(prefix: str, now: datetime) -> str:
    """`prefix_` and 26 characters: 48 bits of milliseconds, then 80 random bits (the layout of a ULID)."""
    return f"{prefix}_{_base32(int(now.timestamp() * 1000), 10)}{_base32(secrets.randbits(80), 16)}"


def new_request_id() -> str:
    """An id for one HTTP request."""
    return f"req_{secrets.token_hex(16)}"


def is_request_id(text: str) -> bool:
    """Whether a caller's own request id can be taken over: short and harmless in a log and a header."""
    return _REQUEST_ID.fullmatch(text) is not None
