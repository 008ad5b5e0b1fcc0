"""Passwords: argon2id, computed off the event loop. Checking takes as long for a user who does not exist."""

from __future__ import annotations

import asyncio

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

MIN_CHARS, MAX_CHARS = 10, 200
_HASHER = PasswordHash((Argon2Hasher(),))
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$MIIRqgvgQbgj220jfp0MPA$YfwJSVjtjSU0zzV/P3S9nnQ/USre2wvJMjfCIjrTQbg"


async def hash_password(password: str) -> str:
    """What is stored."""
    return await asyncio.to_thread(_HASHER.hash, password)


async def is_password(password: str, stored: str | None) -> bool:
    """Whether `password` is the one that was hashed; None stands for somebody who has none."""
    return await asyncio.to_thread(_HASHER.verify, password, stored or _NOBODY) and stored is not None
