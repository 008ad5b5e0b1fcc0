"""A bare loop over our ONNX files with OpenVINO: `openvino_loop.py REPOSITORY PIPELINE [--bf16]`.

It runs with the project's root on PYTHONPATH: the loop is the benchmark's own, only the networks are OpenVINO's.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import openvino
from protocol import serve

from benchmarks.engine.bare_loop import COMPONENTS, BareLoop, Sample


class Session:
    """A compiled network with the two methods of ONNX Runtime's session that the loop uses."""

    def __init__(self, core: openvino.Core, graph: Path, precision: str, threads: int) -> None:
        options: dict[str, Any] = {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"}
        if threads:
            options["INFERENCE_NUM_THREADS"] = threads
        self._request = core.compile_model(core.read_model(graph), "CPU", options).create_infer_request()

    def run(self, _: None, inputs: dict[str, Any]) -> list[Any]:
        """One call."""
        results = self._request.infer(inputs)
        return [np.array(results[0], np.float32)]


def main() -> None:
    """Compile, serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("repository", type=Path)
    parser.add_argument("pipeline")
    parser.add_argument("--bf16", action="store_true")
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()
    core, precision = openvino.Core(), "bf16" if options.bf16 else "f32"
    sessions = {
        component: Session(
            core,
            options.repository / f"{options.pipeline}__{component}" / "1" / "model.onnx",
            precision,
            options.threads,
        )
        for component in COMPONENTS
    }
    loop = BareLoop(options.repository, options.pipeline, sessions=sessions)

    def draw(request: dict[str, Any]) -> Any:
        steps, guidance = request["num_inference_steps"], request["guidance_scale"]
        sample = Sample(request["prompt"], request["negative_prompt"], request["seed"], steps, guidance)
        return loop.generate(sample)

    serve({"openvino": openvino.__version__, "precision": precision}, draw)


if __name__ == "__main__":
    main()
