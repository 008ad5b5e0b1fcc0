"""The form of an API key: `av_`, ten characters that name it, 32 secret ones, six of checksum; all base 62.

The checksum (CRC-32, as in GitHub's tokens) lets a scanner or a log filter recognise a leaked key, and a mistyped one
be refused without a look into the database. The secret has 190 bits, so that one pass of SHA-256 is enough to store it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import zlib
from dataclasses import dataclass

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_NAME, _SECRET, _CHECKSUM = 10, 32, 6
_FORM = re.compile(rf"av_[0-9A-Za-z]{{{_NAME + _SECRET + _CHECKSUM}}}")
PREFIX_LENGTH = len("av_") + _NAME


@dataclass(frozen=True, slots=True, repr=False)
class NewKey:
    """A key that was just made: the only moment at which the whole of it exists on this side."""

    text: str

    @property
    def prefix(self) -> str:
        """The part that names it and is no secret."""
        return self.text[:PREFIX_LENGTH]

    @property
    def hash(self) -> str:
        """What is stored."""
        return hash_of(self.text)


def make_key() -> NewKey:
    """A new random key."""
    body = "av_" + "".join(secrets.choice(_ALPHABET) for _ in range(_NAME + _SECRET))
    return NewKey(body + _checksum(body))


def is_well_formed(text: str) -> bool:
    """Whether `text` can be a key at all."""
    return _FORM.fullmatch(text) is not None and hmac.compare_digest(_checksum(text[:-_CHECKSUM]), text[-_CHECKSUM:])


def hash_of(text: str) -> str:
    """SHA-256 of the whole key, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def _checksum(body: str) -> str:
    value, digits = zlib.crc32(body.encode()), []
    for _ in range(_CHECKSUM):
        value, digit = divmod(value, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))
