"""The shipped pipeline, installed once, and LoRA files for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from diffusion.pipeline import PipelineSpec
from export.repository import install_pipeline
from tests.loras.files import attention_only, write_kohya, write_peft

SHIPPED = Path(__file__).parents[2] / "models" / "avila-demo"


@pytest.fixture(scope="session")
def lora_repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    repository = tmp_path_factory.mktemp("lora-models")
    install_pipeline(SHIPPED, repository, "demo")
    return repository


@pytest.fixture(scope="session")
def demo(lora_repository: Path) -> PipelineSpec:
    return PipelineSpec.load(lora_repository / "demo" / "1" / "pipeline.json")


@pytest.fixture(scope="session")
def lora_folder(tmp_path_factory: pytest.TempPathFactory, demo: PipelineSpec) -> Path:
    folder = tmp_path_factory.mktemp("loras")
    layers = demo.lora_layers
    write_peft(folder / "everything.safetensors", layers, seed=1)
    write_peft(folder / "scaled.safetensors", {"unet": attention_only(layers)["unet"]}, rank=2, seed=2, alpha=8.0)
    write_kohya(folder / "kohya.safetensors", attention_only(layers), rank=6, seed=3, alpha=24.0)
    write_kohya(folder / "words.safetensors", {"text_encoder": layers["text_encoder"]}, rank=3, seed=4, alpha=3.0)
    return folder
