"""Names for new things: unique, sortable by the time they were made, and free of anything secret."""

from __future__ import annotations

import re
import secrets
import threading
from datetime import datetime

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u to misread
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


def _base32(value: int, digits: int) -> str:
    return "".join(_ALPHABET[(value >> (5 * i)) & 31] for i in reversed(range(digits)))


class _Sequence:
    """Numbers that grow within a millisecond too, as a monotonic ULID's do."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = (0, 0)

    def after(self, milliseconds: int) -> tuple[int, int]:
        with self._lock:
            before, number = self._last
            if milliseconds == before and number + 2**40 < 2**80:
                self._last = (milliseconds, number + 1 + secrets.randbits(40))
            else:
                self._last = (milliseconds, secrets.randbits(80))
            return self._last


_SEQUENCE = _Sequence()


def new_id(prefix: str, now: datetime) -> str:
    """`prefix_` and 26 characters: 48 bits of milliseconds, then 80 random bits (the layout of a ULID).

    Those that one process makes within one millisecond are in order too.
    """
    milliseconds, number = _SEQUENCE.after(int(now.timestamp() * 1000))
    return f"{prefix}_{_base32(milliseconds, 10)}{_base32(number, 16)}"


def earliest_id(prefix: str, moment: datetime) -> str:
    """What no id made at `moment` or later comes before."""
    return f"{prefix}_{_base32(int(moment.timestamp() * 1000), 10)}"


def new_request_id() -> str:
    """An id for one HTTP request."""
    return f"req_{secrets.token_hex(16)}"


def is_request_id(text: str) -> bool:
    """Whether a caller's own request id can be taken over: short and harmless in a log and a header."""
    return _REQUEST_ID.fullmatch(text) is not None
