"""A standalone network on a Triton server."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from diffusion.components import Tensor
from diffusion.errors import ComponentError
from gateway.backend.standalone import CALL_TIMEOUT_S, InstalledNetwork, NetworkAwayError, S, check_finite
from gateway.backend.triton.client import TritonClient, TritonError


class TritonNetwork(InstalledNetwork[S]):
    """Calls the model that the repository describes."""

    def __init__(self, kind: type[S], url: str, repository: Path) -> None:
        super().__init__(kind, repository)
        self._client = TritonClient(url)

    async def run(self, inputs: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """See `StandaloneNetwork`."""
        network, model = self.found().network, self._kind.model()
        names = tuple(tensor.name for tensor in network.outputs)
        try:
            rows = network.check_inputs(inputs)
            found = await self._client.infer(model, dict(inputs), names, CALL_TIMEOUT_S)
        except (TritonError, ComponentError) as error:
            raise NetworkAwayError(f"{model}: {error}") from error
        outputs = dict(zip(names, found, strict=True))
        if any(outputs[tensor.name].shape != (rows, *tensor.shape[1:]) for tensor in network.outputs):
            raise NetworkAwayError(f"{model} is not the one that is installed; restart Triton")
        check_finite(model, outputs)
        return outputs

    async def aclose(self) -> None:
        """Close the connection."""
        await self._client.aclose()
