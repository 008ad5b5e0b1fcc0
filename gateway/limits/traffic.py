"""How often callers come: per person, per key, and per address for those who are refused."""

from __future__ import annotations

from gateway.auth.subject import Subject
from gateway.limits.rates import Rate, RateLimiter, Standing

MINUTE = 60
REFUSED_PER_ADDRESS = Rate(60, MINUTE)
UNKNOWN_PER_ADDRESS = Rate(60, MINUTE)


class Traffic:
    """Counts requests and says in headers where the caller stands, in OpenAI's names."""

    def __init__(self, limiter: RateLimiter, per_minute: int) -> None:
        self._limiter = limiter
        self._usual = Rate(per_minute, MINUTE)

    async def count(self, subject: Subject) -> dict[str, str]:
        """Count a request; the headers for its answer.

        Raises:
            RateLimitedError: the person or his key came too often.
        """
        rate = self._usual if subject.requests_per_minute is None else Rate(subject.requests_per_minute, MINUTE)
        standing = await self._limiter.spend(rate, "requests-of", subject.owner)
        of_key = subject.policy.requests_per_minute
        if of_key is not None and subject.key_id is not None:
            own = await self._limiter.spend(Rate(of_key, MINUTE), "requests-with", subject.key_id)
            standing = min(standing, own, key=lambda found: found.remaining)
        return _headers(standing)

    async def count_refused(self, address: str) -> None:
        """Count a request without a good key.

        Raises:
            RateLimitedError: too many came from this address; guessing is pointless, but it costs us work.
        """
        await self._limiter.spend(REFUSED_PER_ADDRESS, "refused-from", address)

    async def count_unknown(self, address: str) -> None:
        """Count a request that needs no key but costs work.

        Raises:
            RateLimitedError: too many came from this address.
        """
        await self._limiter.spend(UNKNOWN_PER_ADDRESS, "unknown-from", address)


def _headers(standing: Standing) -> dict[str, str]:
    return {
        "x-ratelimit-limit-requests": str(standing.rate.count),
        "x-ratelimit-remaining-requests": str(standing.remaining),
        "x-ratelimit-reset-requests": f"{standing.reset_s:.0f}s",
    }
