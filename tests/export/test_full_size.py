"""Stable Diffusion 1.5's size with random weights: minutes and gigabytes, so only with `-m slow`."""

from __future__ import annotations

from pathlib import Path

import pytest

from export.build import Progress, run_plan
from export.plan import ExportRequest, available_memory, make_plan
from tests.export.full_size import make_sd15

NEEDED_BYTES = 10_000_000_000


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.skipif(available_memory() < NEEDED_BYTES, reason="needs 10 GB of free memory")
def test_sd15_exports_equals_pytorch_and_diffusers_and_installs(tmp_path: Path) -> None:
    checkpoint = make_sd15(tmp_path / "sd15")
    request = ExportRequest(checkpoint, "sd15", tmp_path / "models", assets=checkpoint)
    plan, done = make_plan(request), list[Progress]()
    run_plan(plan, lambda progress: done.append(progress) if progress.state == "done" else None)
    assert [progress.step.title for progress in done] == [step.title for step in plan.open_steps]
    for progress in done[:-1]:
        assert progress.result is not None
        assert progress.result["peak_bytes"] < progress.step.memory_bytes * 1.1
    assert make_plan(request).open_steps == ()
