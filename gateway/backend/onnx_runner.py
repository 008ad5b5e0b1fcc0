"""The networks of an installed pipeline, run by ONNX Runtime in this process."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import onnxruntime  # type: ignore[import-untyped]

from diffusion.components import Component, ComponentSpec, Tensor
from diffusion.errors import ComponentFailedError


class OnnxRunner:
    """A `diffusion.runner.Runner` over one session per component. Sessions may be called from several threads."""

    def __init__(self, specs: Mapping[Component, ComponentSpec]) -> None:
        self._specs = specs
        self._sessions: dict[Component, onnxruntime.InferenceSession] = {}

    def load(self, repository: Path, pipeline: str, threads: int) -> None:
        """Open `<repository>/<pipeline>__<component>/1/model.onnx` of every component; seconds of work.

        Raises:
            ComponentFailedError: a file is missing, or its graph has other tensors than the component declares.
        """
        options = _options(threads)
        for component, spec in self._specs.items():
            path = repository / f"{pipeline}__{component}" / "1" / "model.onnx"
            if not path.is_file():
                raise ComponentFailedError(component, f"{path} is missing; install the pipeline again")
            session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
            _check_graph(spec, session)
            self._sessions[component] = session

    def run(self, component: Component, inputs: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """One packed call; see `diffusion.runner.Runner`."""
        spec = self._specs[component]
        spec.check_inputs(inputs)
        names = [tensor.name for tensor in spec.outputs]
        try:
            outputs: list[Any] = self._sessions[component].run(names, dict(inputs))
        except Exception as error:  # ONNX Runtime's errors have no base class of their own
            raise ComponentFailedError(component, str(error)) from error
        return dict(zip(names, outputs, strict=True))


def _options(threads: int) -> onnxruntime.SessionOptions:
    """Spinning is off: on cores that others use too, two spinning threads were slower than one."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or len(os.sched_getaffinity(0))
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    return options


def _check_graph(spec: ComponentSpec, session: onnxruntime.InferenceSession) -> None:
    given = {tensor.name for tensor in (*session.get_inputs(), *session.get_outputs())}
    declared = {tensor.name for tensor in (*spec.inputs, *spec.outputs)}
    if given != declared:
        raise ComponentFailedError(
            spec.component, f"model.onnx has the tensors {sorted(given)}, not {sorted(declared)}; install it again"
        )
