"""A process that is stopped, not dead: Triton notices a stub that takes no message; a server only silence betrays."""

from __future__ import annotations

import signal
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from tests.e2e.running import kill, stub_of, until
from tests.e2e.test_survival import LONG

pytestmark = pytest.mark.triton


class TestHangs:
    @pytest.mark.parametrize("is_busy", [False, True], ids=["idle", "at work"])
    def test_a_hung_component_is_replaced(self, make_service, is_busy):
        service = make_service(watchdog_silence_s=4)
        service.start()
        with ThreadPoolExecutor(1) as pool:
            request = pool.submit(service.generate, **LONG) if is_busy else None
            time.sleep(1.0)
            hung = stub_of(service.triton, "toy__unet")
            kill(hung, signal.SIGSTOP)
            seconds = until(lambda: _other_stub(service, hung) and service.readyz() == 200, 30, "ready again")
            assert request is None or request.result(60).status_code in (200, 503)
        print(f"\nhung component, {'at work' if is_busy else 'idle'}: ready again after {seconds:.1f} s")
        assert service.generate(model="toy").status_code == 200
        service.note_processes()

    def test_a_hung_server_is_started_again(self, make_service):
        service = make_service(watchdog_silence_s=4)
        service.start()
        hung = service.triton
        kill(hung, signal.SIGSTOP)
        seconds = until(lambda: _other_triton(service, hung) and service.readyz() == 200, 40, "ready again")
        print(f"\nhung server: ready again after {seconds:.1f} s")
        assert "makes no progress" in service.text
        service.note_processes()


def _other_triton(service, before: int) -> bool:
    try:
        return service.triton != before
    except AssertionError:
        return False


def _other_stub(service, before: int) -> bool:
    try:
        return stub_of(service.triton, "toy__unet") != before
    except (AssertionError, psutil.NoSuchProcess):
        return False
