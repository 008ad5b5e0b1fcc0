"""What `/v1/admin/models` answers."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import BaseModel

from diffusion.pipeline import Capability
from gateway.residency.service import KnownModel, ModelState, Standing


class ServerAnswer(BaseModel):
    """The pipeline on one server: a Triton, or a worker that runs networks itself."""

    server: str
    state: ModelState
    reason: str | None
    running_jobs: int
    last_used_at: datetime | None

    @classmethod
    def of(cls, standing: Standing) -> ServerAnswer:
        """From the record."""
        one = standing.residency
        return cls(
            server=standing.server,
            state=standing.state,
            reason=one.reason or None,
            running_jobs=one.holders,
            last_used_at=one.last_used_at,
        )


class AdminModel(BaseModel):
    """An installed pipeline.

    `hash` is of the weights, `key` of everything that determines its files. `memory_bytes` are the weights and graphs
    of the networks that are open as soon as it is loaded; `max_memory_bytes` those of every variant and ControlNet too.
    What a call needs while it runs comes on top.
    """

    name: str
    family: str
    capabilities: list[Capability]
    controlnets: list[str]
    hash: str
    key: str | None
    licence: str | None
    source: str | None
    origin: dict[str, str]
    installed_at: datetime
    size_bytes: int
    memory_bytes: int
    max_memory_bytes: int
    state: ModelState
    reason: str | None
    last_used_at: datetime | None
    servers: list[ServerAnswer]

    @classmethod
    def of(cls, model: KnownModel) -> AdminModel:
        """From what is installed and what is known of it."""
        installed = model.installed
        spec = installed.spec
        return cls(
            name=spec.name,
            family=spec.family,
            capabilities=[*spec.capabilities, *([Capability.CONTROLS] if spec.controlnets else [])],
            controlnets=sorted(spec.controlnets),
            hash=spec.fingerprint,
            key=installed.key,
            licence=installed.licence,
            source=installed.source or None,
            origin=dict(installed.origin),
            installed_at=datetime.fromtimestamp(installed.installed_at, UTC),
            size_bytes=installed.size_bytes,
            memory_bytes=installed.memory_bytes,
            max_memory_bytes=installed.max_memory_bytes,
            state=model.state,
            reason=model.reason,
            last_used_at=model.last_used_at,
            servers=[ServerAnswer.of(standing) for standing in model.standings],
        )
