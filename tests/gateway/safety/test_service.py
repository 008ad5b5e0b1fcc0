"""What is set is read beside the orders, and counts at once where it was set."""

from __future__ import annotations

import asyncio

import pytest

from gateway.auth.subject import Role
from gateway.errors import ModerationBlockedError
from gateway.safety import service as module
from gateway.safety.policy import SafetyPolicy
from gateway.safety.service import Asked
from tests.gateway.checkers import safety_of

ASKED = Asked(Role.USER, None, ("a sword",))


@pytest.fixture
async def safety(database):
    safety = safety_of(database)
    await safety.set_policy(Role.USER, SafetyPolicy(prompts="block"))
    return safety


async def test_no_order_waits_for_what_is_set_to_be_read(safety, monkeypatch):
    monkeypatch.setattr(module, "FRESH_S", 0.2)
    await safety.decide(ASKED)
    keeping = asyncio.ensure_future(safety.keep_current())
    await asyncio.sleep(0.5)
    reads, read = [], safety._database.reading
    monkeypatch.setattr(safety._database, "reading", lambda *given, **more: (reads.append(1), read(*given, **more))[1])
    keeping.cancel()
    await asyncio.wait((keeping,))
    await safety.decide(ASKED)
    assert reads == []
    await asyncio.sleep(0.3)  # nobody keeps it current any more: the order itself does
    await safety.decide(ASKED)
    assert reads == [1]


async def test_what_was_read_before_a_change_does_not_hide_it(safety):
    reading = asyncio.ensure_future(safety._read())
    await asyncio.sleep(0)
    await safety.add_rule("weapons", "sword*", "ann")
    await reading
    with pytest.raises(ModerationBlockedError):
        await safety.decide(ASKED)
