"""Exports that are killed, and exports at the same time: real commands, real processes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from export.repository import read_manifest
from export.transaction import locked, state_folder

ROOT = Path(__file__).parents[2]
LIMIT_S = 900


@pytest.fixture
def assets(tiny: Path, tmp_path: Path) -> Path:
    """All graphs of the tiny pipeline but that of its encoder, which is traced soonest."""
    shutil.copytree(tiny / "graphs", tmp_path / "assets" / "graphs")
    (tmp_path / "assets" / "graphs" / "vae_encoder.onnx").unlink()
    return tmp_path / "assets"


def start(checkpoint: Path, assets: Path, repository: Path, name: str = "tiny") -> subprocess.Popen[str]:
    words = [str(checkpoint), "--assets", str(assets), "--name", name, "--repository", str(repository), "--json"]
    return subprocess.Popen(
        [sys.executable, "-m", "avila", "export", *words],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def open_steps(planned: dict[str, Any]) -> list[str]:
    return [step["step"] for step in planned["steps"] if not step["done"]]


def kill_at(process: subprocess.Popen[str], event: str, step: str) -> list[str]:
    """Kill -9 as soon as the command says `event` of `step`; returns the steps that were open when it started."""
    assert process.stdout is not None
    said = [json.loads(process.stdout.readline())]
    while (said[-1]["event"], said[-1].get("step")) != (event, step):
        said.append(json.loads(process.stdout.readline()))
    children = children_of(process.pid) if event == "step_started" and step != "install" else []
    process.kill()
    process.communicate(timeout=LIMIT_S)
    assert process.returncode == -signal.SIGKILL
    deadline = time.monotonic() + 20
    while any(is_running(child) for child in children):
        assert time.monotonic() < deadline, "a step outlived its export"
        time.sleep(0.1)
    return open_steps(said[0])


def children_of(parent: int) -> list[int]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        if children:
            return [int(child) for child in children]
        time.sleep(0.05)
    raise AssertionError("no step runs")


def is_running(pid: int) -> bool:
    """Neither gone nor a zombie that the container's init has not fetched yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def finish(process: subprocess.Popen[str]) -> list[dict[str, Any]]:
    output, complaints = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 0, complaints
    return [json.loads(line) for line in output.splitlines()]


def is_whole(repository: Path, name: str) -> bool:
    """Whether the next caller, who finishes or undoes what a kill interrupted, finds a whole version."""
    with locked(repository):
        manifest = read_manifest(repository, name)
        return manifest is not None and manifest.is_intact(repository)


@pytest.mark.timeout(1800)
def test_after_kill_9_at_any_step_nothing_is_half_installed_and_the_next_export_goes_on(
    tiny: Path, second: Path, assets: Path, tmp_path: Path
) -> None:
    repository = tmp_path / "models"
    everything = ["export vae_encoder", "pictures", "install"]
    moments = [
        ("step_started", "export vae_encoder", everything),
        ("step_done", "export vae_encoder", everything),
        ("step_started", "pictures", everything[1:]),
        ("step_started", "install", everything[1:]),
    ]
    for event, step, expected in moments:
        assert kill_at(start(tiny, assets, repository), event, step) == expected
        assert is_whole(repository, "tiny") or list(repository.iterdir()) == []
    said = finish(start(tiny, assets, repository))
    assert open_steps(said[0]) in (["install"], [])
    assert is_whole(repository, "tiny")
    for left in ("work", "staging"):
        assert list((state_folder(repository) / left).iterdir()) == []

    assert kill_at(start(second, assets, repository), "step_started", "install") == ["install"]
    assert is_whole(repository, "tiny"), "the old version or the new one"
    finish(start(second, assets, repository))
    assert is_whole(repository, "tiny")


@pytest.mark.timeout(1800)
def test_two_exports_at_once_that_need_the_same_graph_both_succeed(
    tiny: Path, second: Path, assets: Path, tmp_path: Path
) -> None:
    repository = tmp_path / "models"
    checkpoints = {"one": tiny, "two": second}
    processes = [start(checkpoint, assets, repository, name) for name, checkpoint in checkpoints.items()]
    try:
        answers = [finish(process) for process in processes]
    finally:
        for process in processes:
            process.kill()
    for name, said in zip(checkpoints, answers, strict=True):
        assert open_steps(said[0])[0] == "export vae_encoder"
        assert said[-1]["event"] == "finished"
        assert is_whole(repository, name)
    assert len(list((state_folder(repository) / "graphs").iterdir())) == 1
    assert list((state_folder(repository) / "work").iterdir()) == []
