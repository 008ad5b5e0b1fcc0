"""What `avila up` says when a part of it does not come up."""

from __future__ import annotations

import os
import sys

import pytest

from avila import supervisor
from avila.process import Child
from avila.supervisor import StartError, Supervisor
from gateway.settings import Settings
from tests.e2e.running import free_ports


async def test_a_gateway_that_never_answers_is_given_up_with_its_last_words(monkeypatch, tmp_path):
    lines: list[str] = []
    (port,) = free_ports(1)
    made = Supervisor(Settings(data_dir=tmp_path, backend="inprocess", port=port), lines.append)

    def silent(name: str, *_: str) -> Child:
        command = (sys.executable, "-c", "import time; print('thinking', flush=True); time.sleep(60)")
        return Child(name, command, os.environ, tmp_path / "silent.log", made._guard)

    async def never() -> None:
        pytest.fail("it is not ready")

    monkeypatch.setattr(supervisor, "GATEWAY_START_S", 2.0)
    monkeypatch.setattr(made, "_make_program", silent)
    with pytest.raises(StartError, match=r"(?s)the gateway did not answer within 2 s.*thinking"):
        await made.run(never)
    assert "starting the gateway" in lines
