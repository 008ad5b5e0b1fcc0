"""One step of an export, in a process of its own: its memory is given back, and can be limited.

Reads a job as JSON from standard input, answers with one line of JSON on standard output. An error of `export.errors`
travels by its class name and attributes' text, so that the caller raises the same class again.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from diffusion.components import Component
from diffusion.pipeline import component_specs
from export import errors
from export.checkpoint import Checkpoint
from export.graph_file import GraphFile
from export.latent_rgb import LatentRgb
from export.precision import Precision, component_precision
from export.repository import WEIGHTS_FILE, link
from export.serving import pipeline_spec

PR_SET_PDEATHSIG = 1  # <sys/prctl.h>


def trace(job: dict[str, Any]) -> dict[str, Any]:
    """Export one component's architecture graph, verify it with the checkpoint's weights, and keep it when it passes.

    Job: checkpoint, assets, component, precision, work (a folder of its own), graph (where to keep it), or no `trace`
    for a graph that is there and is only to be verified.
    """
    from export.networks import load_network
    from export.onnx_export import export_architecture
    from export.verify import verify_component

    checkpoint = Checkpoint.read(Path(job["checkpoint"]), Path(job["assets"]), _paths(job["replaced"]))
    component, work, graph = Component(job["component"]), Path(job["work"]), Path(job["graph"])
    spec = component_specs(described(checkpoint))[component]
    if job["trace"]:
        precision = component_precision(component, Precision(job["precision"]))
        export_architecture(checkpoint, spec, work / "graph.onnx", precision)
    else:
        (work / "graph.onnx").write_bytes(graph.read_bytes())
    model = bind_for_verification(checkpoint, component, work)
    report = verify_component(lambda: load_network(component, checkpoint), spec, model)
    if job["trace"] and report.passed:
        graph.parent.mkdir(parents=True, exist_ok=True)
        (work / "graph.onnx").replace(graph)
    return report.to_json()


def verify_pictures(job: dict[str, Any]) -> dict[str, Any]:
    """Compare whole pictures with diffusers' own pipeline; see `export.verify_pipeline`."""
    from export.verify_pipeline import compare_with_diffusers

    checkpoint = Checkpoint.read(Path(job["checkpoint"]), None, _paths(job["replaced"]))
    precision = Precision(job["precision"])
    return compare_with_diffusers(checkpoint, Path(job["repository"]), job["name"], Path(job["page"]), precision)


def _paths(texts: dict[str, str]) -> dict[str, Path]:
    return {name: Path(text) for name, text in texts.items()}


def plan(job: dict[str, Any]) -> dict[str, Any]:
    """Build one TensorRT plan; a stripped one is filled with its weights again where it was built."""
    from export.tensorrt import Hardware, Library, PlanSettings, build_plan, refit_plan

    given = job["settings"]
    settings = PlanSettings(
        **{
            **given,
            "library": Library(given["library"]),
            "hardware": Hardware(given["hardware"]),
            "capabilities": tuple(given["capabilities"]),
            "buckets": tuple(given["buckets"]),
        }
    )
    target, model = Path(job["target"]), Path(job["model"])
    built = build_plan(model, job["profiles"], settings, target, Path(job["timing_cache"]))
    figures = {name: value for name, value in asdict(built).items() if name != "path"}
    if settings.stripped:
        refit_plan(target, model, settings.library, target)
    return figures


def described(checkpoint: Checkpoint) -> Any:
    """The checkpoint's PipelineSpec without a colour map, for the bounds of its components."""
    black = (0.0, 0.0, 0.0)
    channels = checkpoint.config(Component.VAE_DECODER).get("latent_channels", 4)
    return pipeline_spec(checkpoint, "export", "", LatentRgb((black,) * channels, black, 0.0))


def bind_for_verification(checkpoint: Checkpoint, component: Component, work: Path) -> Path:
    """The graph in `work`, bound to the checkpoint's weights beside it."""
    graph = GraphFile.read(work / "graph.onnx")
    graph.bind(checkpoint.tensors(component), WEIGHTS_FILE)
    graph.write(work / "model.onnx")
    link(checkpoint.weights_path(component), work / WEIGHTS_FILE)
    return work / "model.onnx"


STEPS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "trace": trace,
    "pictures": verify_pictures,
    "plan": plan,
}


def _end_with_parent(parent: int) -> None:
    """A killed export must not leave a step running: the kernel kills this process with its parent (Linux)."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the line above
        os._exit(1)


def main() -> int:
    """Run the job on standard input."""
    channel = os.fdopen(os.dup(1), "w")  # libraries print on standard output
    os.dup2(2, 1)
    job = json.load(sys.stdin)
    _end_with_parent(job["parent"])
    if job.get("memory_bytes"):
        resource.setrlimit(resource.RLIMIT_DATA, (job["memory_bytes"], job["memory_bytes"]))
    result: dict[str, Any]
    try:
        result = {"result": STEPS[job["step"]](job)}
    except errors.ExportError as error:
        result = {"error": type(error).__name__, "message": str(error)}
    except MemoryError:
        result = {"error": "NotEnoughMemoryError"}
    except RuntimeError as error:  # torch reports a failed allocation so
        if "alloc" not in str(error).lower():
            raise
        result = {"error": "NotEnoughMemoryError"}
    result["peak_bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps(result), file=channel, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
