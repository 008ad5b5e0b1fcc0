"""How often something may be done: sliding windows, in memory or in Redis, by the `limits` library."""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass
from typing import Any

import structlog
from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import StorageError

from gateway.errors import GatewayError
from gateway.kit.clock import Clock

log = structlog.stdlib.get_logger("gateway.limits")


@dataclass(frozen=True, slots=True)
class Rate:
    """`count` times in `seconds`."""

    count: int
    seconds: int

    @property
    def item(self) -> RateLimitItemPerSecond:
        """As the library wants it."""
        return RateLimitItemPerSecond(self.count, self.seconds, namespace="avila")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where somebody stands: `remaining` of `rate`, whole again in `reset_s` seconds."""

    rate: Rate
    remaining: int
    reset_s: float


class RateLimitedError(GatewayError):
    """Too often."""

    status = 429
    code = "rate_limit_exceeded"
    may_retry = True

    def __init__(self, rate: Rate, wait_s: float) -> None:
        wait = max(1, math.ceil(wait_s))
        super().__init__(
            f"Too many requests: {rate.count} in {rate.seconds} s are allowed; try again in {wait} s",
            headers={"retry-after": str(wait)},
        )


class RateLimiter:
    """Counts by who and what. Exact moving windows: no burst at the edge of a window.

    When Redis is away each process counts for itself meanwhile, and says so in the log.
    """

    def __init__(self, clock: Clock, redis_url: str | None = None) -> None:
        self._clock = clock
        self._own = MovingWindowRateLimiter(MemoryStorage())
        self._pool = None if redis_url is None else _pool(redis_url)
        self._shared = None if redis_url is None else MovingWindowRateLimiter(_redis(redis_url, self._pool))

    async def aclose(self) -> None:
        """Close the connections to Redis."""
        if self._pool is not None:
            await self._pool.aclose()

    async def spend(self, rate: Rate, *who: str) -> Standing:
        """Count one; where he stands then.

        Raises:
            RateLimitedError: there was none left. It does not count.
        """
        strategy, allowed = self._own, None
        if self._shared is not None:
            try:
                strategy, allowed = self._shared, await self._shared.hit(rate.item, *who)
            except StorageError as error:
                log.warning("rate limits are counted in this process only", reason=str(error.storage_error))
                strategy = self._own
        if allowed is None:
            allowed = await strategy.hit(rate.item, *who)
        window = await strategy.get_window_stats(rate.item, *who)
        standing = Standing(rate, window.remaining, max(0.0, window.reset_time - self._clock.now().timestamp()))
        if not allowed:
            raise RateLimitedError(rate, standing.reset_s)
        return standing

    async def forgive(self, rate: Rate, *who: str) -> None:
        """Forget what was counted."""
        await self._own.clear(rate.item, *who)
        if self._shared is not None:
            with contextlib.suppress(StorageError):
                await self._shared.clear(rate.item, *who)


def _pool(url: str) -> Any:
    from redis.asyncio import ConnectionPool  # noqa: PLC0415 - only where Redis is used

    return ConnectionPool.from_url(url, socket_connect_timeout=2, socket_timeout=2)


def _redis(url: str, pool: Any) -> RedisStorage:
    return RedisStorage(
        f"async+{url}", implementation="redispy", wrap_exceptions=True, key_prefix="avila", connection_pool=pool
    )
