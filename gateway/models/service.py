"""The catalogue: names that clients use, and the pipelines that answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from diffusion.pipeline import PipelineSpec
from gateway.backend.base import Backend
from gateway.errors import ModelNotFoundError, UnavailableError


class Catalogue:
    """The backend's pipelines with the operator's aliases and default."""

    def __init__(self, backend: Backend, aliases: Mapping[str, str], default: str | None) -> None:
        self._backend = backend
        self._aliases = aliases
        self._default = default

    def list(self) -> Sequence[PipelineSpec]:
        """Every pipeline, by name."""
        return [spec for _, spec in sorted(self._backend.pipelines.items())]

    def resolve(self, name: str | None) -> PipelineSpec:
        """The pipeline for a name, an alias, or the default for none.

        Raises:
            ModelNotFoundError: no such name; says the near ones.
            UnavailableError: none was named and none is installed.
        """
        pipelines = self._backend.pipelines
        usual = self._default or min(pipelines, default=None)
        if usual is None:
            raise UnavailableError("no pipeline is installed", retry_after_s=60)
        wanted = name or usual
        spec = pipelines.get(wanted) or pipelines.get(self._meant_by(wanted) or usual)
        if spec is None:
            raise ModelNotFoundError(
                wanted, sorted({*pipelines, *(alias for alias in self._aliases if "*" not in alias)})
            )
        return spec

    def _meant_by(self, name: str) -> str:
        """What an alias stands for: the name itself first, then the patterns in their order; "" is the default."""
        if name in self._aliases:
            return self._aliases[name]
        fitting = (meant for alias, meant in self._aliases.items() if fnmatchcase(name, alias))
        return next(fitting, name)
