"""Reading an asynchronous stream with one eye on something else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, TypeVar

T = TypeVar("T")


async def until(source: AsyncGenerator[T, None], stop: asyncio.Event) -> AsyncGenerator[T, None]:
    """What `source` yields until it ends or `stop` is set, in the middle of a wait too; closes `source` either way."""
    async with aclosing(source):
        stopped = asyncio.ensure_future(stop.wait())
        upcoming: asyncio.Task[T] | None = None
        try:
            while not stop.is_set():
                upcoming = asyncio.ensure_future(anext(source))
                await asyncio.wait((upcoming, stopped), return_when=asyncio.FIRST_COMPLETED)
                if not upcoming.done():
                    return
                try:
                    item = upcoming.result()
                except StopAsyncIteration:
                    return
                yield item
        finally:
            for pending in (stopped, upcoming):
                if pending is not None:
                    await ended(pending)


async def ended(task: asyncio.Task[Any]) -> None:
    """Cancel a task that nobody waits for any more, and see it end; how it ended matters to nobody."""
    task.cancel()
    await asyncio.wait((task,))
    if not task.cancelled():
        task.exception()  # looked at, or the loop would complain of it
