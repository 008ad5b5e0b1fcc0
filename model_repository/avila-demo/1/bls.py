"""The engine's Runner over Triton: one BLS call of a component model per packed batch."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import triton_python_backend_utils as pb_utils

from diffusion.components import ComponentSpec, Network, Tensor
from diffusion.errors import ComponentError, ComponentFailedError, ComponentUnavailableError

# What Triton 2.51 says when the model cannot be reached; its error codes alone do not tell (a dead stub is INTERNAL).
AWAY = ("is not healthy", "is not ready", "is not found", "unavailable", "failed to load", "no available versions")


class BlsRunner:
    """Calls `<pipeline>__<component>`. From the engine's thread; a variant's first call from the loader's."""

    def __init__(self, pipeline: str, specs: Mapping[Network, ComponentSpec]) -> None:
        self._pipeline = pipeline
        self._specs = specs

    def run(self, component: Network, inputs: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """See `diffusion.runner.Runner`."""
        spec = self._specs[component]
        spec.check_inputs(inputs)
        tensors = [pb_utils.Tensor(tensor.name, np.ascontiguousarray(inputs[tensor.name])) for tensor in spec.inputs]
        request = pb_utils.InferenceRequest(
            model_name=f"{self._pipeline}__{component}",
            requested_output_names=[tensor.name for tensor in spec.outputs],
            inputs=tensors,
            preferred_memory=pb_utils.PreferredMemory(pb_utils.TRITONSERVER_MEMORY_CPU, 0),
        )
        try:
            response = request.exec()
        except pb_utils.TritonModelException as error:  # refused before it ran, e.g. an unknown model
            raise classified(component, str(error)) from error
        if response.has_error():
            raise classified(component, response.error().message())
        # copied: the arrays would be views of shared memory that the response owns
        return {
            tensor.name: pb_utils.get_output_tensor_by_name(response, tensor.name).as_numpy().copy()
            for tensor in spec.outputs
        }


def classified(component: Network, message: str) -> ComponentError:
    """Away (the same call may succeed later) or failed (it would fail again)."""
    away = any(sign in message for sign in AWAY)
    return (ComponentUnavailableError if away else ComponentFailedError)(component, message)
