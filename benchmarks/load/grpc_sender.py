"""Requests over gRPC: Triton's orchestrator, one decoupled stream per request."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.load.scenario import Scenario
from benchmarks.load.schedule import Request
from benchmarks.load.target import FailedError, RejectedError
from benchmarks.triton_client import EventError, GenerationClient, GenerationError

REJECTIONS = ("queue_full",)


class GrpcSender:
    """One connection for all requests."""

    def __init__(self, scenario: Scenario) -> None:
        self._model = scenario.target.model
        self._client = GenerationClient(scenario.target.url)

    async def send(self, request: Request, on_first: Callable[[], None]) -> None:
        """See `benchmarks.load.target.Sender`."""
        fields: dict[str, str | int | float] = {
            "prompt": request.prompt,
            "num_inference_steps": request.steps,
            "seed": request.seed,
            "owner": request.user,
        }
        if request.size:
            width, height = request.size.split("x")
            fields |= {"width": int(width), "height": int(height)}
        if request.guidance is not None:
            fields["guidance_scale"] = request.guidance
        try:
            await self._client.generate(self._model, fields, on_first=on_first)
        except EventError as error:
            raise (RejectedError if error.code in REJECTIONS else FailedError)(error.code) from error
        except GenerationError as error:
            raise FailedError(str(error)[:120]) from error

    async def aclose(self) -> None:
        """See `benchmarks.load.target.Sender`."""
        await self._client.aclose()
