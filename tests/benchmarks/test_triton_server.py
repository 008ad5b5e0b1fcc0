"""The benchmark's own Triton leaves nothing behind, however it ends."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from benchmarks.triton_server import TritonStartError, triton_server


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.triton
@pytest.mark.parametrize("kill", [False, True], ids=["stopped", "crashed"])
def test_no_process_and_no_shared_memory_is_left(
    toy_repository: Path, triton_environment: Path, monkeypatch: pytest.MonkeyPatch, kill: bool
):
    monkeypatch.setenv("AVILA_VENV_TRITON", str(triton_environment))
    with triton_server(toy_repository, threads=1) as server:
        processes = server.processes()
        assert len(processes) > 4
        if kill:
            os.kill(server.pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while any(map(runs, processes)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(runs, processes))
    assert not list(Path("/dev/shm").glob(f"avila_{os.getpid()}_*"))


@pytest.mark.triton
def test_a_model_that_does_not_load_is_told_with_the_log(
    tmp_path: Path, triton_environment: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("AVILA_VENV_TRITON", str(triton_environment))
    broken = tmp_path / "models" / "broken"
    (broken / "1").mkdir(parents=True)
    (broken / "1" / "model.py").write_text("raise RuntimeError('on purpose')\n")
    (broken / "config.pbtxt").write_text('name: "broken"\nbackend: "python"\nmax_batch_size: 0\n')
    with pytest.raises(TritonStartError, match="on purpose"), triton_server(broken.parent):
        pass
