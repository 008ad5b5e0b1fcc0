"""Each piece restarted, as a rolling update does it."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.rehearsal.world import PRE_STOP_S, Engine, World

CALM_S = 3.0


@dataclass(frozen=True, slots=True)
class Restart:
    """One restart.

    Attributes:
        is_replaceable: another of its kind goes on meanwhile, so nobody may notice; the others are waited for.
    """

    name: str
    do: Callable[[], float]
    is_replaceable: bool


def restarts(world: World) -> Iterator[Restart]:
    """All of them, in the order in which an update would make them."""
    for number in range(len(world.gateways)):
        yield Restart(f"gateway {number + 1}", lambda number=number: _gateway(world, number), True)  # type: ignore[misc]
    for number, engine in enumerate(world.engines, 1):
        yield Restart(f"engine {number}: worker and Triton", lambda engine=engine: _engine(engine), True)  # type: ignore[misc]
    if world.engines[0].triton is not None:
        yield Restart("Triton killed under its worker", lambda: _killed(world.engines[0]), True)
    yield Restart("Redis", lambda: _piece_away(world), False)
    yield Restart("object store", lambda: _store(world), False)
    yield Restart("PostgreSQL", world.postgres.restart, False)


def _gateway(world: World, number: int) -> float:
    others = [port for index, port in enumerate(world.ports) if index != number]
    world.proxy.use(others)
    time.sleep(PRE_STOP_S)
    started = time.monotonic()
    world.gateways[number].stop()
    world.gateways[number].start()
    away = time.monotonic() - started
    world.proxy.use(world.ports)
    return away


def _engine(engine: Engine) -> float:
    started = time.monotonic()
    engine.worker.stop()
    if engine.triton is not None:
        engine.triton.stop(signal.SIGINT)
        engine.triton.start()
    engine.worker.start()
    return time.monotonic() - started


def _killed(engine: Engine) -> float:
    started = time.monotonic()
    if engine.triton is not None:
        engine.triton.end()
        engine.triton.start()
    return time.monotonic() - started


def _piece_away(world: World) -> float:
    started = time.monotonic()
    world.redis.stop()
    world.redis.start()
    return time.monotonic() - started


def _store(world: World) -> float:
    started = time.monotonic()
    world.store.end()  # it takes its time over SIGTERM; what it has acknowledged is on disk
    world.store.start()
    return time.monotonic() - started
