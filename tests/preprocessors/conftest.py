"""A depth and a pose model, installed once."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from export.preprocessors import DepthFiles, PoseFiles
from export.standalone import install
from tests.preprocessors.networks import make_dpt, make_pose


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@dataclass(frozen=True)
class Installed:
    """Where they are installed, where they come from, and PyTorch's own networks."""

    repository: Path
    folders: dict[str, Path]
    networks: dict[str, Any]


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    home = tmp_path_factory.mktemp("preprocessors")
    folders = {name: home / name for name in ("depth", "pose")}
    networks = {"depth": make_dpt(folders["depth"]), "pose": make_pose(folders["pose"])}
    install(DepthFiles.read(folders["depth"]), home / "models")
    install(PoseFiles.read(folders["pose"]), home / "models")
    return Installed(home / "models", folders, networks)
