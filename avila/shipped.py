"""The pipeline that ships with the project, put into the model repository at the first start."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ROOT / "models" / "avila-demo"
CONTROLNETS = ROOT / "models" / "controlnets"
REPOSITORY = ROOT / "model_repository"


def added_controlnets(folder: Path, pipeline: str) -> dict[str, Path]:
    """Folders of the ControlNets below `folder` that were installed to be served with a pipeline, by name."""
    return {path.parent.name: path.parent for path in sorted((folder / pipeline).glob("*/config.json"))}


class ShippedError(Exception):
    """The shipped pipeline could not be installed; the message says why."""


def shipped_controlnets() -> dict[str, Path]:
    """Folders of the ControlNets that ship with the pipeline, by name."""
    return {path.parent.name: path.parent for path in sorted(CONTROLNETS.glob("*/config.json"))}


def install_shipped(
    repository: Path, say: Callable[[str], None], controlnets: Mapping[str, Path] | None = None
) -> None:
    """Install `models/avila-demo`; a repository that has it already is left as it is, in milliseconds.

    Args:
        repository: where to.
        say: tells people.
        controlnets: that were installed to be served with it, beside those that ship.

    Raises:
        ShippedError: the files are damaged, or there is no room.
    """
    if not (SHIPPED / "model_index.json").is_file():
        if not any(repository.glob("*/1/pipeline.json")):
            raise ShippedError(
                f"no pipeline is installed in {repository.absolute()} and none ships in {SHIPPED}; "
                "install one with `avila models install FOLDER`"
            )
        return
    from export.errors import ExportError
    from export.repository import install_pipeline

    is_new = not (repository / SHIPPED.name / "1" / "pipeline.json").is_file()
    if is_new:
        say(f"installing the pipeline {SHIPPED.name}")
    started = time.monotonic()
    try:
        install_pipeline(
            SHIPPED, repository, SHIPPED.name, controlnets={**shipped_controlnets(), **(controlnets or {})}
        )
    except (ExportError, OSError) as error:
        raise ShippedError(f"the pipeline {SHIPPED.name} could not be installed: {error}") from error
    if is_new:
        say(f"installed {SHIPPED.name} in {time.monotonic() - started:.1f} s")
