"""SQLite means one process: a second one on the same data folder does not start, and says what several need."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.app import create_app
from gateway.storage.database import DatabaseError
from gateway.storage.single import only_process
from tests.gateway.fakes import ScriptedBackend

ROOT = Path(__file__).resolve().parents[3]
HOLD = "import sys; from pathlib import Path; from gateway.storage.single import only_process\n"
HOLD += "with only_process(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"


async def test_a_second_gateway_is_refused_while_another_process_lives(settings):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", HOLD, str(settings.data_dir)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        app = create_app(settings, ScriptedBackend())
        with pytest.raises(DatabaseError, match=r"another gateway or worker .*PostgreSQL \(AVILA_DATABASE_URL\)"):
            async with app.router.lifespan_context(app):
                pass
        holder.kill()  # however it ends, the folder is free again
        holder.wait()
        app = create_app(settings, ScriptedBackend())
        async with app.router.lifespan_context(app):
            pass


def test_within_one_process_too(tmp_path):
    with only_process(tmp_path), pytest.raises(DatabaseError), only_process(tmp_path):
        pass
