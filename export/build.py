"""Carries a plan out: each component in a process of its own, then the installation, with progress for the caller.

Nothing that fails leaves a trace in the model repository, and a repeated export goes on where the last one ended: a
graph is kept as soon as it is verified.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from diffusion.components import Part
from export import errors
from export.errors import ExportError, NotEnoughMemoryError, StepFailedError, ValuesDifferError
from export.plan import ExportPlan, ExportRequest, Step, StepKind, graph_path, unseen
from export.repository import install_pipeline
from export.transaction import prepare_state, state_folder, work_folder

ROOT = Path(__file__).parents[1]
OUT_OF_MEMORY = ("memoryerror", "bad_alloc", "cannot allocate memory")
"""What Python, C++ and the loader of libraries say last, in lower case."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an export stands. `left_s` is an estimate from the plan and the time that the steps so far took."""

    step: Step
    index: int
    count: int
    state: str  # "started", "done"
    elapsed_s: float
    left_s: float
    result: dict[str, Any] | None = None


def run_plan(plan: ExportPlan, on_progress: Callable[[Progress], None] = lambda _: None) -> None:
    """Run every open step of `plan`.

    Raises:
        ExportError: of the step that failed; the model repository is then as it was.
    """
    steps, start = plan.open_steps, time.monotonic()
    planned_done = 0.0
    planned = sum(step.seconds for step in steps)
    if any(step.kind is StepKind.PICTURES for step in steps):
        plan.pictures.parent.mkdir(parents=True, exist_ok=True)
        unseen(plan.pictures).touch()  # a graph is known once it is kept, so the next export would not look again
    with work_folder(plan.request.repository) as work:
        for index, step in enumerate(steps, 1):
            elapsed = time.monotonic() - start
            pace = elapsed / planned_done if planned_done else 1.0
            on_progress(Progress(step, index, len(steps), "started", elapsed, pace * (planned - planned_done)))
            result = _run_step(plan, step, work / str(index))
            planned_done += step.seconds
            elapsed = time.monotonic() - start
            left = elapsed / planned_done * (planned - planned_done)
            on_progress(Progress(step, index, len(steps), "done", elapsed, left, result))


def run_job(job: dict[str, Any], title: str, memory_bytes: int | None) -> dict[str, Any]:
    """Run one job of `export.step` in a process of its own.

    Raises:
        ExportError: of the class that the step raised; NotEnoughMemoryError and StepFailedError when it died.
    """
    command = [sys.executable, "-m", "export.step"]
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    environment = os.environ | {"PYTHONPATH": path, "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    process = subprocess.Popen(  # noqa: S603 our own module in our own interpreter
        command, cwd=ROOT, env=environment, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        output, complaints = process.communicate(
            json.dumps(job | {"memory_bytes": memory_bytes, "parent": os.getpid()})
        )
    except BaseException:
        process.kill()  # an interrupted export leaves no process behind
        process.wait()
        raise
    if process.returncode:
        raise _death(title, process.returncode, complaints, memory_bytes)
    answer: dict[str, Any] = json.loads(output)
    if "error" in answer:
        raise _revived(title, answer, memory_bytes)
    return answer


def _run_step(plan: ExportPlan, step: Step, work: Path) -> dict[str, Any] | None:
    work.mkdir()
    if step.component:
        return _run_component(plan, step, step.component, work)
    if step.kind is StepKind.CALIBRATE:
        return _run_calibration(plan, step, work)
    if step.kind is StepKind.PICTURES:
        return _run_pictures(plan, step, work)
    _install(plan.request, plan.request.repository)
    return None


def _run_component(plan: ExportPlan, step: Step, component: Part, work: Path) -> dict[str, Any]:
    request = plan.request
    checkpoint = request.read_checkpoint()
    graph = graph_path(checkpoint, state_folder(request.repository), component, request.precision)
    job = {
        "step": "trace",
        "trace": step.kind is StepKind.EXPORT,
        "checkpoint": str(request.checkpoint),
        "assets": str(request.assets),
        "replaced": {network: str(path) for network, path in request.replaced.items()},
        "controlnets": {name: str(path) for name, path in request.controlnets.items()},
        "component": str(component),
        "precision": request.precision.value,
        "graph": str(graph),
        "work": str(work),
    }
    answer = run_job(job, step.title, request.memory_bytes)
    report: dict[str, Any] = answer["result"]
    for finding in report["findings"]:
        raise getattr(errors, finding["kind"])(str(component), finding["detail"])
    _keep_report(plan.reports[component], report)
    return report | {"peak_bytes": answer["peak_bytes"]}


def _run_pictures(plan: ExportPlan, step: Step, work: Path) -> dict[str, Any]:
    """Install into a scratch repository that shares the graphs, and compare whole pictures there."""
    request = plan.request
    repository = _scratch_repository(request, work)
    _install(request, repository)
    job = {
        "step": "pictures",
        "checkpoint": str(request.checkpoint),
        "repository": str(repository),
        "name": request.name,
        "replaced": {network: str(path) for network, path in request.replaced.items()},
        "precision": request.precision.value,
        "page": str(work / "page.html"),
    }
    answer = run_job(job, step.title, request.memory_bytes)
    result: dict[str, Any] = answer["result"]
    (work / "page.html").replace(plan.pictures.with_suffix(".html"))  # kept when it failed, too: it shows what is wrong
    for picture in result["pictures"]:
        if not picture["passed"]:
            detail = f"{picture['prompt']!r} with {picture['sampler']} differs from diffusers by "
            detail += (
                f"{picture['max_difference']} of 255, {picture['psnr_db']} dB; see {plan.pictures.with_suffix('.html')}"
            )
            raise ValuesDifferError("pipeline", detail)
    _keep_report(plan.pictures, result)
    unseen(plan.pictures).unlink(missing_ok=True)
    return result | {"peak_bytes": answer["peak_bytes"]}


def _scratch_repository(request: ExportRequest, work: Path) -> Path:
    repository = work / "models"
    prepare_state(repository)
    for kept in ("graphs", "scales"):
        (state_folder(repository) / kept).symlink_to(state_folder(request.repository) / kept)
    return repository


def _run_calibration(plan: ExportPlan, step: Step, work: Path) -> dict[str, Any]:
    """Install unquantised into a scratch repository, and find the UNet's scales there."""
    request = plan.request
    repository = _scratch_repository(request, work)
    _install(replace(request, precision=request.precision.base), repository)
    job = {
        "step": "calibrate",
        "checkpoint": str(request.checkpoint),
        "assets": str(request.assets),
        "replaced": {network: str(path) for network, path in request.replaced.items()},
        "repository": str(repository),
        "name": request.name,
        "precision": request.precision.value,
        "target": str(plan.scales),
        "hashes": str(state_folder(request.repository) / "hashes.json"),
        "work": str(work),
    }
    answer = run_job(job, step.title, request.memory_bytes)
    return {**answer["result"], "peak_bytes": answer["peak_bytes"]}


def _install(request: ExportRequest, repository: Path) -> None:
    install_pipeline(
        request.checkpoint,
        repository,
        request.name,
        assets=request.assets,
        replaced=request.replaced,
        precision=request.precision,
        controlnets=request.controlnets,
        origin=request.origin,
    )


def _keep_report(path: Path, report: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{uuid.uuid4().hex}.draft")
    draft.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    draft.replace(path)


def _revived(title: str, answer: dict[str, Any], memory_bytes: int | None) -> ExportError:
    """The step's own error, in this process."""
    if answer["error"] == NotEnoughMemoryError.__name__:
        return _out_of_memory(title, memory_bytes)
    cls = getattr(errors, answer["error"])
    error: ExportError = cls.__new__(cls)
    Exception.__init__(error, answer["message"])
    return error


def _death(title: str, code: int, complaints: str, memory_bytes: int | None) -> ExportError:
    if -code == signal.SIGKILL:  # what the kernel sends when memory runs out
        return _out_of_memory(title, memory_bytes)
    if any(words in complaints.lower() for words in OUT_OF_MEMORY):
        return _out_of_memory(title, memory_bytes)
    last = complaints.strip().rpartition("\n")[2].strip()  # of a traceback, the exception itself
    reason = f"signal {-code}" if code < 0 else f"exit status {code}"
    return StepFailedError(title, f"its process ended with {reason}: {last[:300]}")


def _out_of_memory(title: str, memory_bytes: int | None) -> StepFailedError:
    limit = f"the limit of {memory_bytes / 1e9:.1f} GB" if memory_bytes else "this machine's memory"
    return StepFailedError(title, f"stopped: it needed more than {limit}")
