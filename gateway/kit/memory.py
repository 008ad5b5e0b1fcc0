"""What the C library does with memory that is free again."""

from __future__ import annotations

import contextlib
import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # glibc's malloc.h
KEPT_BYTES = 64 * 2**20
LARGEST_BYTES = 32 * 2**20
"""glibc takes no more."""


def keep_freed() -> None:
    """Have up to KEPT_BYTES of freed memory kept for the next picture.

    glibc gives buffers of a picture's size back to the system one by one, and each of the next one's pages is then
    cleared and mapped anew: of a 512 x 512 watermark that is a third of its time. Another C library does as it does.
    """
    with contextlib.suppress(AttributeError, OSError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_TRIM_THRESHOLD, KEPT_BYTES)
        mallopt(_MMAP_THRESHOLD, LARGEST_BYTES)
