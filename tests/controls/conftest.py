"""The shipped pipeline with its ControlNet, installed once; and the edges of a drawing."""

from __future__ import annotations

from pathlib import Path

import pytest

from avila.shipped import SHIPPED, shipped_controlnets
from diffusion.pipeline import PipelineSpec
from export.repository import install_pipeline


@pytest.fixture(scope="session")
def control_repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    repository = tmp_path_factory.mktemp("control-models")
    install_pipeline(SHIPPED, repository, "demo", controlnets=shipped_controlnets())
    return repository


@pytest.fixture(scope="session")
def demo(control_repository: Path) -> PipelineSpec:
    return PipelineSpec.load(control_repository / "demo" / "1" / "pipeline.json")
