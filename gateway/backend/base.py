"""The backend port."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from enum import StrEnum
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


class Presence(StrEnum):
    """What a server says of a pipeline."""

    ABSENT = "absent"
    LOADED = "loaded"
    CHANGING = "changing"


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a server and its model repository have, at one moment.

    Attributes:
        presence: of every pipeline that is installed or loaded, by name.
        contents: which files are installed, by name, in words that change with them, or ""; a pipeline that is not in
            it is not installed.
    """

    presence: Mapping[str, Presence]
    contents: Mapping[str, str]


class ControlError(Exception):
    """A pipeline could not be loaded or unloaded; the message says why."""


class ModelControl(Protocol):
    """Loads and unloads the pipelines of one server. Called by `gateway.residency.keeper` alone."""

    @property
    def name(self) -> str:
        """The server's, the same in every process that controls it."""
        ...

    @property
    def is_allowed(self) -> bool:
        """Whether the server lets us, as far as is known; what is loaded is then up to somebody else."""
        ...

    async def look(self) -> Sighting | None:
        """What there is; None while the server does not answer. Cheap: called every second."""
        ...

    async def load(self, pipeline: str) -> None:
        """Load every network of a pipeline, and then itself; nothing of it stays loaded where that fails.

        Raises:
            ControlError: see there.
        """
        ...

    async def unload(self, pipeline: str) -> None:
        """Unload a pipeline and every network of it; returns when their memory is free.

        Raises:
            ControlError: see there.
        """
        ...

    async def release(self) -> None:
        """Called once at shutdown."""
        ...
