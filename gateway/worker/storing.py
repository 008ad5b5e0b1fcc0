"""Puts a finished picture into the store, however often it must be tried."""

from __future__ import annotations

import asyncio
import contextlib

import structlog

from gateway.kit.clock import Clock
from gateway.storage.images import ImageStore, StorageError

RETRY_S = 1.0
PATIENCE_S = 120.0
"""A finished picture is kept while the store is away, rather than made again: its work is done."""

log = structlog.stdlib.get_logger("gateway.worker")


async def put_patiently(images: ImageStore, data: bytes, clock: Clock, stop: asyncio.Event) -> str | None:
    """The stored picture's name; None when `stop` is set before.

    Raises:
        StorageError: the store was away for longer than a picture is kept.
    """
    begun = clock.monotonic()
    while not stop.is_set():
        try:
            return await images.put(data)
        except StorageError as error:
            if clock.monotonic() - begun > PATIENCE_S:
                raise
            log.warning("the image store is away", reason=str(error))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RETRY_S):
                    await stop.wait()
    return None
