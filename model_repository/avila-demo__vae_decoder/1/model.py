"""A component on CPU: runs the `model.onnx` beside this file with ONNX Runtime. The same bytes serve every component.

Called by the orchestrator with one packed batch at a time, so all cores go to that one call. It needs the pipeline's
`pipeline.json` (beside the orchestrator, `<pipeline>/1/`) for the bounds that Triton's own configuration cannot say.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import triton_python_backend_utils as pb_utils

from diffusion.components import Component
from diffusion.errors import ComponentError
from diffusion.pipeline import PipelineSpec, component_specs

THREADS = "AVILA_COMPONENT_THREADS"  # set by `avila up`; the config parameter of one component goes before it


class TritonPythonModel:
    """Loaded once per instance by Triton's python backend."""

    def initialize(self, args: dict[str, str]) -> None:
        """Open the session and check that the graph has the tensors that the component declares."""
        pipeline, _, component = args["model_name"].partition("__")
        models = Path(args["model_repository"]).parent
        graph = Path(args["model_repository"], args["model_version"], "model.onnx")
        description = models / pipeline / "1" / "pipeline.json"
        for needed in (graph, description):
            if not needed.is_file():
                raise pb_utils.TritonModelException(f"{needed} is missing: the pipeline {pipeline} is not installed")
        self.spec = component_specs(PipelineSpec.load(description))[Component(component)]
        self.outputs = [output.name for output in self.spec.outputs]
        self.session = onnxruntime.InferenceSession(
            str(graph), session_options(json.loads(args["model_config"])), providers=["CPUExecutionProvider"]
        )
        self.check_graph()

    def check_graph(self) -> None:
        """Refuse to load a graph that was exported for another declaration."""
        given = {tensor.name for tensor in (*self.session.get_inputs(), *self.session.get_outputs())}
        declared = {tensor.name for tensor in (*self.spec.inputs, *self.spec.outputs)}
        if given != declared:
            raise pb_utils.TritonModelException(f"model.onnx has the tensors {sorted(given)}, not {sorted(declared)}")

    def execute(self, requests: list[Any]) -> list[Any]:
        """Answer each request, result or error, on its own."""
        return [self.answer(request) for request in requests]

    def answer(self, request: Any) -> Any:
        """One packed batch. The caller's mistakes are INVALID_ARG, so that it can tell them from a failure here."""
        try:
            inputs = {tensor.name(): tensor.as_numpy() for tensor in request.inputs()}
            self.spec.check_inputs(inputs)
            arrays = self.session.run(self.outputs, inputs)
        except ComponentError as error:
            return refusal(str(error), pb_utils.TritonError.INVALID_ARG)
        except Exception as error:  # noqa: BLE001 ONNX Runtime's own errors have no common base class
            return refusal(f"{self.spec.component}: {error}", pb_utils.TritonError.INTERNAL)
        named = zip(self.outputs, arrays, strict=True)
        return pb_utils.InferenceResponse([pb_utils.Tensor(name, np.ascontiguousarray(array)) for name, array in named])


def refusal(message: str, code: Any) -> Any:
    """An error response."""
    return pb_utils.InferenceResponse(error=pb_utils.TritonError(message, code))


def session_options(config: dict[str, Any]) -> onnxruntime.SessionOptions:
    """Threads from the configuration's `intra_op_threads`, else the environment, else every core this process may use.

    Spinning is off: on shared cores two spinning threads were slower than one.
    """
    configured = config.get("parameters", {}).get("intra_op_threads", {}).get("string_value", "")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(configured or os.environ.get(THREADS, "0")) or len(os.sched_getaffinity(0))
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return options
