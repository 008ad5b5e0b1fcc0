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
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from diffusion.components import Component, ControlNet, Part
from diffusion.variants import network_specs
from export import errors
from export.checkpoint import Checkpoint
from export.controlnets import declared_controlnets
from export.graph_edit import cast_where_used
from export.graph_file import GraphFile
from export.latent_rgb import LatentRgb
from export.manifest import HashCache
from export.precision import Precision, component_precision
from export.quantised_graph import Range, name_layers
from export.repository import WEIGHTS_FILE, link
from export.scales import ScalesFile, modelopt_python, scales_key
from export.serving import pipeline_spec
from export.sessions import is_mapped

PR_SET_PDEATHSIG = 1  # <sys/prctl.h>


def trace(job: dict[str, Any]) -> dict[str, Any]:
    """Export one component's architecture graph, verify it with the checkpoint's weights, and keep it when it passes.

    Job: checkpoint, assets, component, precision, work (a folder of its own), graph (where to keep it), or no `trace`
    for a graph that is there and is only to be verified.
    """
    from export.networks import load_network
    from export.onnx_export import export_architecture
    from export.verify import verify_component

    controlnets = _paths(job.get("controlnets", {}))
    checkpoint = Checkpoint.read(Path(job["checkpoint"]), Path(job["assets"]), _paths(job["replaced"]), controlnets)
    component, work, graph = _part(job["component"]), Path(job["work"]), Path(job["graph"])
    spec = network_specs(described(checkpoint))[component]
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


def standalone(job: dict[str, Any]) -> dict[str, Any]:
    """Export a standalone network's graph and compare it, with weights, with PyTorch. Job: component, folder, work."""
    from export.onnx_export import parameters_of, traced
    from export.recipe import compare_tensors
    from export.standalone_networks import empty_standalone, load_standalone, read_standalone
    from export.verify import verify_component

    files, work = read_standalone(Component(job["component"]), Path(job["folder"])), Path(job["work"])
    spec, network = files.spec("").network, empty_standalone(files)
    compare_tensors(files.weights, parameters_of(network), files.tensors())
    (work / "graph.onnx").write_bytes(traced(network, spec, files.architecture))
    graph = GraphFile.read(work / "graph.onnx")
    graph.bind(files.tensors(), WEIGHTS_FILE)
    graph.write(work / "model.onnx")
    link(files.weights, work / WEIGHTS_FILE)
    return verify_component(lambda: load_standalone(files), spec, work / "model.onnx").to_json()


def verify_pictures(job: dict[str, Any]) -> dict[str, Any]:
    """Compare whole pictures with diffusers' own pipeline; see `export.verify_pipeline`."""
    from export.verify_pipeline import compare_with_diffusers

    checkpoint = Checkpoint.read(Path(job["checkpoint"]), None, _paths(job["replaced"]))
    precision = Precision(job["precision"])
    return compare_with_diffusers(checkpoint, Path(job["repository"]), job["name"], Path(job["page"]), precision)


def _part(name: str) -> Part:
    return ControlNet(name) if name.startswith(ControlNet.PREFIX) else Component(name)


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
    timing_cache = None if job["timing_cache"] is None else Path(job["timing_cache"])
    built = build_plan(model, job["profiles"], settings, target, timing_cache)
    figures = {name: value for name, value in asdict(built).items() if name != "path"}
    if settings.stripped:
        refit_plan(target, model, settings.library, target)
    return figures


def described(checkpoint: Checkpoint) -> Any:
    """The checkpoint's PipelineSpec without a colour map, for the bounds of its components."""
    black = (0.0, 0.0, 0.0)
    channels = checkpoint.config(Component.VAE_DECODER).get("latent_channels", 4)
    spec = pipeline_spec(checkpoint, "export", "", LatentRgb((black,) * channels, black, 0.0))
    return declared_controlnets(spec, checkpoint)


def bind_for_verification(checkpoint: Checkpoint, component: Part, work: Path) -> Path:
    """The graph in `work`, bound to the checkpoint's weights beside it."""
    graph = GraphFile.read(work / "graph.onnx")
    graph.bind(checkpoint.tensors(component), WEIGHTS_FILE)
    if is_mapped(checkpoint.weights_path(component)):
        cast_where_used(graph.graph)
    graph.write(work / "model.onnx")
    link(checkpoint.weights_path(component), work / WEIGHTS_FILE)
    return work / "model.onnx"


def calibrate(job: dict[str, Any]) -> dict[str, Any]:
    """Find the scales of an installed pipeline's UNet and keep them; see `export.calibration`."""
    from export.calibration import calibrate as observe_engine

    checkpoint = Checkpoint.read(Path(job["checkpoint"]), Path(job["assets"]), _paths(job["replaced"]))
    precision, target, work = Precision(job["precision"]), Path(job["target"]), Path(job["work"])
    observed = observe_engine(Path(job["repository"]), job["name"])
    ranges, made_by = observed.ranges(), f"largest of {observed.calls} calls"
    if precision.needs_modelopt:
        observed.save_recorded(work / "inputs.npz")
        ranges, made_by = ask_modelopt(Path(job["repository"]), job["name"], precision, work)
    key = scales_key(checkpoint, precision, HashCache(Path(job["hashes"])))
    ScalesFile(key, precision, made_by, ranges).write(target)
    return {"layers": len(ranges), "calls": observed.calls, "made_by": made_by}


def ask_modelopt(repository: Path, name: str, precision: Precision, work: Path) -> tuple[dict[str, Range], str]:
    """The ranges that NVIDIA's ModelOpt decides on for the recorded inputs, in its own environment.

    Raises:
        StepFailedError: with what it said last.
    """
    from export import modelopt_scales

    folder = repository / f"{name}__{Component.UNET}" / "1"
    graph = GraphFile.read(folder / "model.onnx")
    name_layers(graph)
    graph.write(folder / "named.onnx")
    words: list[str | Path] = [folder / "named.onnx", work / "inputs.npz", str(precision.kind), work / "answer.json"]
    result = subprocess.run(  # noqa: S603 our own program in the environment that was chosen
        [modelopt_python(), modelopt_scales.__file__, *words],
        cwd=work, env={"PATH": os.environ["PATH"], "HOME": str(work)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if result.returncode:
        last = result.stderr.strip().rpartition("\n")[2].strip()
        raise errors.StepFailedError("calibrate", f"ModelOpt ended with {result.returncode}: {last[:300]}")
    answer = json.loads((work / "answer.json").read_text(encoding="utf-8"))
    return {layer: Range(largest) for layer, largest in answer["layers"].items()}, answer["made_by"]


STEPS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "trace": trace,
    "pictures": verify_pictures,
    "plan": plan,
    "standalone": standalone,
    "calibrate": calibrate,
}


def end_with_parent(parent: int) -> None:
    """A killed parent must not leave this process running: the kernel kills it along (Linux)."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the line above
        os._exit(1)


def main() -> int:
    """Run the job on standard input."""
    channel = os.fdopen(os.dup(1), "w")  # libraries print on standard output
    os.dup2(2, 1)
    job = json.load(sys.stdin)
    end_with_parent(job["parent"])
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
