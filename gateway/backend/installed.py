"""The pipelines of a model repository, by their descriptions on disk."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from diffusion.errors import DiffusionError
from diffusion.pipeline import PipelineSpec

logger = logging.getLogger(__name__)


class InstalledPipelines:
    """Reads `<repository>/*/1/pipeline.json`; each again when it has changed, since pipelines come and go."""

    def __init__(self, repository: Path) -> None:
        self._repository = repository
        self._specs: dict[str, PipelineSpec] = {}
        self._changed_at: dict[str, int] = {}

    @property
    def specs(self) -> Mapping[str, PipelineSpec]:
        """What was installed at the last look, by name."""
        return self._specs

    @property
    def contents(self) -> Mapping[str, str]:
        """What changes whenever a pipeline is installed anew, by name."""
        return {name: str(changed_at) for name, changed_at in self._changed_at.items()}

    def look(self) -> None:
        """Read what is new or has changed. Touches the disk."""
        found, changed_at = {}, {}
        for path in sorted(self._repository.glob("*/1/pipeline.json")):
            name = path.parents[1].name
            try:
                moment = path.stat().st_mtime_ns
                known = self._specs.get(name) if self._changed_at.get(name) == moment else None
                found[name] = known or PipelineSpec.load(path)
                changed_at[name] = moment
            except (OSError, DiffusionError, ValueError, KeyError, TypeError) as error:
                logger.warning("%s cannot be read: %s", path, error)
        if found.keys() != self._specs.keys():
            logger.info("pipelines: %s", ", ".join(found) or "none")
        self._specs, self._changed_at = found, changed_at
