"""A component on CPU: runs the `model.onnx` beside this file. The same bytes serve every component.

The runtime is a choice (`sessions`): ONNX Runtime in float32, or OpenVINO in float32 or bfloat16.

Called by the orchestrator with one packed batch at a time, so all cores go to that one call. It needs the pipeline's
`pipeline.json` (beside the orchestrator, `<pipeline>/1/`) for the bounds that Triton's own configuration cannot say;
a network that belongs to no pipeline has them in a `network.json` of its own.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import triton_python_backend_utils as pb_utils

from diffusion.components import ComponentSpec
from diffusion.errors import ComponentError
from diffusion.pipeline import PipelineSpec
from diffusion.standalone import DESCRIPTION
from diffusion.standalone_kinds import load_standalone
from diffusion.variants import network_specs

from .sessions import Session, UnfitRuntimeError, open_session


class TritonPythonModel:
    """Loaded once per instance by Triton's python backend."""

    session: Session | None = None

    def initialize(self, args: dict[str, str]) -> None:
        """Find the component's declaration, and open its session."""
        pipeline, _, component = args["model_name"].partition("__")
        graph = Path(args["model_repository"], args["model_version"], "model.onnx")
        own = graph.with_name(DESCRIPTION)
        description = own if own.is_file() else graph.parents[2] / pipeline / "1" / "pipeline.json"
        for needed in (graph, description):
            if not needed.is_file():
                raise pb_utils.TritonModelException(f"{needed} is missing: the pipeline {pipeline} is not installed")
        self.graph, self.config = graph, json.loads(args["model_config"])
        self.spec = load_standalone(own).network if own.is_file() else self.declaration(description, component)
        self.outputs = [output.name for output in self.spec.outputs]
        if not self.spec.is_seldom_used:
            self.open_session()

    def declaration(self, description: Path, name: str) -> ComponentSpec:
        """What the component `name` of a described pipeline, or the variant of one, takes and gives."""
        pipeline = PipelineSpec.load(description)
        for network, spec in network_specs(pipeline).items():
            if network == name:
                return spec
        raise pb_utils.TritonModelException(f"the pipeline {pipeline.name} has no network {name}; install it again")

    def open_session(self) -> None:
        """Opened by the first call where most requests do without, so that nobody pays time and memory for nothing.

        Refuses a graph that was exported for another declaration.
        """
        try:
            session = open_session(self.graph, self.spec, self.choice)
        except UnfitRuntimeError as error:
            raise pb_utils.TritonModelException(str(error)) from error
        declared = {tensor.name for tensor in (*self.spec.inputs, *self.spec.outputs)}
        if session.names != declared:
            given = sorted(session.names)
            raise pb_utils.TritonModelException(f"model.onnx has the tensors {given}, not {sorted(declared)}")
        self.session = session

    def choice(self, parameter: str, variable: str) -> str:
        """What the component's configuration says (the parameter of this name), else the environment; else nothing."""
        configured = self.config.get("parameters", {}).get(parameter, {}).get("string_value", "")
        return str(configured or os.environ.get(variable, ""))

    def execute(self, requests: list[Any]) -> list[Any]:
        """Answer each request, result or error, on its own."""
        return [self.answer(request) for request in requests]

    def answer(self, request: Any) -> Any:
        """One packed batch. The caller's mistakes are INVALID_ARG, so that it can tell them from a failure here."""
        try:
            inputs = {tensor.name(): tensor.as_numpy() for tensor in request.inputs()}
            self.spec.check_inputs(inputs)
            if self.session is None:
                self.open_session()
            arrays = self.session.run(inputs)
        except ComponentError as error:
            return refusal(str(error), pb_utils.TritonError.INVALID_ARG)
        except Exception as error:  # noqa: BLE001 ONNX Runtime's own errors have no common base class
            return refusal(f"{self.spec.component}: {error}", pb_utils.TritonError.INTERNAL)
        named = zip(self.outputs, arrays, strict=True)
        return pb_utils.InferenceResponse([pb_utils.Tensor(name, np.ascontiguousarray(array)) for name, array in named])


def refusal(message: str, code: Any) -> Any:
    """An error response."""
    return pb_utils.InferenceResponse(error=pb_utils.TritonError(message, code))
