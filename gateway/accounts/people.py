"""Who wants an account, checked."""

from __future__ import annotations

import re
import zoneinfo
from dataclasses import dataclass

from gateway.auth import passwords
from gateway.errors import InvalidRequestError

_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,189}")


@dataclass(frozen=True, slots=True)
class Person:
    """Who wants an account."""

    email: str
    name: str = ""
    password: str | None = None
    identity: str | None = None
    timezone: str = "UTC"


def checked(person: Person) -> Person:
    """The person with a clean address.

    Raises:
        InvalidRequestError: the address, the password or the time zone cannot be.
    """
    if person.password is not None:
        check_password(person.password)
    check_timezone(person.timezone)
    return Person(
        clean_email(person.email), person.name.strip()[:100], person.password, person.identity, person.timezone
    )


def clean_email(text: str) -> str:
    """The address in lower case. Raises InvalidRequestError."""
    text = text.strip().lower()
    if _EMAIL.fullmatch(text) is None:
        raise InvalidRequestError("email: expected an e-mail address", field="email")
    return text


def check_password(password: str) -> None:
    """Raise InvalidRequestError unless the length is right; nothing else makes a password better."""
    low, high = passwords.MIN_CHARS, passwords.MAX_CHARS
    if not low <= len(password) <= high:
        raise InvalidRequestError(
            f"password: expected {low} to {high} characters, {len(password)} given", field="password"
        )


def check_timezone(name: str) -> None:
    """Raise InvalidRequestError unless the time zone exists."""
    if name not in zoneinfo.available_timezones():
        raise InvalidRequestError(
            f"timezone: {name[:40]!r} is unknown; expected a name like Europe/Lisbon", field="timezone"
        )
