"""The backend port."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Protocol

from diffusion.events import Event
from diffusion.pipeline import PipelineSpec
from diffusion.request import GenerationRequest


@dataclass(frozen=True, slots=True)
class Health:
    """The answer of a real inference. `reason` says in words what is wrong when not ready."""

    is_ready: bool
    reason: str = ""


class Backend(Protocol):
    """Runs requests and tells what happens to them."""

    async def start(self) -> None:
        """Called once by the application's lifespan, before anything else."""
        ...

    async def aclose(self) -> None:
        """Called once at shutdown; running requests end with `Failed(code="shutting_down")`."""
        ...

    @property
    def pipelines(self) -> Mapping[str, PipelineSpec]:
        """The pipelines that can be asked for, by name; known after `start`."""
        ...

    def submit(self, request: GenerationRequest) -> AsyncGenerator[Event, None]:
        """The events of `request`, in the grammar of `diffusion.events`.

        Closing the generator early (`aclose`) cancels the request: its rows leave the batch at the next step.
        A backend that is lost ends the stream with `Failed(code="component_unavailable")`; it never raises for that.
        """
        ...

    async def health(self) -> Health:
        """A real, cheap inference through every component; at most a few seconds, never raises."""
        ...
