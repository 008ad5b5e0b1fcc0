"""The guardian as a process of its own, with real process groups and a real pipe."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from avila import guardian
from avila.shared_memory import prefix_of, remove_stale

IGNORES_TERM = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)"


@pytest.fixture
def guard() -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", guardian.__file__],
        stdin=subprocess.PIPE,
        text=True,
        bufsize=1,
        start_new_session=True,
    )
    yield process
    process.stdin.close()
    process.wait(10)


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["sleep", "60"], start_new_session=True)
    yield process
    process.kill()
    process.wait()


def tell(process: subprocess.Popen[str], line: str) -> None:
    process.stdin.write(f"{line}\n")


def test_the_end_of_the_pipe_ends_the_groups_and_removes_their_memory(guard, sleeper):
    ours, others = Path(f"/dev/shm/avila_{sleeper.pid}_a"), Path(f"/dev/shm/avila_{sleeper.pid}9_a")
    ours.touch()
    others.touch()
    try:
        tell(guard, f"group {sleeper.pid}")
        tell(guard, f"shm avila_{sleeper.pid}_")
        guard.stdin.close()
        assert sleeper.wait(5) == -signal.SIGTERM
        guard.wait(10)
        assert (ours.exists(), others.exists()) == (False, True)
    finally:
        ours.unlink(missing_ok=True)
        others.unlink(missing_ok=True)


def test_what_ignores_sigterm_is_killed(guard):
    deaf = subprocess.Popen([sys.executable, "-c", IGNORES_TERM], start_new_session=True, stdout=subprocess.PIPE)
    deaf.stdout.readline()
    tell(guard, f"group {deaf.pid}")
    started = time.monotonic()
    guard.stdin.close()
    assert deaf.wait(10) == -signal.SIGKILL
    assert time.monotonic() - started >= guardian.GRACE_S - 0.5
    deaf.stdout.close()


@pytest.mark.parametrize("farewell", ["done", "forget"])
def test_a_parent_that_has_cleaned_up_is_believed(guard, sleeper, farewell):
    tell(guard, f"group {sleeper.pid}")
    tell(guard, "done" if farewell == "done" else f"forget {sleeper.pid}")
    guard.stdin.close()
    assert guard.wait(10) == 0
    assert sleeper.poll() is None


def test_a_terminals_signals_do_not_end_it(guard, sleeper):
    tell(guard, f"group {sleeper.pid}")
    time.sleep(0.5)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(guard.pid, number)
    time.sleep(0.2)
    assert guard.poll() is None


def test_only_the_files_of_dead_owners_are_stale(sleeper):
    dead = subprocess.Popen(["true"])
    dead.wait()
    stale, live = Path(f"/dev/shm/{prefix_of(dead.pid)}x"), Path(f"/dev/shm/{prefix_of(sleeper.pid)}x")
    stale.touch()
    live.touch()
    try:
        assert remove_stale() >= 1
        assert (stale.exists(), live.exists()) == (False, True)
    finally:
        live.unlink()
